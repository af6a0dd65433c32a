import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { command } from './command';

export const MiB = 1 << 20;

/** An instance store disk: a sparse file that the machine sees as an NVMe drive. */
export class Disk {
  /** Whether several machines may have it at a time. */
  readonly shared: boolean = false;

  constructor(readonly file: string, readonly bytes: number, readonly serial: string, readonly blockSize: 512 | 4096 = 512) {}

  /** Where the machine finds it, as on EC2. */
  get path(): string {
    return `/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_${this.serial}`;
  }

  /** Nothing on it: what a stopped and started instance gets. */
  async erase(): Promise<void> {
    const handle = openSync(this.file, 'w');
    ftruncateSync(handle, this.bytes);
    closeSync(handle);
  }

  /** The content of another disk's file. */
  fill(from: string): Promise<void> {
    return copy(from, this.file);
  }

  /** Keeps the content for later. */
  keep(file: string): Promise<void> {
    return copy(this.file, file);
  }
}

/** Holes stay holes: a disk of a terabyte may have little on it. */
async function copy(from: string, to: string): Promise<void> {
  await command('cp', '--sparse=always', '--reflink=auto', from, to);
}

/** An EBS volume: several machines may have it, as with Multi-Attach. */
export class Volume extends Disk {
  override readonly shared = true;

  constructor(readonly id: string, file: string, bytes: number) {
    super(file, bytes, id.replace('-', ''));
  }

  override get path(): string {
    return `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${this.serial}`;
  }
}
