import { releaseLease } from '../shared/lease';
import type { MigrationPlan } from '../shared/migration/plan';
import { replicationName } from '../shared/migration/replication-request';
import { startOnce } from '../shared/start-execution';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  /** Names the move on both instances. */
  readonly session: string;
  /** The table with the leases. */
  readonly table: string;
  /** The machine of the InstanceStoreSync that replicates. */
  readonly stateMachineArn: string;
}
export interface Output {
  /** The ARN of the execution that moves the instance from now on. */
  readonly replicating: string;
}

/** Hands the instance, and the lease on it, over to an execution that replicates its blocks. */
export async function handler({ plan, session, table, stateMachineArn, execution }: Input): Promise<Output> {
  await releaseLease(table, plan.sourceInstanceId, execution);
  return { replicating: await startOnce(stateMachineArn, replicationName(plan.sourceInstanceId, session), plan.replication ?? {}) };
}
