import type { ReplicationEngine } from '../../../lib/private/replication-documents';

export interface PairOptions {
  readonly engine: ReplicationEngine;
  readonly encryption: 'wireguard' | 'none';
  readonly filesystem: 'ext4' | 'xfs';
  /** What the filesystems lie on: each on a disk; each on a logical volume, of one group over two disks; each on a RAID 0 of two disks. */
  readonly layout: 'disk' | 'lvm' | 'raid0';
  /** The filesystems that the application writes to. */
  readonly mounts: readonly string[];
  /** The size of each disk. */
  readonly megabytes: number;
  /** How much of all disks together the files take; undefined: half. */
  readonly filledMegabytes: number | undefined;
  /** How fast each of the two is sent to; undefined: as fast as the emulator can. */
  readonly megabytesPerSecond: number | undefined;
  /** Further disks of the target, which are not meant for the data. */
  readonly spareDisks: readonly { readonly megabytes: number; readonly blockSize: 512 | 4096 }[];
}

export const defaults: PairOptions = {
  engine: 'drbd', encryption: 'none', filesystem: 'ext4', layout: 'disk', mounts: ['/srv/data'], megabytes: 128, filledMegabytes: undefined,
  megabytesPerSecond: 5, spareDisks: [],
};

/** How many disks the data of a pair lies on. */
export function diskCount({ layout, mounts }: PairOptions): number {
  return { disk: mounts.length, lvm: 2, raid0: 2 * mounts.length }[layout];
}

/** The device of the filesystem of that number on the source, by its lasting name. */
export function sourceDevice({ layout }: PairOptions, index: number, disks: readonly { readonly path: string }[]): string {
  return layout === 'disk' ? disks[index]!.path : layout === 'lvm' ? `/dev/mapper/data-files${index}` : `/dev/md/data${index}`;
}
