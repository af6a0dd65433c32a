import type { Timer } from '../../clock';
import type { FrozenBlocks } from './content';
import type { Ec2 } from './state';

export interface WriterOptions {
  /** How many blocks the program writes in a second. */
  readonly blocksPerSecond?: number;
  /** How many different blocks it writes to, in turn. */
  readonly span?: number;
  /** The first of them. */
  readonly from?: number;
}

/** EBS counts changes in blocks of 512 KiB. */
const blockMiB = 0.5;

/**
 * Programs in guests that keep writing.
 *
 * They work as programs on a journaling filesystem do: a change goes to a block first, and the commit record beside it
 * half a second later. A picture taken in between is crash-consistent only: it holds a change without its commit. A
 * frozen filesystem has flushed what was open and holds the next writes back until it is thawed.
 *
 * Every change has the next number of one sequence of the whole account, so that one can tell what any volume may know
 * at an instant.
 */
export class Writers {
  private sequence = 0;
  private readonly running = new Map<string, Set<Writer>>();

  constructor(private readonly ec2: Ec2) {}

  write(volumeId: string, block: number, value: string): void {
    const model = this.ec2.get(this.ec2.volumeModels, volumeId);
    model.blocks.write(block, value);
    if (model.dirty?.has(block)) return;
    model.dirty?.add(block);
    model.changedMiB += blockMiB;
  }

  start(volumeId: string, { blocksPerSecond = 4, span = 64, from = 1024 }: WriterOptions): () => void {
    this.ec2.get(this.ec2.volumes, volumeId);
    const writer = new Writer(this.ec2, {
      change: (index, commit) => this.write(volumeId, from + 2 * index + (commit ? 1 : 0), commit ?? `change ${++this.sequence}`),
      held: () => this.ec2.writesHeld(volumeId),
      stopped: () => !this.canWrite(volumeId),
      value: index => this.ec2.get(this.ec2.volumeModels, volumeId).blocks.read(from + 2 * index)!,
    }, blocksPerSecond, span);
    const writers = this.running.get(volumeId) ?? new Set();
    this.running.set(volumeId, writers.add(writer));
    return () => {
      writer.stop();
      writers.delete(writer);
    };
  }

  freeze(volumeId: string): FrozenBlocks {
    if (this.ec2.writesHeld(volumeId)) this.flush(volumeId);
    return this.ec2.get(this.ec2.volumeModels, volumeId).blocks.freeze();
  }

  /** What a filesystem does when it is frozen: open changes get their commit records. */
  flush(volumeId: string): void {
    for (const writer of this.running.get(volumeId) ?? []) writer.flush();
  }

  private canWrite(volumeId: string): boolean {
    const attachments = this.ec2.volumes.get(volumeId)?.Attachments ?? [];
    return attachments.some(each => ['pending', 'running'].includes(this.ec2.instances.get(each.InstanceId ?? '')?.State.Name ?? ''));
  }
}

interface Device {
  change(index: number, commit?: string): void;
  held(): boolean;
  stopped(): boolean;
  value(index: number): string;
}

class Writer {
  private timer?: Timer;
  private next = 0;
  private open: number[] = [];

  constructor(private readonly ec2: Ec2, private readonly device: Device, private readonly perSecond: number, private readonly span: number) {
    this.work();
  }

  stop(): void {
    this.timer?.cancel();
  }

  flush(): void {
    for (const index of this.open) this.device.change(index, this.device.value(index));
    this.open = [];
  }

  /** Twice a second: changes in the first half, commits in the second. */
  private work(): void {
    if (this.device.stopped()) return;
    if (this.open.length > 0) this.flush();
    else if (!this.device.held()) this.changes();
    this.timer = this.ec2.account.clock.after(500, () => this.work());
  }

  private changes(): void {
    for (let n = 0; n < this.perSecond; n++) {
      const index = this.next++ % this.span;
      this.device.change(index);
      this.open.push(index);
    }
  }
}

/** Whether every change in these blocks has its commit record beside it, as after a clean freeze. */
export function committed(content: ReadonlyMap<number, string>, { span = 64, from = 1024 }: WriterOptions = {}): boolean {
  for (let index = 0; index < span; index++) {
    if (content.get(from + 2 * index) !== content.get(from + 2 * index + 1)) return false;
  }
  return true;
}
