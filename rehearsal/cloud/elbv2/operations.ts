import type {
  DeregisterTargetsInput, DescribeTargetGroupsInput, DescribeTargetGroupsOutput, DescribeTargetHealthInput, DescribeTargetHealthOutput,
  RegisterTargetsInput, TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { type GroupRecord, keyOf } from './state';

/** Application Load Balancers user guide, "Quotas": targets per target group. */
const mostTargets = 1000;

export function describeTargetGroups(input: DescribeTargetGroupsInput, { account }: Call): DescribeTargetGroupsOutput {
  const all = [...account.elbv2.groups.values()].map(({ group }) => group);
  const { TargetGroupArns: arns, Names: names, LoadBalancerArn: balancer, PageSize: size, Marker: marker } = input;
  const missing = [...arns ?? [], ...names ?? []].filter(each => !all.some(group => group.TargetGroupArn === each || group.TargetGroupName === each));
  if (missing.length > 0) throw new AwsError('TargetGroupNotFound', 'One or more target groups not found');
  const found = all.filter(group => (!arns || arns.includes(group.TargetGroupArn)) && (!names || names.includes(group.TargetGroupName!))
    && (balancer === undefined || group.LoadBalancerArns?.includes(balancer)));
  // "PageSize: The maximum number of results to return with this call", 1 to 400
  const { page, NextToken } = paginate(found, group => group.TargetGroupArn, { MaxResults: size, NextToken: marker }, { least: 1, most: 400 });
  return { TargetGroups: page, ...NextToken !== undefined && { NextMarker: NextToken } };
}

export function registerTargets(input: RegisterTargetsInput, { account }: Call): object {
  const record = account.elbv2.get(input.TargetGroupArn);
  const targets = (input.Targets ?? []).map(target => withPort(record, target));
  for (const target of targets) (record.group.TargetType === 'instance' ? checkInstance : checkAddress)(account, record, target);
  const known = new Set(account.elbv2.targetsOf(record).map(each => keyOf(each.target)));
  const added = new Set(targets.map(keyOf).filter(key => !known.has(key)));
  if (known.size + added.size > mostTargets) {
    throw new AwsError('TooManyTargets', `The maximum number of targets (${mostTargets}) of the target group has been reached`);
  }
  for (const target of targets) {
    const before = record.targets.get(keyOf(target));
    // a target that is registered already stays what it is; one that is being deregistered begins anew
    if (!before || before.until !== undefined) record.targets.set(keyOf(target), { target, since: account.clock.now() });
  }
  return {};
}

/** "If the specified target does not exist, the action returns successfully" (SDK, DeregisterTargetsCommand). */
export function deregisterTargets(input: DeregisterTargetsInput, { account }: Call): object {
  const record = account.elbv2.get(input.TargetGroupArn);
  for (const target of input.Targets ?? []) {
    for (const each of account.elbv2.targetsOf(record)) {
      // without a port, every port of the target (unverified against AWS)
      const meant = each.target.Id === target.Id && (target.Port === undefined || target.Port === each.target.Port);
      // "the status of the target will be displayed as draining until the deregistration delay elapses", whatever its connections do
      if (meant) each.until ??= account.clock.now() + record.deregistrationDelaySeconds * 1000;
    }
  }
  return {};
}

export function describeTargetHealth(input: DescribeTargetHealthInput, { account }: Call): DescribeTargetHealthOutput {
  if (input.Include !== undefined) throw new AwsError('NotEmulated', 'the rehearsal\'s DescribeTargetHealth knows no Include', 501);
  const record = account.elbv2.get(input.TargetGroupArn);
  const registered = account.elbv2.targetsOf(record);
  const asked = input.Targets?.map(target => withPort(record, target));
  const shown = asked
    ? asked.map(target => ({ target, record: registered.find(each => keyOf(each.target) === keyOf(target)) }))
    : registered.map(each => ({ target: each.target, record: each }));
  return {
    TargetHealthDescriptions: shown.map(each => ({
      Target: { ...each.target }, HealthCheckPort: String(each.target.Port), TargetHealth: account.elbv2.healthOf(record, each.record),
    })),
  };
}

function withPort({ group }: GroupRecord, target: TargetDescription): TargetDescription & { Port: number } {
  if (target.QuicServerId !== undefined) throw new AwsError('NotEmulated', 'the rehearsal knows no QuicServerId', 501);
  return { ...target, Port: target.Port ?? group.Port };
}

/** "If the target is an EC2 instance, it must be in the running state when you register it" (SDK, RegisterTargetsCommand). */
function checkInstance({ ec2 }: Call['account'], { group }: GroupRecord, { Id = '', AvailabilityZone }: TargetDescription): void {
  if (AvailabilityZone !== undefined) {
    throw new AwsError('ValidationError', 'You cannot specify an Availability Zone for targets of a target group of type \'instance\'');
  }
  const instance = ec2.instances.get(Id);
  if (!instance) throw new AwsError('InvalidTarget', `The following targets are not valid: '${Id}'`);
  if (instance.State.Name !== 'running') {
    throw new AwsError('InvalidTarget', `The following targets are not in a running state and cannot be registered: '${Id}'`);
  }
  if (instance.VpcId !== group.VpcId) {
    throw new AwsError('InvalidTarget', `The following targets are not in the target group VPC '${group.VpcId}': '${Id}'`);
  }
}

/** An address of the VPC, or a private one elsewhere, for which the zone must be named (SDK, TargetDescription). The words are unverified against AWS. */
function checkAddress({ ec2 }: Call['account'], { group }: GroupRecord, { Id = '', AvailabilityZone }: TargetDescription): void {
  const address = toNumber(Id);
  if (address === undefined) throw new AwsError('ValidationError', `The IP address '${Id}' is not a valid IPv4 address`);
  const inVpc = [...ec2.subnets.values()].some(({ VpcId, CidrBlock }) => VpcId === group.VpcId && isWithin(address, CidrBlock));
  if (inVpc) return;
  if (!['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'].some(block => isWithin(address, block))) {
    throw new AwsError('InvalidTarget', `The IP address '${Id}' is neither in the VPC nor in an allowed private range`);
  }
  if (AvailabilityZone === undefined) throw new AwsError('InvalidTarget', `The IP address '${Id}' is outside the VPC: specify an Availability Zone`);
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  const valid = /^\d{1,3}(\.\d{1,3}){3}$/.test(address) && parts.every(part => part <= 255);
  return valid ? parts.reduce((sum, part) => sum * 256 + part, 0) : undefined;
}

function isWithin(address: number, cidr: string): boolean {
  const [network, bits] = cidr.split('/') as [string, string];
  const size = 2 ** (32 - Number(bits));
  return Math.floor(address / size) === Math.floor(toNumber(network)! / size);
}
