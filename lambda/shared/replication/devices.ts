import { MountNotPossible, NothingToMove, TargetInUse, TargetUnfit } from '../errors';
import type { Host } from '../hosts';
import { diskOf, volumeOf } from './ebs-disk';
import type { Disk, HostFacts, Layout, Mount } from './host';
import type { Problem } from './problems';
import type { ReplicatedVolume, ReplicationRequest } from './replication';

/** The construct's security group has so many ports for engines. */
export const MOST_VOLUMES = 8;
/** What the documents' parameters take; a longer list is refused before anything happens. */
const MOUNT_POINT = /^\/[A-Za-z0-9_.@+/-]*$/;
const DISK = /^\/dev\/disk\/by-id\/[A-Za-z0-9_.-]{1,200}$/;
const OPTION = /^[A-Za-z0-9_=.-]+$/;
const LONGEST_OPTIONS = 256;
const LONGEST_MOUNTS = 1024;
const LAYOUTS: readonly string[] = ['disk', 'lvm', 'raid0'];
const BLOCK_SIZES = [512, 4096];

export interface Devices { readonly volumes: readonly ReplicatedVolume[]; readonly problems: readonly Problem[]; readonly warnings: readonly string[] }

export interface Means {
  /** Instance store that is in use may be erased; EBS volumes never. */
  readonly mayErase: boolean;
  /** The EBS volumes of a launched target that began empty; null: the target existed, and any blank volume of it will do. */
  readonly empty: NonNullable<Host['empty']> | null;
}

/** Which mounts of the source are replicated, and to which disks of the target. */
export function matchDevices(source: HostFacts, target: HostFacts, request: ReplicationRequest, means: Means): Devices {
  const { mounts, problems } = chooseMounts(source, request);
  const unfit = mounts.flatMap(mount => mountProblems(mount, target, request));
  if (problems.length + unfit.length > 0) return { volumes: [], problems: [...problems, ...unfit], warnings: [] };
  return chooseDisks(mounts, target, means);
}

interface Chosen { readonly mounts: readonly Mount[]; readonly problems: readonly Problem[] }

/** A mount point below another one comes after it. */
function chooseMounts({ mounts }: HostFacts, { mountPoints, ebsVolumes }: ReplicationRequest): Chosen {
  const movable = mounts.filter(mount => mount.onInstanceStore || (ebsVolumes && isOnEbs(mount)));
  const wanted = mountPoints.length > 0 ? mountPoints : movable.map(({ mountPoint }) => mountPoint);
  const found = wanted.flatMap(mountPoint => mounts.find(mount => mount.mountPoint === mountPoint) ?? []);
  const unknown = wanted.filter(mountPoint => !mounts.some(mount => mount.mountPoint === mountPoint));
  const problems: Problem[] = [];
  if (wanted.length === 0) problems.push({ verdict: NothingToMove, text: `nothing on the source is mounted from instance store${ebsVolumes ? ' or EBS volumes' : ''}: name its mounts in mountPoints` });
  if (unknown.length > 0) {
    problems.push({ verdict: MountNotPossible, text: `nothing is mounted on the source at ${unknown.join(', ')}: correct mountPoints (mounted are ${mounts.map(({ mountPoint }) => mountPoint).join(', ') || 'none'})` });
  }
  if (wanted.length > MOST_VOLUMES || wanted.join(',').length > LONGEST_MOUNTS) {
    problems.push({ verdict: MountNotPossible, text: `${wanted.length} mounts: at most ${MOST_VOLUMES} can be replicated at a time, their names ${LONGEST_MOUNTS} characters long together; name them in mountPoints` });
  }
  return { mounts: [...found].sort((one, other) => (one.mountPoint < other.mountPoint ? -1 : 1)), problems };
}

