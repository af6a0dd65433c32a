import { DescribeVolumeStatusCommand, type VolumeStatusItem } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { describeInstances } from '../shared/instances';
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
  /** ISO 8601: clones that are cold then are handed over as they are. */
  readonly until: string;
}
export interface Output {
  readonly over: boolean;
  /** What the execution tells of the warming up. */
  readonly warmUp: {
    /** Whether every block of every volume has been loaded. */
    readonly warm: boolean;
    /** Percent, by size of the volumes. */
    readonly progress: number;
    readonly clones: readonly { readonly instanceId: string; readonly progress: number }[];
  };
  readonly waitSeconds: number;
}

/** "It can take up to 5 minutes for the volume initialization information to be updated" (SDK, VolumeStatusItem): twice that is enough to believe in none. */
const TOLD_AFTER_MS = 600_000;
const VOLUMES_PER_CALL = 200;

/** Looks how far EBS has loaded the clones' volumes from their snapshots. */
export async function handler({ plan, instanceIds, lease, since, until, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const instances = await describeInstances(instanceIds);
  const volumes = instances.flatMap(({ InstanceId = '', BlockDeviceMappings = [] }) => BlockDeviceMappings.flatMap(({ DeviceName, Ebs }) => {
    // any other was attached by the clone's own software
    const planned = plan.volumes.find(({ device }) => device === DeviceName);
    return planned && Ebs?.VolumeId ? [{ instanceId: InstanceId, volumeId: Ebs.VolumeId, size: planned.size }] : [];
  }));
  const statuses = await readStatuses(volumes.map(({ volumeId }) => volumeId));
  const isToldByNow = Date.now() - Date.parse(since) > TOLD_AFTER_MS;
  const loaded = volumes.map(volume => ({ ...volume, progress: progressOf(statuses.get(volume.volumeId), isToldByNow) }));
  const warm = loaded.length > 0 && loaded.every(({ progress }) => progress === 100);
  return {
    over: warm || Date.now() >= Date.parse(until),
    warmUp: {
      warm, progress: mean(loaded),
      clones: instanceIds.map(instanceId => ({ instanceId, progress: mean(loaded.filter(volume => volume.instanceId === instanceId)) })),
    },
    waitSeconds: pollDelay(since),
  };
}

async function readStatuses(volumeIds: readonly string[]): Promise<Map<string, VolumeStatusItem>> {
  const found = new Map<string, VolumeStatusItem>();
  for (let index = 0; index < volumeIds.length; index += VOLUMES_PER_CALL) {
    const { VolumeStatuses = [] } = await ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: volumeIds.slice(index, index + VOLUMES_PER_CALL) }));
    for (const status of VolumeStatuses) found.set(status.VolumeId ?? '', status);
  }
  return found;
}

function progressOf(status: VolumeStatusItem | undefined, isToldByNow: boolean): number {
  const state = status?.VolumeStatus?.Details?.find(({ Name }) => Name === 'initialization-state')?.Status;
  const progress = status?.InitializationStatusDetails?.Progress;
  if (state === 'completed') return 100;
  if (progress !== undefined) return Math.min(100, progress);
  // nothing is said of volumes that need no loading, nor for some minutes of those that do
  return isToldByNow && state !== 'initializing' ? 100 : 0;
}

/** Rounded down: a hundred is all. */
function mean(volumes: readonly { readonly size: number; readonly progress: number }[]): number {
  const size = volumes.reduce((sum, volume) => sum + volume.size, 0);
  return size === 0 ? 0 : Math.floor(volumes.reduce((sum, volume) => sum + volume.size * volume.progress, 0) / size);
}
