import type { Image } from '@aws-sdk/client-ec2';
import { ImageFailed, PlatformLost } from '../shared/errors';
import { describeImage } from '../shared/images';
import { type Lease, renewLease } from '../shared/lease';
import { platformProblem } from '../shared/platform';
import { pollDelay } from '../shared/poll';
import { NO_SNAPSHOT, type Step, type VolumeSnapshot } from '../shared/step';
import type { LaunchPlan } from '../shared/sync/plan';

export interface Input extends Step {
  readonly plan: LaunchPlan;
  readonly imageId: string;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly ready: boolean;
  /** The image's own, one for each EBS volume, or that the volume begins empty; none until it is ready. */
  readonly snapshots: readonly VolumeSnapshot[];
  readonly waitSeconds: number;
}

/** New images are to be seen within seconds; one that is missing for so long was deregistered. */
const GONE_AFTER_MS = 300_000;

/** Looks whether the target can be launched, and whether it is billed as the source is. */
export async function handler({ plan, imageId, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const image = await describeImage(imageId);
  const waitSeconds = pollDelay(since);
  if (!image && Date.now() - Date.parse(since) > GONE_AFTER_MS) throw new ImageFailed(`${imageId} is gone: somebody deregistered it. Start again`);
  if (!image || image.State === 'pending' || image.State === 'transient') return { ready: false, snapshots: [], waitSeconds };
  if (image.State !== 'available') throw new ImageFailed(`${imageId} is ${image.State}: ${image.StateReason?.Message ?? 'EC2 gives no reason'}`);
  const wrong = platformProblem(image, plan.image);
  if (wrong !== undefined) throw new PlatformLost(`${imageId} ${wrong}: the target would be billed or licensed otherwise, so nothing is launched`);
  return { ready: true, snapshots: snapshotsOf(image, plan), waitSeconds };
}

/** What the image maps; CreateImage began all of them when it made the image. */
function snapshotsOf({ BlockDeviceMappings = [], CreationDate = '' }: Image, { volumes, empty }: LaunchPlan): VolumeSnapshot[] {
  const none = empty.map(each => ({ ...each, snapshotId: NO_SNAPSHOT, startTime: CreationDate }));
  return [...none, ...volumes.flatMap(({ device, volumeId }) => BlockDeviceMappings.filter(({ DeviceName, Ebs }) => DeviceName === device && Ebs?.SnapshotId)
    .map(({ Ebs }) => ({ snapshotId: Ebs?.SnapshotId ?? '', volumeId, device, startTime: CreationDate })))];
}