function mountProblems(mount: Mount, { filesystems }: HostFacts, { ebsVolumes }: ReplicationRequest): Problem[] {
  const { mountPoint, layout, fstype, blockSize, onInstanceStore, device, bytes } = mount;
  const not = (text: string): Problem => ({ verdict: MountNotPossible, text: `${mountPoint} ${text}` });
  return [
    ...MOUNT_POINT.test(mountPoint) ? [] : [not('has characters in its name that the documents do not take: leave it out of mountPoints')],
    ...onInstanceStore || (ebsVolumes && isOnEbs(mount)) ? [] : [not(`(${device}) does not lie on instance store${ebsVolumes ? ' or EBS volumes' : ''}: leave it out of mountPoints`)],
    ...LAYOUTS.includes(layout) ? [] : [not(`lies on "${layout}", of which no replica can be made (only ${LAYOUTS.join(', ')}): leave it out of mountPoints`)],
    ...BLOCK_SIZES.includes(blockSize) && bytes > 0 ? [] : [not(`(${device}) has blocks of ${blockSize} bytes, ${bytes} bytes in all: leave it out of mountPoints`)],
    ...filesystems.includes(fstype) ? [] : [{
      verdict: TargetUnfit, text: `${mountPoint} is ${fstype}, which the target's kernel can not mount (${filesystems.join(', ') || 'nothing'}): install its module there, or take another target`,
    }],
  ];
}

/** Mounts that share the disks of one volume group, or one mount. */
interface Group {
  readonly layout: Layout;
  readonly bytes: number;
  readonly blockSize: number;
  readonly disks: number;
  readonly mounts: readonly Mount[];
  /** The EBS volumes that it lies on; null: instance store. */
  readonly ebs: readonly string[] | null;
}

/** On EBS volumes alone. */
function isOnEbs({ disks }: Mount): boolean {
  return disks.length > 0 && disks.every(disk => volumeOf(disk) !== undefined);
}

/** The disks of an existing target that something can be written to, or those that were launched for a group's own volumes. */
function disksFor({ ebs }: Group, { disks }: HostFacts, { empty }: Means): readonly Disk[] {
  const known = disks.filter(({ id }) => DISK.test(id));
  if (ebs === null) return known.filter(({ instanceStore }) => instanceStore);
  if (empty === null) return known.filter(({ id, inUse }) => volumeOf(id) !== undefined && inUse === null);
  const own = ebs.flatMap(volumeId => empty.filter(each => each.sourceVolumeId === volumeId).map(each => diskOf(each.volumeId)));
  return known.filter(({ id }) => own.includes(id));
}

function chooseDisks(mounts: readonly Mount[], target: HostFacts, means: Means): Devices {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const taken = new Set<string>();
  const places = new Map<string, { readonly layout: Layout; readonly devices: readonly string[] }>();
  // what needs most chooses first
  for (const group of groupsOf(mounts).sort((one, other) => other.bytes - one.bytes)) {
    const left = disksFor(group, target, means).filter(({ id }) => !taken.has(id));
    const mayErase = means.mayErase && group.ebs === null;
    const blank = left.filter(({ inUse }) => inUse === null);
    const disks = pick(group, blank) ?? (mayErase ? pick(group, left) : undefined);
    if (!disks) {
      problems.push(noDisks(group, left, mayErase));
      continue;
    }
    const layout = group.layout === 'raid0' && disks.length === 1 ? 'disk' : group.layout;
    if (layout !== group.layout) warnings.push(`${names(group)}: a raid0 of ${group.disks} disks on the source, one disk on the target`);
    for (const { id, inUse } of disks) {
      taken.add(id);
      if (inUse !== null) warnings.push(`${id} of the target is erased, which holds: ${inUse}`);
    }
    for (const { mountPoint } of group.mounts) places.set(mountPoint, { layout, devices: disks.map(({ id }) => id) });
  }
  const volumes = mounts.flatMap(mount => {
    const place = places.get(mount.mountPoint);
    if (!place) return [];
    const { kept, dropped } = mountOptions(mount);
    const contexts = dropped.filter(option => option.includes('context='));
    if (contexts.length > 0) {
      problems.push({ verdict: MountNotPossible, text: `${mount.mountPoint} is mounted with ${contexts.join(', ')}, without which services may not be let to it: set the labels on its files instead, and mount it without` });
    } else if (dropped.length > 0) warnings.push(`${mount.mountPoint} is mounted on the target without ${dropped.join(', ')}, which the documents do not take`);
    const { mountPoint, bytes, blockSize, fstype, device } = mount;
    return [{ mountPoint, bytes, blockSize, fstype, options: kept, sourceDevice: device, ...place }];
  });
  return { volumes, problems, warnings };
}

