import type { Account } from '../cloud/account';
import type { Blocks } from '../cloud/ec2/content';

/** A write that the application was told has succeeded. */
export interface Acknowledged {
  readonly time: number;
  readonly block: number;
  readonly value: string;
}

/**
 * The program on a pair of hosts: it writes to wherever it is served from, and keeps account of every write that was acknowledged.
 * It waits while it is stopped or its device hangs, and loses nothing by waiting.
 */
export class Application {
  readonly acknowledged: Acknowledged[] = [];
  private next = 0;

  /** `devices` are those that a write goes to before it is acknowledged, by now; none while nothing serves. */
  constructor(private readonly account: Account, private readonly devices: () => readonly Blocks[], private readonly span = 48) {}

  /** Writes twice a second unless told otherwise, until the rehearsal ends. */
  keepWriting(from = 10_000, everyMs = 500): void {
    const { clock } = this.account;
    const write = () => {
      const devices = this.devices();
      if (devices.length > 0) {
        const block = from + this.next % this.span;
        const value = `record ${this.next++}`;
        for (const device of devices) device.write(block, value);
        this.acknowledged.push({ time: clock.now(), block, value });
      }
      clock.after(everyMs, write);
    };
    clock.after(everyMs, write);
  }

  /** Blocks in which a device holds something older than the last write that was acknowledged (before an instant). */
  missingOn(device: Blocks, before = Infinity): number[] {
    const last = new Map<number, number>();
    const orderOf = new Map(this.acknowledged.map(({ value }, order) => [value, order]));
    this.acknowledged.forEach(({ time, block }, order) => { if (time < before) last.set(block, order); });
    return [...last].filter(([block, order]) => (orderOf.get(device.read(block) ?? '') ?? -1) < order).map(([block]) => block);
  }

  /** The longest time without an acknowledged write, in milliseconds. */
  longestPause(): number {
    return this.acknowledged.reduce((longest, { time }, index, all) => Math.max(longest, index === 0 ? 0 : time - all[index - 1]!.time), 0);
  }
}
