import { typeInfo } from '../cloud/ec2/instance-types';
import type { Ec2 } from '../cloud/ec2/state';
import { CommandError } from './options';

/** A filesystem of a guest. */
export interface Filesystem {
  /** Where it is mounted; the first is its main mount, the others are bind mounts. */
  readonly mounts: readonly string[];
  /** Such as `ext4`. */
  readonly kind: string;
  /** The EBS volumes that it lies on; none for what lives in memory. */
  readonly volumes: readonly string[];
  /** Such as `/dev/mapper/vg-data`; by default the first partition of its volume's disk. */
  readonly device?: string;
  /** As findmnt shows them; `rw,relatime` unless told otherwise. */
  readonly options?: string;
}

/** A block device as lsblk shows it. */
export interface Device {
  readonly number: string;
  readonly name: string;
}

export interface Disk extends Device {
  readonly volumeId: string;
  /** Of NVMe disks: the volume's id without its dash. Xen shows none. */
  readonly serial: string;
}

interface Mounted extends Filesystem, Device {}

/** What fsfreeze can freeze, by its manual page (util-linux). */
const freezable = ['btrfs', 'ext2', 'ext3', 'ext4', 'f2fs', 'jfs', 'nilfs2', 'reiserfs', 'xfs'];

/** Paths that this guest does not have; every other one exists. */
const absent = ['/var/snap', '/var/log/audit'];

/** The disks and filesystems of a guest, and which of them are frozen. */
export class Disks {
  /** In the order of mounting. */
  readonly filesystems: Filesystem[] = [];
  /** Symbolic links, resolved before anything is looked for. */
  readonly links = new Map<string, string>();
  /** Volumes whose disks the kernel keeps read-only here (blockdev --setro). */
  readonly readOnly = new Set<string>();
  private readonly frozen = new Set<Filesystem>();
  /** Whether VSS holds the writes to all volumes; what the agent does goes on. */
  private held = false;

  constructor(private readonly ec2: Ec2, private readonly instanceId: string) {
    const root = this.instance().RootDeviceName;
    this.filesystems.push({ mounts: ['/run'], kind: 'tmpfs', volumes: [] });
    for (const { DeviceName = '', Ebs } of this.instance().BlockDeviceMappings) {
      if (!Ebs?.VolumeId) continue;
      const mount = DeviceName === root ? '/' : `/data/${DeviceName.replace(/^\/dev\//, '')}`;
      this.filesystems.push({ mounts: [mount], kind: 'xfs', volumes: [Ebs.VolumeId] });
    }
  }

  /** Gives volumes other filesystems than they had: one disk, one filesystem under /data unless told. */
  format(...filesystems: Filesystem[]): void {
    const volumes = new Set(filesystems.flatMap(each => each.volumes));
    const kept = this.filesystems.filter(each => !each.volumes.some(volume => volumes.has(volume)));
    this.filesystems.splice(0, Infinity, ...kept, ...filesystems);
    for (const { kind, volumes: [only, ...others] } of filesystems) {
      if (only && others.length === 0) this.ec2.get(this.ec2.volumeModels, only).filesystem = kind;
    }
  }

  /** What lies on the first partition of a volume, mounted or not. */
  kindOf(volumeId: string): string {
    return this.ec2.get(this.ec2.volumeModels, volumeId).filesystem ?? 'xfs';
  }

  /** Mounts one more filesystem; the replay of its journal is a write like any other. */
  mount(filesystem: Filesystem, replays: boolean): void {
    this.filesystems.push(filesystem);
    const [volumeId] = filesystem.volumes;
    if (replays && volumeId) this.ec2.write(volumeId, 0, `journal replayed by ${this.instanceId}`);
  }

  unmount(target: string): void {
    const index = this.filesystems.findIndex(each => each.mounts.includes(target));
    if (index < 0) throw new CommandError(`umount: ${target}: not mounted.`, 32);
    this.filesystems.splice(index, 1);
  }

  /** The filesystem of a device, as far as it is mounted here. */
  mountedAt(device: string): Filesystem | undefined {
    return this.mounted().find(each => each.name === device);
  }

  /** Whether a filesystem on this volume is frozen. */
  isFrozen(volumeId: string): boolean {
    if (this.held && this.disks().some(disk => disk.volumeId === volumeId)) return true;
    return [...this.frozen].some(each => each.volumes.includes(volumeId));
  }

  /** Whether the filesystem that holds a path is frozen. */
  isFrozenAt(path: string): boolean {
    const at = this.at(path);
    return at !== undefined && this.frozen.has(at);
  }

  /** Main mounts of the frozen filesystems. */
  get frozenMounts(): string[] {
    return [...this.frozen].map(each => each.mounts[0] ?? '');
  }

