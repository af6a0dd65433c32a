import { Blocks } from '../cloud/ec2/content';
import type { Side } from './host';
import type { PairState } from './pair-state';

/** Where the blocks of a replicated device are: on the source at first, on both while the engine is at work, on one at the end. */
export class Mirror {
  /** What only the source has yet, in the order in which it is copied. */
  private pending: number[] = [];
  private total = 0;

  /** `device` gives the disk of a side; undefined where the instance has none any more. */
  constructor(private readonly device: (side: Side) => Blocks | undefined) {}

  /** Copying begins: every block of the source is still to come. */
  begin(): void {
    this.pending = [...this.device('source')?.all().keys() ?? []].sort((a, b) => a - b);
    this.total = this.pending.length;
  }

  /** So much of the device is on the target by now. */
  copied(share: number): void {
    const [source, target] = [this.device('source'), this.device('target')];
    if (!source || !target) return;
    const left = Math.floor(this.total * (1 - share));
    while (this.pending.length > left) {
      const block = this.pending.shift()!;
      target.write(block, source.read(block)!);
    }
  }

  get blocksLeft(): number {
    return this.pending.length;
  }

  /** The devices that a write goes to before it is acknowledged; none while nothing serves. */
  writable({ source, target }: PairState, paused: boolean): readonly Blocks[] {
    if (paused) return [];
    const [first, second] = [this.device('source'), this.device('target')];
    const present = (...devices: (Blocks | undefined)[]) => devices.filter(each => each !== undefined);
    if (target === 'finalized') return present(second);
    if (source === 'finalized') return present(first);
    if (source === 'mirrored') return target === 'mirrored' ? present(first, second) : present(first);
    if (source === 'fallen-back') return target === 'off' ? present(first) : present(first, second);
    // while a block may be on one side only, a write waits until both have it, or until somebody decides
    if (target === 'switched') return source === 'switched' && first && second ? [first, second] : [];
    return target === 'off' && source === 'switched' ? [] : present(first);
  }
}
