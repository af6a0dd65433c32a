import { deregisterImage } from '../shared/images';
import { deleteSnapshot, findSnapshots } from '../shared/snapshots';
import type { Route, Step } from '../shared/step';

export interface Input extends Step {
  /** Null when there is none yet: snapshots alone are discarded. */
  readonly imageId: string | null;
  /** Whose snapshots are discarded. */
  readonly attempt: number;
}
export interface Output { readonly route: Route }

/** Removes an image that would be billed wrongly, and its snapshots; CreateImage, which keeps billing codes, comes next. */
export async function handler({ imageId, attempt, execution, owner }: Input): Promise<Output> {
  if (imageId !== null) await deregisterImage(imageId);
  for (const { SnapshotId } of await findSnapshots({ execution, owner }, attempt)) await deleteSnapshot(SnapshotId ?? '');
  return { route: 'create-image' };
}