function groupsOf(mounts: readonly Mount[]): Group[] {
  const groups: Mount[][] = [];
  for (const mount of mounts) {
    const shared = groups.find(group => mount.layout === 'lvm' && group.some(({ layout, disks }) => layout === 'lvm' && disks.some(id => mount.disks.includes(id))));
    if (shared) shared.push(mount);
    else groups.push([mount]);
  }
  return groups.map(group => ({
    layout: group[0]?.layout as Layout,
    bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
    blockSize: group[0]?.blockSize ?? 512,
    disks: new Set(group.flatMap(({ disks }) => disks)).size,
    mounts: group,
    ebs: group.every(({ onInstanceStore }) => onInstanceStore) ? null : [...new Set(group.flatMap(({ disks }) => disks.flatMap(disk => volumeOf(disk) ?? [])))],
  }));
}

/** The smallest disk that is large enough; of several as many as the source has, or as it takes. The documents check to the byte. */
function pick({ layout, bytes, blockSize, disks: wanted }: Group, disks: readonly Disk[]): readonly Disk[] | undefined {
  const fitting = disks.filter(disk => disk.blockSize === blockSize).sort((one, other) => one.bytes - other.bytes || (one.id < other.id ? -1 : 1));
  const one = fitting.find(disk => disk.bytes >= bytes);
  if (layout === 'disk') return one && [one];
  for (let count = Math.max(1, wanted); count <= fitting.length; count++) {
    // the smallest window of neighbours that holds it
    const start = fitting.findIndex((_, i) => i + count <= fitting.length && total(fitting.slice(i, i + count)) >= bytes);
    if (start >= 0) return fitting.slice(start, start + count);
  }
  if (one) return [one];
  // fewer and larger disks than the source has
  for (let count = Math.min(wanted - 1, fitting.length); count > 1; count--) {
    if (total(fitting.slice(-count)) >= bytes) return fitting.slice(-count);
  }
  return undefined;
}

function noDisks(group: Group, left: readonly Disk[], mayErase: boolean): Problem {
  const inUse = left.filter(disk => disk.inUse !== null);
  if (!mayErase && pick(group, left)) {
    return {
      verdict: TargetInUse,
      text: `${names(group)} would fit on the target's disks, but ${inUse.map(disk => `${disk.id} holds ${disk.inUse}`).join(', ')}:`
        + ' free them, or consent to their being erased with overwriteTarget true',
    };
  }
  const otherBlocks = left.filter(({ blockSize }) => blockSize !== group.blockSize).length;
  return {
    verdict: TargetUnfit,
    text: `${names(group)} needs ${group.bytes} bytes in blocks of ${group.blockSize} on ${group.ebs === null ? 'instance store' : 'blank EBS volumes'} of the target, which has`
      + ` ${left.length === 0 ? 'no disk left' : `left ${left.map(disk => disk.bytes).join(' + ')}`}`
      + `${otherBlocks > 0 ? ` (${otherBlocks} of them with other block sizes)` : ''}: choose another target, or fewer mountPoints`,
  };
}

function names({ mounts }: Group): string {
  return mounts.map(({ mountPoint }) => mountPoint).join(' and ');
}

function total(disks: readonly Disk[]): number {
  return disks.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The options that the document's parameter takes. */
function mountOptions({ options }: Mount): { readonly kept: string; readonly dropped: readonly string[] } {
  const kept: string[] = [];
  const dropped: string[] = [];
  for (const option of options.split(',').filter(Boolean)) {
    (OPTION.test(option) && [...kept, option].join(',').length <= LONGEST_OPTIONS ? kept : dropped).push(option);
  }
  return { kept: kept.join(','), dropped };
}
