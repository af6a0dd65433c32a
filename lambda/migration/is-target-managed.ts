import { TargetGone } from '../shared/errors';
import type { Candidates } from '../shared/hosts';
import { describeInstances } from '../shared/instances';
import { type Lease, renewLease } from '../shared/lease';
import { refuseLate } from '../shared/migration/late';
import type { MigrationPlan } from '../shared/migration/plan';
import { pauseDelay } from '../shared/poll';
import type { Step } from '../shared/step';
import { readManagement } from '../shared/sync/management';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  readonly hosts: Candidates;
  /** The one that was launched. */
  readonly instanceIds: readonly string[];
  readonly lease: Lease;
  /** ISO 8601: when the source stopped serving. */
  readonly pausedAt: string;
}
export interface Output {
  readonly managed: boolean;
  /** With the target's id and address. */
  readonly hosts: Candidates;
  readonly waitSeconds: number;
}

/** Looks whether Systems Manager reaches the target, as it reached the source. */
export async function handler({ plan, hosts, instanceIds: [instanceId = ''], lease, pausedAt, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  refuseLate(plan, pausedAt);
  const [target] = await describeInstances([instanceId]);
  const state = target?.State?.Name;
  if (state !== 'running') {
    throw new TargetGone(`${instanceId} is ${state ?? 'gone'}${target?.StateReason?.Message ? `: ${target.StateReason.Message}` : ''}. Start again`);
  }
  return {
    managed: !plan.managed || (await readManagement(instanceId)).online,
    hosts: { ...hosts, target: { ...hosts.target, instanceId, address: target?.PrivateIpAddress ?? null } },
    waitSeconds: pauseDelay(pausedAt),
  };
}
