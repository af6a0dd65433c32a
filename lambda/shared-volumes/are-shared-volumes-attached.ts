import { DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { ShareFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output { readonly attached: boolean; readonly waitSeconds: number }

/** Looks whether the source's volumes are attached to every clone, and to none in a way that would delete them. */
export async function handler({ plan, instanceIds, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: plan.shared.map(({ volumeId }) => volumeId) }));
  const attachments = Volumes.flatMap(({ Attachments }) => Attachments ?? []);
  const doomed = attachments.filter(({ DeleteOnTermination }) => DeleteOnTermination);
  if (doomed.length > 0) {
    throw new ShareFailed(doomed.map(({ VolumeId, InstanceId }) => `${VolumeId} is deleted with ${InstanceId}`).join('; ')
      + ': the last instance that has a shared volume attached decides for all. Set DeleteOnTermination to false there, and start again');
  }
  const attached = instanceIds.every(instanceId => plan.shared.every(({ volumeId, device }) => attachments.some(one =>
    one.VolumeId === volumeId && one.InstanceId === instanceId && one.Device === device && one.State === 'attached')));
  return { attached, waitSeconds: pollDelay(since) };
}
