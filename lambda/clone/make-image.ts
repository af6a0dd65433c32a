import { imageName } from '../shared/image-name';
import { findImage, makeOnce } from '../shared/images';
import type { Plan } from '../shared/plan/plan';
import { registerImage, rootSnapshot } from '../shared/register-image';
import type { Route, Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly route: Route;
  readonly attempt: number;
  readonly snapshots: readonly VolumeSnapshot[];
  /** The one that CreateImage made, on that route. */
  readonly imageId: string | null;
}
export interface Output { readonly imageId: string }

/** Registers an image with the source's attributes on the snapshot of its root; the other volumes join at the launch. */
export async function handler({ plan, route, attempt, snapshots, imageId, execution, owner }: Input): Promise<Output> {
  if (route === 'create-image' && imageId !== null) return { imageId };
  const step = { execution, owner };
  const name = imageName(execution, attempt);
  return { imageId: await findImage(name, step) ?? await makeOnce(name, step, () => registerImage(name, plan, rootSnapshot(plan, snapshots), step, attempt)) };
}
