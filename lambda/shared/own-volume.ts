import { AttachVolumeCommand, DescribeVolumesCommand, DetachVolumeCommand, type Volume } from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';
import { errorName } from './error-name';

/** A volume that a clone shares with its source. */
export interface ShareFacts {
  /** The clone. */
  readonly instanceId: string;
  readonly volumeId: string;
  readonly device: string;
  /** Whether the clone writes to it, as a member of a cluster. */
  readonly writable: boolean;
  /** The source, if it has reserved what it shares with the clone. */
  readonly reservedBy: string | null;
  /** GiB. */
  readonly size: number;
  /** What the own volume will be. */
  readonly type: string;
  readonly iops: number | null;
  /** MiB/s; null: what the type gives by itself. */
  readonly throughput: number | null;
}

/** By a filter, for which a volume that is gone, or can not be seen yet, is no error. */
export async function describeVolume(volumeId: string): Promise<Volume | undefined> {
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: [volumeId] }] }));
  return Volumes?.[0];
}

/** How far a volume is attached to an instance; null: not at all. */
export async function attachmentState(volumeId: string, instanceId: string): Promise<string | null> {
  const volume = await describeVolume(volumeId);
  return volume?.Attachments?.find(({ InstanceId }) => InstanceId === instanceId)?.State ?? null;
}

/** One that is attached already is so by a call whose answer was lost: the next look tells. */
export async function attachVolume(VolumeId: string, InstanceId: string, Device: string): Promise<void> {
  try {
    await ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
  } catch (error) {
    if (errorName(error) !== 'VolumeInUse') throw error;
  }
}

/** Never by force: what is still mounted stays. */
export async function detachVolume(VolumeId: string, InstanceId: string): Promise<void> {
  try {
    await ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId }));
  } catch (error) {
    if (errorName(error) !== 'IncorrectState' && errorName(error) !== 'InvalidAttachment.NotFound') throw error;
  }
}
