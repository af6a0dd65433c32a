import type { Hosts } from '../shared/hosts';
import { imageName } from '../shared/image-name';
import { deregisterImage, findImage } from '../shared/images';
import { findInstances } from '../shared/instances';
import { protect } from '../shared/protect';
import { type LeftOver, reasonOf, type Removed, removeLitter } from '../shared/removal';
import { findSnapshots } from '../shared/snapshots';
import type { Step } from '../shared/step';
import { mark, partsOf, SWITCH_TAGS, unmark } from '../shared/sync/marks';
import { CREATED_BY, EXECUTION, PEER, PHASE, SESSION, tagMap } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
  readonly session: string;
}
export interface Output {
  readonly removed: readonly Removed[];
  /** What could not be done: the daily sweep removes what is litter. */
  readonly leftOver: readonly LeftOver[];
}

/** The move is over: removes what the launch needed, and signs the target as finished, so that it is an instance like any other. */
export async function handler({ hosts: { source, target }, owner }: Input): Promise<Output> {
  const found = await findInstances([source.instanceId, target.instanceId]);
  const parts = await partsOf(target, owner);
  // of a session that was continued: the execution that launched
  const maker = tagMap(found.find(({ InstanceId }) => InstanceId === target.instanceId)?.Tags)[EXECUTION];
  const cleared = maker === undefined ? { removed: [], leftOver: [] } : await removeImage({ execution: maker, owner });
  const unprotected = await protect(target);

  // EC2 takes 50 tags per resource: two go before one comes, and the phase goes last, for it is what keeps the target
  await unmark([target.instanceId], [SESSION, PEER]);
  if (maker !== undefined) {
    await mark([target.instanceId, ...parts], { [CREATED_BY]: maker });
    await unmark([target.instanceId, ...parts], [EXECUTION]);
  }
  await unmark([target.instanceId, ...parts], [PHASE]);
  // one that was terminated may be gone by now
  if (found.some(({ InstanceId, State }) => InstanceId === source.instanceId && State?.Name !== 'terminated')) {
    await unmark([source.instanceId], SWITCH_TAGS);
  }
  return { removed: cleared.removed, leftOver: [...cleared.leftOver, ...unprotected] };
}

/** Nothing may fail the execution here: the target serves and the source is released. What can not be removed is told. */
async function removeImage(made: Step): Promise<{ removed: Removed[]; leftOver: LeftOver[] }> {
  const removed: Removed[] = [];
  try {
    const imageId = await findImage(imageName(made.execution, 0), made);
    if (imageId !== undefined) {
      await deregisterImage(imageId);
      removed.push({ type: 'image', id: imageId });
    }
    const snapshots = (await findSnapshots(made)).map(({ SnapshotId = '' }) =>
      ({ type: 'snapshot' as const, id: SnapshotId, execution: made.execution, source: null, state: 'completed' }));
    const pass = await removeLitter(snapshots, undefined);
    return { removed: [...removed, ...pass.removed], leftOver: [...pass.leftOver] };
  } catch (error) {
    return { removed, leftOver: [{ type: 'snapshot', id: 'unknown', reason: `image and snapshots of the launch: ${reasonOf(error)}` }] };
  }
}
