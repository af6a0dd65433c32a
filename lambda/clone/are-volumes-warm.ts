import { DescribeVolumeStatusCommand, type VolumeStatusItem } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { readCommands, type Sent } from '../shared/commands';
import { findInstances } from '../shared/instances';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';
import { nextReader, type Reader, volumesOf } from '../shared/warm-up/readers';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  /** The clones that read; none where only EBS is waited for. */
  readonly readers?: readonly Reader[];
  /** What they were told or asked last. */
  readonly commands?: readonly Sent[];
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
    readonly how: 'wait' | 'read';
    /** Whether every block of every volume has been loaded. */
    readonly warm: boolean;
    /** Percent, by size of the volumes. */
    readonly progress: number;
    /** How many clones do not read although they should: they are waited for. */
    readonly notRead: number;
    readonly clones: readonly {
      readonly instanceId: string;
      readonly progress: number;
      /** Of a clone that reads: whether what is in use has been read. */
      readonly hot?: boolean;
      /** Why it does not read; null where it does. */
      readonly notRead?: string | null;
    }[];
  };
  readonly readers: readonly Reader[];
  readonly waitSeconds: number;
}

/** "It can take up to 5 minutes for the volume initialization information to be updated" (SDK, VolumeStatusItem): twice that is enough to believe in none. */
const TOLD_AFTER_MS = 600_000;
const VOLUMES_PER_CALL = 200;

/** Looks how far the clones' volumes are loaded from their snapshots: as EBS says, or as the clones have read them. */
export async function handler({ plan, instanceIds, readers: known = [], commands = [], lease, since, until, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const answers = await readCommands(commands);
  const readers = known.map(reader => nextReader(reader, answers.find(({ instanceId }) => instanceId === reader.instanceId)?.result));
  const read = Object.assign({}, ...readers.map(reader => reader.volumes)) as Readonly<Record<string, number>>;
  // by a filter: one of a fleet that somebody terminated hours ago keeps none of the others
  const instances = await findInstances(instanceIds);
  const volumes = instances.flatMap(instance => volumesOf(plan, instance)
    .map(({ ownVolumeId, size }) => ({ instanceId: instance.InstanceId ?? '', volumeId: ownVolumeId, size })));
  const statuses = await readStatuses(volumes.map(({ volumeId }) => volumeId));
  const isToldByNow = Date.now() - Date.parse(since) > TOLD_AFTER_MS;
  const loaded = volumes.map(volume => ({ ...volume, progress: Math.max(progressOf(statuses.get(volume.volumeId), isToldByNow), read[volume.volumeId] ?? 0) }));
  const warm = loaded.length > 0 && loaded.every(({ progress }) => progress === 100);
  return {
    over: warm || Date.now() >= Date.parse(until),
    warmUp: {
      how: plan.warmUp?.how ?? 'wait', warm, progress: mean(loaded),
      notRead: readers.filter(({ problem }) => problem !== null).length,
      clones: instanceIds.map(instanceId => {
        const reader = readers.find(one => one.instanceId === instanceId);
        const progress = mean(loaded.filter(volume => volume.instanceId === instanceId));
        return { instanceId, progress, ...reader && { hot: reader.hot, notRead: reader.problem } };
      }),
    },
    readers,
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
