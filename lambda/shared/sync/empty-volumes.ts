import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { MountNotPossible } from '../errors';
import { defined } from '../json';
import type { Unisolated } from '../plan/build';
import type { PlannedVolume } from '../plan/planned-volume';
import type { Source } from '../source/source';
import type { EmptyVolume, PlannedMount } from './plan';

const GIB = 2 ** 30;
/** Partition tables and metadata of volume groups: what is left besides is somebody's data. */
const UNUSED = 64 * 2 ** 20;

/** The source's EBS volumes whose blocks are replicated: a launched target gets empty ones in their place. */
export function emptyVolumes(mounts: readonly PlannedMount[], { volumes, instanceId }: Source): EmptyVolume[] {
  const ids = [...new Set(mounts.flatMap(({ volumeIds }) => volumeIds))];
  return ids.map(id => {
    const volume = volumes.find(({ volumeId }) => volumeId === id);
    if (!volume) throw new MountNotPossible(`${id} holds ${namesOn(id, mounts)}, but EC2 does not say that it is attached to ${instanceId}: start again`);
    if (volume.root) throw new MountNotPossible(`${namesOn(id, mounts)} lies on the root volume, from which the target boots: leave it out of mountPoints`);
    return { device: volume.device, volumeId: id };
  });
}

/** Where everything is to be moved, nothing may silently be as of the image that the target boots from. */
export function refuseLeftBehind(mounts: readonly PlannedMount[], source: Source): void {
  const bare = source.volumes.filter(({ root, volumeId }) => !root && !mounts.some(mount => mount.volumeIds.includes(volumeId)))
    .map(({ device, volumeId }) => `${volumeId} (${device}) holds no filesystem that is mounted`);
  const behind = [...bare, ...partlyReplicated(mounts, source)];
  if (behind.length === 0) return;
  throw new MountNotPossible(`${behind.join('; ')}: mount it, detach it, or name in mountPoints what shall be moved; the rest is then as of the image that the target boots from`);
}

/** Volumes that hold more than what is replicated of them: that stays behind. */
export function partlyReplicated(mounts: readonly PlannedMount[], { volumes }: Source): string[] {
  return volumes.flatMap(({ volumeId, size }) => {
    const on = mounts.filter(({ volumeIds }) => volumeIds.includes(volumeId));
    const shared = on.some(({ volumeIds }) => volumeIds.length > 1);
    const left = size * GIB - on.reduce((sum, { bytes }) => sum + bytes, 0);
    return on.length === 0 || shared || left <= UNUSED ? []
      : [`${volumeId} has ${Math.ceil(left / GIB)} GiB besides ${namesOn(volumeId, mounts)}: what is there does not come with it`];
  });
}

/**
 * The plan of a launch in which some volumes begin empty: made of the plan with all volumes, and of the one without these, which tells of images
 * and snapshots.
 */
export function withEmptyVolumes(all: Unisolated, without: Unisolated, empty: readonly EmptyVolume[]): Unisolated {
  if (empty.length === 0) return all;
  const isEmpty = (device: string | undefined) => empty.some(one => one.device === device);
  return {
    ...all,
    excluded: without.excluded,
    warnings: without.warnings,
    creates: [...all.creates.filter(({ resource }) => resource !== 'snapshot'), ...without.creates.filter(({ resource }) => resource === 'snapshot')],
    launch: {
      ...all.launch,
      BlockDeviceMappings: (all.launch.BlockDeviceMappings ?? []).map(mapping => (isEmpty(mapping.DeviceName) ? emptied(mapping, all.volumes) : mapping)),
    },
  };
}

/** Without a snapshot nothing is inherited: encryption and key are said. */
function emptied(mapping: BlockDeviceMapping, volumes: readonly PlannedVolume[]): BlockDeviceMapping {
  const volume = volumes.find(({ device }) => device === mapping.DeviceName);
  return {
    ...mapping,
    Ebs: defined({
      ...mapping.Ebs, VolumeInitializationRate: undefined, Encrypted: volume?.encrypted ? true : undefined,
      KmsKeyId: volume?.encrypted ? volume.kmsKeyId ?? undefined : undefined,
    }),
  };
}

function namesOn(id: string, mounts: readonly PlannedMount[]): string {
  return mounts.filter(({ volumeIds }) => volumeIds.includes(id)).map(({ mountPoint }) => mountPoint).join(' and ');
}
