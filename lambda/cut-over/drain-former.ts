import { DeregisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { loadBalancing } from '../shared/cut-over/groups';
import type { Host } from '../shared/hosts';
import type { Step } from '../shared/step';
import type { Traffic } from './move-traffic';

export interface Input extends Step {
  readonly traffic: Traffic;
  /** Who served. */
  readonly from: Host;
}
export type Output = Record<string, never>;

/** Takes the former out of the groups that the successor is healthy in. What is not registered any more is no error. */
export async function handler({ traffic: { groups } }: Input): Promise<Output> {
  for (const { targetGroupArn, former } of groups) {
    if (former.length === 0) continue;
    await loadBalancing.send(new DeregisterTargetsCommand({ TargetGroupArn: targetGroupArn, Targets: former.map(target => ({ ...target })) }));
  }
  return {};
}
