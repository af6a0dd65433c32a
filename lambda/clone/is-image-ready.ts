import { ImageFailed, PlatformLost } from '../shared/errors';
import { describeImage } from '../shared/images';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { platformProblem } from '../shared/platform';
import { pollDelay } from '../shared/poll';
import type { Route, Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly route: Route;
  readonly imageId: string;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly state: 'available' | 'pending' | 'wrong-platform';
  readonly waitSeconds: number;
}

/** New images are to be seen within seconds; one that is missing for so long was deregistered. */
const GONE_AFTER_MS = 300_000;

/** Looks whether the image can be launched, and whether it is billed as the source is. */
export async function handler({ plan, route, imageId, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const image = await describeImage(imageId);
  const waitSeconds = pollDelay(since);
  if (!image && Date.now() - Date.parse(since) > GONE_AFTER_MS) throw new ImageFailed(`${imageId} is gone: somebody deregistered it. Start again`);
  if (!image || image.State === 'pending' || image.State === 'transient') return { state: 'pending', waitSeconds };
  if (image.State !== 'available') throw new ImageFailed(`${imageId} is ${image.State}: ${image.StateReason?.Message ?? 'EC2 gives no reason'}`);
  const wrong = platformProblem(image, plan.image);
  if (wrong === undefined) return { state: 'available', waitSeconds };
  // what CreateImage would make instead was not frozen by VSS
  if (route === 'register-image' && !plan.vss) return { state: 'wrong-platform', waitSeconds };
  throw new PlatformLost(`${imageId} ${wrong}: its clones would be billed or licensed otherwise, so nothing is launched`
    + (plan.vss ? '. The snapshots of VSS do not carry these details: ask for consistency "crash", whose image CreateImage makes from the instance' : ''));
}
