import { releaseLease } from '../shared/lease';
import { heldLimit } from '../shared/migration/follow-link';
import type { MigrationPlan } from '../shared/migration/plan';
import { inTime, replicationName } from '../shared/migration/replication-request';
import type { Reservation } from '../shared/reservations/reservations';
import { startOnce } from '../shared/start-execution';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  /** Names the move on both instances. */
  readonly session: string;
  /** The table with the leases. */
  readonly table: string;
  /** What is held of the link; null: there is none. */
  readonly reservation: Reservation | null;
  /** The machine of the InstanceStoreSync that replicates. */
  readonly stateMachineArn: string;
}
export interface Output {
  /** The ARN of the execution that moves the instance from now on. */
  readonly replicating: string;
}

/** Within so long it may switch, and send its first blocks; then its rate follows what is held. */
const FIRST_SECONDS = 3600;

/** Hands the instance, and the lease on it, over to an execution that replicates its blocks. */
export async function handler({ plan, session, table, reservation, stateMachineArn, execution }: Input): Promise<Output> {
  await releaseLease(table, plan.sourceInstanceId, execution);
  const input = { ...inTime(plan.replication ?? {}, Date.now()), ...firstLimit(reservation) };
  return { replicating: await startOnce(stateMachineArn, replicationName(plan.sourceInstanceId, session), input) };
}

/** Of slots that differ the least counts until the rate follows them. */
function firstLimit(reservation: Reservation | null): { readonly rateLimit?: number } {
  const now = Math.floor(Date.now() / 1000);
  return reservation?.steps === undefined ? {} : { rateLimit: heldLimit(reservation, { from: now, to: now + FIRST_SECONDS }) };
}
