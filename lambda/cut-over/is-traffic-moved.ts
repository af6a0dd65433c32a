import { DescribeTargetHealthCommand, type TargetHealth } from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetChangeCommand } from '@aws-sdk/client-route-53';
import { type GroupMove, loadBalancing } from '../shared/cut-over/groups';
import { route53 } from '../shared/cut-over/records';
import type { Step } from '../shared/step';
import type { Traffic } from './move-traffic';

export interface Input extends Step {
  readonly traffic: Traffic;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly moved: boolean;
  /** What is waited for. */
  readonly waiting: readonly string[];
  readonly waitSeconds: number;
  /** ISO 8601: nobody has the former answer of Route 53 in a cache that keeps to its TTL from then on; null: none was changed, or is not everywhere yet. */
  readonly cachedUntil: string | null;
}

/** Health checks come every 5 to 300 s, changes of records are propagated within a minute: half an hour of it makes no long history. */
const WAIT_SECONDS = 10;

/** Looks whether load balancers find the successor healthy, and Route 53 has told all its servers. */
export async function handler({ traffic: { groups, changes, ttl } }: Input): Promise<Output> {
  const waiting = [...(await Promise.all(groups.map(unhealthy))).flat(), ...(await Promise.all(changes.map(pending))).flat()];
  const moved = waiting.length === 0;
  return { moved, waiting, waitSeconds: WAIT_SECONDS, cachedUntil: moved && ttl > 0 ? new Date(Date.now() + ttl * 1000).toISOString() : null };
}

async function unhealthy({ targetGroupArn, targets, inUse }: GroupMove): Promise<string[]> {
  const { TargetHealthDescriptions } = await loadBalancing.send(new DescribeTargetHealthCommand({
    TargetGroupArn: targetGroupArn, Targets: targets.map(target => ({ ...target })),
  }));
  return targets.flatMap(({ Id, Port }) => {
    const health = TargetHealthDescriptions?.find(({ Target }) => Target?.Id === Id && (Port === undefined || Target?.Port === Port))?.TargetHealth;
    return isServing(health, inUse) ? [] : [`${Id} is ${health?.State ?? 'not to be seen'} in ${targetGroupArn}${health?.Description ? `: ${health.Description}` : ''}`];
  });
}

/** A group that no load balancer uses never gets healthy; where the former was not asked after either, nothing is lost. */
function isServing(health: TargetHealth | undefined, inUse: boolean): boolean {
  return health?.State === 'healthy' || (!inUse && health?.State === 'unused' && health.Reason === 'Target.NotInUse');
}

async function pending(Id: string): Promise<string[]> {
  const { ChangeInfo } = await route53.send(new GetChangeCommand({ Id }));
  return ChangeInfo?.Status === 'INSYNC' ? [] : [`${Id} is ${ChangeInfo?.Status ?? 'unknown'}`];
}
