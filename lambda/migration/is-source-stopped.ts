import { SourceNotStopped } from '../shared/errors';
import { describeInstances } from '../shared/instances';
import { type Lease, renewLease } from '../shared/lease';
import { refuseLate } from '../shared/migration/late';
import type { MigrationPlan } from '../shared/migration/plan';
import { pauseDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  readonly lease: Lease;
  /** ISO 8601: when the source stopped serving. */
  readonly pausedAt: string;
}
export interface Output {
  readonly stopped: boolean;
  readonly waitSeconds: number;
}

/** Looks whether the source has stopped. */
export async function handler({ plan, lease, pausedAt, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  refuseLate(plan, pausedAt);
  const [source] = await describeInstances([plan.sourceInstanceId]);
  const state = source?.State?.Name;
  if (state !== 'stopping' && state !== 'stopped' && state !== 'running') {
    throw new SourceNotStopped(`${plan.sourceInstanceId} is ${state ?? 'gone'}: ${source?.StateReason?.Message ?? 'EC2 gives no reason'}`);
  }
  return { stopped: state === 'stopped', waitSeconds: pauseDelay(pausedAt) };
}
