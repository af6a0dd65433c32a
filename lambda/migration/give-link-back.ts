import { giveLinkBack } from '../shared/migration/link';
import type { Reservation } from '../shared/reservations/reservations';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly reservation: Reservation | null;
}
export type Output = Record<string, never>;

/** The last block is over: what is held of the link is somebody else's. */
export async function handler({ reservation }: Input): Promise<Output> {
  await giveLinkBack(reservation);
  return {};
}
