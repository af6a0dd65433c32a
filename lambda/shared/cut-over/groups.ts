import {
  DescribeTargetGroupsCommand, DescribeTargetHealthCommand, ElasticLoadBalancingV2Client, type TargetDescription, type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { errorName } from '../error-name';
import { type Endpoint, namesOf } from './places';

export const loadBalancing = new ElasticLoadBalancingV2Client({});

/** A registration as RegisterTargets takes it. */
export interface Target { readonly Id: string; readonly Port?: number; readonly AvailabilityZone?: string }

/** What happens in one target group. */
export interface GroupMove {
  readonly targetGroupArn: string;
  /** Registered for the successor, like the former. */
  readonly targets: readonly Target[];
  /** Deregistered once the successor is healthy. */
  readonly former: readonly Target[];
  /** Whether a load balancer asks after the former's health. */
  readonly inUse: boolean;
}

export interface Group { readonly targetGroupArn: string; readonly type: string; readonly health: readonly TargetHealthDescription[] }

/** Undefined: there is no such group. */
export async function readGroup(targetGroupArn: string): Promise<Group | undefined> {
  try {
    const { TargetGroups } = await loadBalancing.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroupArn] }));
    const { TargetHealthDescriptions } = await loadBalancing.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }));
    return { targetGroupArn, type: TargetGroups?.[0]?.TargetType ?? 'instance', health: TargetHealthDescriptions ?? [] };
  } catch (error) {
    if (errorName(error) === 'TargetGroupNotFoundException') return undefined;
    throw error;
  }
}

/** What is registered for an instance, by its id or its addresses, and not on its way out. */
export function registrationsOf({ type, health }: Group, { instanceId, places, ipv6 }: Endpoint): TargetHealthDescription[] {
  const ids = type === 'instance' ? [instanceId] : [...places.flatMap(({ privateIp }) => privateIp ?? []), ...ipv6];
  return health.filter(({ Target: target, TargetHealth }) => ids.includes(target?.Id ?? '') && TargetHealth?.State !== 'draining');
}

/** Why no instance can be led into the group; undefined when one can. */
export function groupProblem(group: Group | undefined, targetGroupArn: string): string | undefined {
  if (!group) return `${targetGroupArn} does not exist`;
  return group.type === 'instance' || group.type === 'ip' ? undefined : `${targetGroupArn} has targets of type ${group.type}, not instances or addresses`;
}

/** The successor takes every place of the former in the group, at the same ports. */
export function moveInGroup(group: Group, from: Endpoint, to: Endpoint): GroupMove | { readonly problem: string } {
  const former = registrationsOf(group, from);
  const names = namesOf(from, to);
  const targets: Target[] = [];
  for (const { Target: target } of former) {
    const id = group.type === 'instance' ? to.instanceId : names.get(target?.Id ?? '') ?? null;
    if (id === null) return { problem: `${to.instanceId} has no address in the place of ${target?.Id}, which is registered in ${group.targetGroupArn}` };
    targets.push({ ...registration(target), Id: id });
  }
  return {
    targetGroupArn: group.targetGroupArn,
    targets,
    former: former.map(({ Target: target }) => registration(target)),
    inUse: former.some(({ TargetHealth }) => TargetHealth?.State !== 'unused'),
  };
}

/** The zone of an address within the VPC is detected; only that it serves all zones has to be said (doc comment of TargetDescription). */
function registration({ Id = '', Port, AvailabilityZone }: Partial<TargetDescription> = {}): Target {
  return { Id, ...Port === undefined ? {} : { Port }, ...AvailabilityZone === 'all' ? { AvailabilityZone } : {} };
}
