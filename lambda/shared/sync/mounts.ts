import { NothingToMove, TargetUnfit } from '../errors';
import { volumeOf } from '../replication/ebs-disk';
import type { HostFacts, Mount } from '../replication/host';
import type { PlannedMount } from './plan';
import type { SyncRequest } from './request';
import type { TypeFacts } from './types';

const LAYOUTS = ['disk', 'lvm', 'raid0'];

/** The mounts that the request names, or all that may be moved; all problems in one message. */
export function plannedMounts(host: HostFacts, { mountPoints, ebsVolumes, sourceInstanceId }: SyncRequest): PlannedMount[] {
  const isAdmitted = (mount: Mount) => mount.onInstanceStore || (ebsVolumes && isOnEbs(mount));
  const admitted = host.mounts.filter(isAdmitted);
  const where = ebsVolumes ? 'instance store or EBS volumes' : 'instance store';
  const offered = admitted.map(({ mountPoint }) => mountPoint).join(', ') || 'none';
  const chosen = mountPoints.length === 0 ? admitted : host.mounts.filter(({ mountPoint }) => mountPoints.includes(mountPoint));
  const problems = [
    ...mountPoints.filter(name => !host.mounts.some(({ mountPoint }) => mountPoint === name)).map(name => `${name} is no mount of it`),
    ...chosen.filter(mount => !isAdmitted(mount)).map(mount => `${mount.mountPoint} does not lie on ${where}${!ebsVolumes && isOnEbs(mount) ? ', but on EBS: "ebsVolumes": true moves that, too' : ''}`),
    ...chosen.filter(mount => isAdmitted(mount) && !LAYOUTS.includes(mount.layout)).map(({ mountPoint, layout }) => `${mountPoint} lies on ${layout}, of which no replica can be made`),
    ...chosen.length === 0 && mountPoints.length === 0 ? [`nothing of it is mounted from ${where}`] : [],
  ];
  if (problems.length > 0) throw new NothingToMove(`${sourceInstanceId}: ${problems.join('; ')}. Its mounts on ${where} are ${offered}: name some of them in mountPoints`);
  return chosen.map(planned);
}

function planned({ mountPoint, device, fstype, layout, disks, bytes, usedBytes }: Mount): PlannedMount {
  return { mountPoint, device, fstype, layout, disks: disks.length, bytes, usedBytes, volumeIds: disks.flatMap(disk => volumeOf(disk) ?? []) };
}

/** On EBS volumes alone, each of which can be told. */
function isOnEbs({ disks }: Mount): boolean {
  return disks.length > 0 && disks.every(disk => volumeOf(disk) !== undefined);
}

/** What can be told before the target is launched: whether its type has disks enough. Which disk takes what is decided when it can be looked at. */
export function refuseSmallType(all: readonly PlannedMount[], type: TypeFacts | undefined, name: string): void {
  const mounts = all.filter(({ volumeIds }) => volumeIds.length === 0);
  const disks = (type?.disks ?? []).map(gigabytes => gigabytes * 1e9);
  const needed = mounts.reduce((sum, { bytes }) => sum + bytes, 0);
  const has = disks.length === 0 ? 'no instance store' : `${disks.length} instance-store disk(s) of ${(type?.disks ?? []).join(' + ')} GB`;
  if (disks.reduce((sum, bytes) => sum + bytes, 0) < needed) {
    throw new TargetUnfit(`${name} has ${has}, but ${mounts.map(({ mountPoint }) => mountPoint).join(', ')} need ${gb(needed)} GB: choose another target.launch.instanceType,`
      + ' or fewer mountPoints');
  }
  // a filesystem on one disk needs one that is as large; the largest choose first
  const free = [...disks];
  for (const { mountPoint, bytes } of mounts.filter(({ layout }) => layout === 'disk').sort((a, b) => b.bytes - a.bytes)) {
    const fitting = free.findLastIndex(disk => disk >= bytes);
    if (fitting < 0) throw new TargetUnfit(`${name} has ${has}, none of them left for the ${gb(bytes)} GB of ${mountPoint}: choose another target.launch.instanceType, or fewer mountPoints`);
    free.splice(fitting, 1);
  }
}

function gb(bytes: number): number {
  return Math.ceil(bytes / 1e8) / 10;
}
