import { imageName } from '../shared/image-name';
import { findImage, makeOnce } from '../shared/images';
import type { MigrationPlan } from '../shared/migration/plan';
import { registerImage, rootSnapshot } from '../shared/register-image';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  readonly round: number;
  readonly snapshots: readonly VolumeSnapshot[];
  /** The one that EC2 made of the instance, where billing codes need it. */
  readonly imageId: string | null;
}
export interface Output { readonly imageId: string }

/** Registers an image with the source's attributes on the last snapshot of its root; the other volumes join at the launch. */
export async function handler({ plan, round, snapshots, imageId, execution, owner }: Input): Promise<Output> {
  if (imageId !== null) return { imageId };
  const step = { execution, owner };
  const name = imageName(execution, round);
  return { imageId: await findImage(name, step) ?? await makeOnce(name, step, () => registerImage(name, plan, rootSnapshot(plan, snapshots), step, round)) };
}
