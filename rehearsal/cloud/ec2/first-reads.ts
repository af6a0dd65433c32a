import { tellInitialization } from './make-volume';
import type { Ec2 } from './state';

/** A file on a volume that is large enough to matter, as whoever reads the volume meets it; it travels with snapshots. */
export interface DataFile {
  /** Below the mount point: `/base/16384`. */
  readonly path: string;
  readonly mib: number;
  /** When it was read or written last. */
  readonly usedAt: number;
  /** Whether a service has it open as soon as the system runs. */
  readonly open: boolean;
}

/** MiB/s of types whose volumes do not tell theirs. */
const untoldThroughput = 250;

/**
 * How long somebody reads so much of a volume: at its throughput, and where blocks have to come from the snapshot first no
 * faster than these come (unverified against AWS, as all of this).
 */
export function secondsToRead(ec2: Ec2, volumeId: string, mib: number, of: 'blocks' | 'file'): number {
  const { Throughput = untoldThroughput } = ec2.get(ec2.volumes, volumeId);
  return Math.max(mib / Throughput, loads(ec2, volumeId, mib, of) / ec2.timing.firstReadRate);
}

/** What was read is loaded: the rest of the loading takes so much less. `of` blocks: ones that nobody has read before. */
export function read(ec2: Ec2, volumeId: string, mib: number, of: 'blocks' | 'file'): void {
  const { initialization, writtenMiB } = ec2.get(ec2.volumeModels, volumeId);
  const now = ec2.account.clock.now();
  if (!initialization || initialization.transfer || initialization.until <= now) return;
  initialization.duration ??= initialization.until - initialization.from;
  const loaded = loads(ec2, volumeId, mib, of);
  if (of === 'blocks') initialization.unread = Math.max(0, unreadOf(initialization.unread) - mib / sizeOf(ec2, volumeId));
  initialization.until = initialization.unread === 0 ? now : Math.max(now, initialization.until - initialization.duration * loaded / writtenMiB);
  tellInitialization(ec2, ec2.get(ec2.volumes, volumeId));
}

/** How much of what is read has not come from the snapshot yet: what is written lies everywhere alike. */
function loads(ec2: Ec2, volumeId: string, mib: number, of: 'blocks' | 'file'): number {
  const { initialization, writtenMiB } = ec2.get(ec2.volumeModels, volumeId);
  if (!initialization || initialization.transfer) return 0;
  const { from, until, duration = until - from, unread } = initialization;
  const missing = Math.max(0, until - ec2.account.clock.now()) / duration;
  const share = of === 'file' ? mib / writtenMiB : mib / sizeOf(ec2, volumeId) / unreadOf(unread);
  return writtenMiB * missing * Math.min(1, share);
}

const unreadOf = (unread = 1): number => Math.max(unread, 1e-9);

function sizeOf(ec2: Ec2, volumeId: string): number {
  return ec2.get(ec2.volumes, volumeId).Size * 1024;
}
