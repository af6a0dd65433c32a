import { errorName } from '../shared/error-name';
import { DeadlineMissed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import type { Location } from '../shared/locations';
import { foreseeLink } from '../shared/migration/foresee-link';
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
  /** What past fleets took of links lies here. */
  readonly bucket: string;
  readonly locations: readonly Location[];
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly reserved: boolean;
  /** Null: there is no link to hold. */
  readonly reservation: Reservation | null;
  readonly waitSeconds: number;
  /** Why nothing is known of what the link leaves slot by slot; null: it is, or nothing depends on it. */
  readonly trouble: string | null;
}

/** Takes the link, or what a fleet has taken of it for this move; where others hold it, says to wait. */
export async function handler({ request, plan, table, lease, bucket, locations, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const given = reservedByFleet(table, request);
  if (given) return { reserved: true, reservation: given, waitSeconds: 0, trouble: null };
  // what AWS moves takes all that it gets, whatever is forecast
  const paced = plan.replication === null ? null : plan.link;
  const { room, trouble } = paced === null ? { room: null, trouble: null } : await foreseeLink(paced, locations, bucket);
  try {
    return { reserved: true, reservation: await reserveLink(table, plan, execution, room), waitSeconds: 0, trouble };
  } catch (error) {
    if (errorName(error) !== 'LinkIsFull') throw error;
    if (plan.deadline !== null && Date.now() > Date.parse(plan.deadline)) {
      throw new DeadlineMissed(`${plan.link?.id} was not free before ${plan.deadline}: nothing was made. Set a later deadline`);
    }
    return { reserved: false, reservation: null, waitSeconds: pollDelay(since), trouble };
  }
}
