import { ImageFailed, PlatformLost } from '../shared/errors';
import { describeImage } from '../shared/images';
import { type Lease, renewLease } from '../shared/lease';
import { refuseLate } from '../shared/migration/late';
import type { MigrationPlan } from '../shared/migration/plan';
import { platformProblem } from '../shared/platform';
import { pauseDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  readonly imageId: string;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
  /** ISO 8601: when the source stopped serving. */
  readonly pausedAt: string;
}
export interface Output {
  readonly ready: boolean;
  readonly waitSeconds: number;
}

/** New images are to be seen within seconds; one that is missing for so long was deregistered. */
const GONE_AFTER_MS = 300_000;

/** Looks whether the target can be launched, and whether it is billed as the source is. */
export async function handler({ plan, imageId, lease, since, pausedAt, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  refuseLate(plan, pausedAt);
  const image = await describeImage(imageId);
  const waits = { ready: false, waitSeconds: pauseDelay(pausedAt) };
  if (!image && Date.now() - Date.parse(since) > GONE_AFTER_MS) throw new ImageFailed(`${imageId} is gone: somebody deregistered it. Start again`);
  if (!image || image.State === 'pending' || image.State === 'transient') return waits;
  if (image.State !== 'available') throw new ImageFailed(`${imageId} is ${image.State}: ${image.StateReason?.Message ?? 'EC2 gives no reason'}`);
  const wrong = platformProblem(image, plan.image);
  if (wrong !== undefined) throw new PlatformLost(`${imageId} ${wrong}: the target would be billed or licensed otherwise, so nothing is launched`);
  return { ...waits, ready: true };
}