  freeze(path: string): void {
    const filesystem = this.required(path);
    if (!freezable.includes(filesystem.kind)) throw new CommandError(`fsfreeze: ${path}: freeze failed: Operation not supported`);
    if (this.frozen.has(filesystem)) throw new CommandError(`fsfreeze: ${path}: freeze failed: Device or resource busy`);
    this.frozen.add(filesystem);
  }

  unfreeze(path: string): void {
    if (!this.frozen.delete(this.required(path))) throw new CommandError(`fsfreeze: ${path}: unfreeze failed: Invalid argument`);
  }

  /** Writers flush what is open, and hold still. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
  }

  /** A reboot thaws everything. */
  reboot(): void {
    this.held = false;
    this.frozen.clear();
  }

  disks(): Disk[] {
    const nvme = typeInfo(this.instance().InstanceType)?.nitro ?? true;
    return this.instance().BlockDeviceMappings.flatMap(({ DeviceName = '', Ebs }, index) => {
      const volumeId = Ebs?.VolumeId;
      if (!volumeId) return [];
      if (nvme) return [{ volumeId, number: `259:${16 * index}`, name: `/dev/nvme${index}n1`, serial: volumeId.replace('-', '') }];
      // most Xen kernels call sdf xvdf; /dev/sda1 is the whole disk xvda
      const name = DeviceName.replace(/^\/dev\/(xvd|sd)/, '/dev/xvd').replace(/\d+$/, '');
      return [{ volumeId, number: `202:${16 * index}`, name, serial: '' }];
    });
  }

  /** A disk and what stands on it. */
  tree(name: string): Device[] {
    const disk = this.disks().find(each => each.name === name);
    if (!disk) throw new CommandError(`lsblk: ${name}: not a block device`, 32);
    const mounted = this.mounted().filter(each => each.volumes.includes(disk.volumeId));
    // what is not mounted is there all the same
    const [major, minor] = disk.number.split(':');
    return [disk, ...mounted.length > 0 ? mounted : [{ number: `${major}:${Number(minor) + 1}`, name: `${disk.name}p1` }]];
  }

  /** The mount table: one line for each mount. */
  table(): { filesystem: Filesystem; number: string; kind: string; mount: string; source: string }[] {
    return this.mounted().flatMap(({ mounts, number, kind, name }, index) => mounts.map(mount =>
      ({ filesystem: this.filesystems[index]!, number, kind, mount, source: name })));
  }

  /** The device number of the filesystem that holds a path; undefined if there is no such path. */
  numberAt(path: string): string | undefined {
    if (absent.some(each => path === each || path.startsWith(`${each}/`))) return undefined;
    const filesystem = this.at(path);
    return this.table().find(each => each.filesystem === filesystem)?.number;
  }

  private at(path: string): Filesystem | undefined {
    const real = this.resolve(path);
    const holding = this.table().filter(({ mount }) => mount === '/' || real === mount || real.startsWith(`${mount}/`));
    const longest = Math.max(...holding.map(each => each.mount.length));
    // of two at one place the later one hides the other
    return holding.filter(each => each.mount.length === longest).pop()?.filesystem;
  }

  private resolve(path: string): string {
    for (const [link, target] of this.links) {
      if (path === link || path.startsWith(`${link}/`)) return this.resolve(target + path.slice(link.length));
    }
    return path;
  }

  private required(path: string): Filesystem {
    const filesystem = this.at(path);
    if (!filesystem) throw new CommandError(`fsfreeze: cannot open ${path}: No such file or directory`);
    return filesystem;
  }

  private mounted(): Mounted[] {
    const disks = this.disks();
    return this.filesystems.map((filesystem, index) => {
      const disk = disks.find(each => each.volumeId === filesystem.volumes[0]);
      if (!disk) return { ...filesystem, number: `0:${20 + index}`, name: filesystem.device ?? filesystem.kind };
      if (filesystem.device) return { ...filesystem, number: filesystem.kind === 'btrfs' ? `0:${40 + index}` : `253:${index}`, name: filesystem.device };
      const [major, minor] = disk.number.split(':');
      const partition = /\d$/.test(disk.name) ? 'p1' : '1';
      return { ...filesystem, number: `${major}:${Number(minor) + 1}`, name: disk.name + partition };
    });
  }

  private instance() {
    return this.ec2.get(this.ec2.instances, this.instanceId);
  }
}

/** The volume of a disk or of its first partition. */
export function volumeOf(disks: Disks, device = ''): string {
  const disk = disks.disks().find(({ name }) => device === name || device === `${name}p1`);
  if (!disk) throw new CommandError(`${device}: No such file or directory`);
  return disk.volumeId;
}
