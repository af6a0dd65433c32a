import type {
  AuthorizeSecurityGroupEgressRequest, AuthorizeSecurityGroupEgressResult, CreateSecurityGroupRequest, CreateSecurityGroupResult, DeleteSecurityGroupRequest,
  DeleteSecurityGroupResult, IpPermission, RevokeSecurityGroupEgressRequest, RevokeSecurityGroupEgressResult,
} from '@aws-sdk/client-ec2';
import { AwsError, type Call } from '../service';
import { makeSecurityGroup } from './default-network';
import { existing, invalidValue, required } from './errors';
import type { SecurityGroupRecord } from './state';
import { specifiedTags } from './tags';
import { refuseUnmodelled } from './volumes';

/** "Inbound or outbound rules per security group", default quota (VPC user guide, "Amazon VPC quotas"). */
const mostRules = 60;

/** Lets everything out at first, as every new group does (VPC user guide, "Security group rules"). */
export function createSecurityGroup(input: CreateSecurityGroupRequest, { account }: Call): CreateSecurityGroupResult {
  const { ec2 } = account;
  const name = required(input.GroupName, 'GroupName');
  const description = required(input.Description, 'GroupDescription');
  const vpcId = required(input.VpcId, 'VpcId');
  existing(ec2.vpcs, 'vpc', vpcId);
  for (const [what, text] of [['name', name], ['description', description]] as const) {
    if (text.length > 255 || !/^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]*$/.test(text)) throw invalidValue(`Invalid security group ${what}.`);
  }
  if (name.startsWith('sg-')) throw invalidValue('Invalid security group name: it may not begin with sg-.');
  if ([...ec2.securityGroups.values()].some(group => group.VpcId === vpcId && group.GroupName === name)) {
    throw new AwsError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`);
  }
  const id = makeSecurityGroup(ec2, { vpcId, name, description });
  const group = ec2.get(ec2.securityGroups, id);
  const tags = specifiedTags(input.TagSpecifications, 'security-group');
  if (tags.length > 0) group.Tags = tags;
  ec2.groupsMadeAt.set(id, account.clock.now());
  return { GroupId: id, SecurityGroupArn: group.SecurityGroupArn, ...tags.length > 0 && { Tags: tags } };
}

export function deleteSecurityGroup(input: DeleteSecurityGroupRequest, { account }: Call): DeleteSecurityGroupResult {
  const { ec2 } = account;
  refuseUnmodelled(input.GroupName, 'GroupName');
  const group = existing(ec2.securityGroups, 'securityGroup', input.GroupId);
  if (group.GroupName === 'default') throw new AwsError('CannotDelete', 'the specified group: "default" name is not valid');
  if ([...ec2.networkInterfaces.values()].some(each => (each.Groups ?? []).some(({ GroupId }) => GroupId === group.GroupId))) {
    throw new AwsError('DependencyViolation', `resource ${group.GroupId} has a dependent object`);
  }
  ec2.securityGroups.delete(group.GroupId);
  ec2.groupsMadeAt.delete(group.GroupId);
  return { Return: true, GroupId: group.GroupId };
}

/** One address range of one rule: what EC2 compares rules by. */
interface Rule {
  readonly protocol: string;
  readonly from?: number;
  readonly to?: number;
  readonly range: { readonly CidrIp?: string; readonly CidrIpv6?: string; Description?: string };
}

function rules(permissions: readonly IpPermission[]): Rule[] {
  return permissions.flatMap(({ IpProtocol = '-1', FromPort, ToPort, IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] }) => {
    if (PrefixListIds.length + UserIdGroupPairs.length > 0) throw new AwsError('NotEmulated', 'the rehearsal\'s egress rules know address ranges only', 501);
    return [...IpRanges, ...Ipv6Ranges].map(range => ({ protocol: IpProtocol, from: FromPort, to: ToPort, range }));
  });
}

function keyOf({ protocol, from, to, range }: Rule): string {
  return [protocol, from, to, range.CidrIp ?? range.CidrIpv6].join(' ');
}

function set(group: SecurityGroupRecord, kept: readonly Rule[]): void {
  const permissions = new Map<string, Required<Pick<IpPermission, 'IpProtocol' | 'IpRanges' | 'Ipv6Ranges'>> & IpPermission>();
  for (const { protocol, from, to, range } of kept) {
    const key = [protocol, from, to].join(' ');
    const permission = permissions.get(key) ?? {
      IpProtocol: protocol, ...from !== undefined && { FromPort: from }, ...to !== undefined && { ToPort: to },
      IpRanges: [], Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [],
    };
    if (range.CidrIp !== undefined) permission.IpRanges.push(range);
    else permission.Ipv6Ranges.push(range);
    permissions.set(key, permission);
  }
  group.IpPermissionsEgress = [...permissions.values()];
}

export function authorizeSecurityGroupEgress(input: AuthorizeSecurityGroupEgressRequest, { account }: Call): AuthorizeSecurityGroupEgressResult {
  const group = existing(account.ec2.securityGroups, 'securityGroup', input.GroupId);
  refuseUnmodelled(input.TagSpecifications, 'TagSpecifications');
  const present = rules(group.IpPermissionsEgress ?? []);
  const added = rules(required(input.IpPermissions, 'IpPermissions'));
  const twice = added.find(rule => present.some(other => keyOf(other) === keyOf(rule)));
  if (twice) throw new AwsError('InvalidPermission.Duplicate', `the specified rule "peer: ${twice.range.CidrIp ?? twice.range.CidrIpv6}" already exists`);
  if (present.length + added.length > mostRules) {
    throw new AwsError('RulesPerSecurityGroupLimitExceeded', 'The maximum number of rules per security group has been reached.');
  }
  set(group, [...present, ...added]);
  return { Return: true };
}

/** A rule that is not there is told in the answer, and no error (doc comment of RevokeSecurityGroupEgressResult). */
export function revokeSecurityGroupEgress(input: RevokeSecurityGroupEgressRequest, { account }: Call): RevokeSecurityGroupEgressResult {
  const group = existing(account.ec2.securityGroups, 'securityGroup', input.GroupId);
  refuseUnmodelled(input.SecurityGroupRuleIds, 'SecurityGroupRuleIds');
  const revoked = rules(required(input.IpPermissions, 'IpPermissions')).map(keyOf);
  const present = rules(group.IpPermissionsEgress ?? []);
  set(group, present.filter(rule => !revoked.includes(keyOf(rule))));
  const unknown = (input.IpPermissions ?? []).filter(permission => rules([permission]).every(rule => !present.some(other => keyOf(other) === keyOf(rule))));
  return { Return: true, ...unknown.length > 0 && { UnknownIpPermissions: unknown } };
}

/** Whether a group lets a connection out to an IPv4 address. */
export function letsOut(group: SecurityGroupRecord, port: number, address: string): boolean {
  return rules(group.IpPermissionsEgress ?? []).some(({ protocol, from = 0, to = 65_535, range }) =>
    (protocol === '-1' || protocol === 'tcp' && from <= port && port <= to) && range.CidrIp !== undefined && contains(range.CidrIp, address));
}

function contains(cidr: string, address: string): boolean {
  const [network = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(network) / size) === Math.floor(number(address) / size);
}

function number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
