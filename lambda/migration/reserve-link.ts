import { errorName } from '../shared/error-name';
import { DeadlineMissed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { reservedByFleet, reserveLink } from '../shared/migration/link';
import type { MigrationPlan } from '../shared/migration/plan';
import type { MigrationRequest } from '../shared/migration/request';
import { pollDelay } from '../shared/poll';
import type { Reservation } from '../shared/reservations/reservations';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly request: MigrationRequest;
  readonly plan: MigrationPlan;
  /** The table with the reservations. */
  readonly table: string;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly reserved: boolean;
  /** Null: there is no link to hold. */
  readonly reservation: Reservation | null;
  readonly waitSeconds: number;
}

/** Takes the link, or what a fleet has taken of it for this move; where others hold it, says to wait. */
export async function handler({ request, plan, table, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const given = reservedByFleet(table, request);
  if (given) return { reserved: true, reservation: given, waitSeconds: 0 };
  try {
    return { reserved: true, reservation: await reserveLink(table, plan, execution), waitSeconds: 0 };
  } catch (error) {
    if (errorName(error) !== 'LinkIsFull') throw error;
    if (plan.deadline !== null && Date.now() > Date.parse(plan.deadline)) {
      throw new DeadlineMissed(`${plan.link?.id} was not free before ${plan.deadline}: nothing was made. Set a later deadline`);
    }
    return { reserved: false, reservation: null, waitSeconds: pollDelay(since) };
  }
}
