import {
  AuthorizeSecurityGroupEgressCommand, CreateSecurityGroupCommand, DescribeSecurityGroupsCommand, type IpPermission, RevokeSecurityGroupEgressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { IsolationGroupUnsettled } from '../shared/errors';
import { isolationGroup } from '../shared/isolation-group';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';
import { EXECUTION, OWNER, tagMap } from '../shared/tags';

export interface Input extends Step { readonly plan: Plan }
export interface Output { readonly groupId: string }

const HTTPS = 443;

/** Makes the group in which the clones begin: nothing comes in, and nothing goes out but to Systems Manager. */
export async function handler({ plan, execution, owner }: Input): Promise<Output> {
  const { isolation, sourceInstanceId, tags } = plan;
  if (!isolation) throw new Error('the plan has no isolation');
  const wanted = isolationGroup({ execution, owner }, isolation.vpcId, sourceInstanceId, tags);
  const groupId = await findGroup(wanted.GroupName ?? '', isolation.vpcId, { execution, owner })
    // a name that is taken is this execution's own, not to be seen yet: the step is retried by EC2's own error name
    ?? (await ec2.send(new CreateSecurityGroupCommand(wanted))).GroupId ?? '';
  await settle(groupId, isolation.egress);
  return { groupId };
}

async function findGroup(name: string, vpcId: string, { execution, owner }: Step): Promise<string | undefined> {
  const Filters = [{ Name: 'group-name', Values: [name] }, { Name: 'vpc-id', Values: [vpcId] }];
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  return SecurityGroups.find(({ Tags }) => tagMap(Tags)[EXECUTION] === execution && tagMap(Tags)[OWNER] === owner)?.GroupId;
}

/** A new group lets everything out. No clone begins in it before EC2 says that it does not any more. */
async function settle(GroupId: string, egress: readonly string[]): Promise<void> {
  const { superfluous, missing } = compare(await describe(GroupId), egress);
  if (superfluous.length > 0) await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: superfluous }));
  if (missing.length > 0) await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: [permission(missing)] }));
  if (superfluous.length + missing.length === 0) return;
  const after = compare(await describe(GroupId), egress);
  if (after.superfluous.length + after.missing.length > 0) throw new IsolationGroupUnsettled(`${GroupId} does not show its rules yet: nothing was launched`);
}

async function describe(groupId: string): Promise<SecurityGroup> {
  const { SecurityGroups: [group] = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [groupId] }));
  if (!group) throw new IsolationGroupUnsettled(`${groupId} can not be seen yet: nothing was launched`);
  return group;
}

/** Whatever is not exactly HTTPS to a planned range is superfluous. */
function compare({ IpPermissionsEgress = [] }: SecurityGroup, egress: readonly string[]): { superfluous: IpPermission[]; missing: string[] } {
  const single = IpPermissionsEgress.flatMap(split);
  const isPlanned = (one: IpPermission) => egress.includes(rangeOf(one) ?? '') && one.IpProtocol === 'tcp' && one.FromPort === HTTPS && one.ToPort === HTTPS;
  return { superfluous: single.filter(one => !isPlanned(one)), missing: egress.filter(cidr => !single.some(one => isPlanned(one) && rangeOf(one) === cidr)) };
}

/** One rule for each thing that it lets out to: so EC2 keeps them. */
function split({ IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] }: IpPermission): IpPermission[] {
  const rule = { IpProtocol, ...FromPort === undefined ? {} : { FromPort }, ...ToPort === undefined ? {} : { ToPort } };
  return [
    ...IpRanges.map(each => ({ ...rule, IpRanges: [each] })), ...Ipv6Ranges.map(each => ({ ...rule, Ipv6Ranges: [each] })),
    ...PrefixListIds.map(each => ({ ...rule, PrefixListIds: [each] })), ...UserIdGroupPairs.map(each => ({ ...rule, UserIdGroupPairs: [each] })),
  ];
}

function rangeOf({ IpRanges, Ipv6Ranges }: IpPermission): string | undefined {
  return IpRanges?.[0]?.CidrIp ?? Ipv6Ranges?.[0]?.CidrIpv6;
}

function permission(egress: readonly string[]): IpPermission {
  const Description = 'Systems Manager';
  const [six, four] = [egress.filter(cidr => cidr.includes(':')), egress.filter(cidr => !cidr.includes(':'))];
  return {
    IpProtocol: 'tcp', FromPort: HTTPS, ToPort: HTTPS,
    ...four.length > 0 ? { IpRanges: four.map(CidrIp => ({ CidrIp, Description })) } : {},
    ...six.length > 0 ? { Ipv6Ranges: six.map(CidrIpv6 => ({ CidrIpv6, Description })) } : {},
  };
}
