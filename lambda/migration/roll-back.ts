import { giveLinkBack } from '../shared/migration/link';
import type { Reservation } from '../shared/reservations/reservations';
import { handler as remove, type Input as Removing, type Output } from '../shared/roll-back';

export interface Input extends Removing {
  readonly reservation: Reservation | null;
}
export type { Output };

/** Gives the link back, and removes what the execution made; called until two passes in a row find nothing more to do. */
export async function handler({ reservation, ...removing }: Input): Promise<Output> {
  await giveLinkBack(reservation);
  return remove(removing);
}
