import type { Hosts } from '../shared/hosts';
import { imageName } from '../shared/image-name';
import { deregisterImage, findImage } from '../shared/images';
import { giveLinkBack } from '../shared/migration/link';
import { protect } from '../shared/protect';
import { type LeftOver, reasonOf, type Removed, removeLitter } from '../shared/removal';
import type { Reservation } from '../shared/reservations/reservations';
import { findSnapshots } from '../shared/snapshots';
import type { Step } from '../shared/step';
import { mark, partsOf, unmark } from '../shared/sync/marks';
import { CREATED_BY, EXECUTION, PEER, PHASE, SESSION } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
  /** Of the last snapshots. */
  readonly round: number;
  readonly reservation: Reservation | null;
}
export interface Output {
  readonly removed: readonly Removed[];
  /** What could not be done: the daily sweep removes what is litter. */
  readonly leftOver: readonly LeftOver[];
}

/** The move is over: removes what the launch needed, gives the link back, and signs the target as finished, so that it is an instance like any other. */
export async function handler({ hosts: { target }, round, reservation, execution, owner }: Input): Promise<Output> {
  const parts = await partsOf(target, owner);
  const cleared = await clear({ execution, owner }, round, reservation);
  const unprotected = await protect(target);
  // EC2 takes 50 tags per resource: two go before one comes, and the phase goes last, for it is what keeps the target
  await unmark([target.instanceId], [SESSION, PEER]);
  await mark([target.instanceId, ...parts], { [CREATED_BY]: execution });
  await unmark([target.instanceId, ...parts], [EXECUTION]);
  await unmark([target.instanceId, ...parts], [PHASE]);
  return { removed: cleared.removed, leftOver: [...cleared.leftOver, ...unprotected] };
}

/** Nothing may fail the execution here: the target serves. What can not be removed is told. */
async function clear(made: Step, round: number, reservation: Reservation | null): Promise<{ removed: Removed[]; leftOver: LeftOver[] }> {
  const removed: Removed[] = [];
  try {
    await giveLinkBack(reservation);
    const imageId = await findImage(imageName(made.execution, round), made);
    if (imageId !== undefined) {
      await deregisterImage(imageId);
      removed.push({ type: 'image', id: imageId });
    }
    const snapshots = (await findSnapshots(made)).map(({ SnapshotId = '' }) =>
      ({ type: 'snapshot' as const, id: SnapshotId, execution: made.execution, source: null, state: 'completed' }));
    const pass = await removeLitter(snapshots, undefined);
    return { removed: [...removed, ...pass.removed], leftOver: [...pass.leftOver] };
  } catch (error) {
    return { removed, leftOver: [{ type: 'snapshot', id: 'unknown', reason: `link, image and snapshots of the move: ${reasonOf(error)}` }] };
  }
}
