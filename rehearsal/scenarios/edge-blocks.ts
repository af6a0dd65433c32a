import type { Account } from '../cloud/account';
import type { Load } from '../cloud/load/load';
import type { ReplayedPair } from '../hosts/replay';
import type { Expectation } from '../report/story';
import { addressOf, type Served } from './edge-served';
import { expect } from './expectations';

export interface BlocksApplicationOptions {
  readonly instanceId: string;
  readonly hostedZoneId: string;
  /** The record by which clients find it. */
  readonly record: string;
  /** What the instance that clients come to is busy with. */
  readonly load: Load;
  /** How often it writes. */
  readonly everyMs: number;
}

const firstBlock = 100;

/** A program on one of two hosts that can send its blocks to the other: it writes where it is served from, and keeps account of what was acknowledged. */
export class BlocksApplication implements Served {
  private busy: string;
  /** When the target had every block, in milliseconds. */
  copiedAt: number | undefined;

  constructor(private readonly account: Account, private readonly pair: ReplayedPair, private readonly options: BlocksApplicationOptions) {
    this.busy = options.instanceId;
    account.loads.assign(this.busy, options.load);
    pair.application.keepWriting(firstBlock, options.everyMs);
    this.follow();
  }

  servedAlone(what: string, instanceId: string | undefined): Expectation[] {
    const { pair, options } = this;
    const side = instanceId === options.instanceId ? 'source' : 'target';
    const [disk] = pair.disks(side);
    const missing = disk ? pair.application.missingOn(disk.blocks).length + (side === 'target' ? pair.blocksLeft : 0) : Infinity;
    const written = pair.application.acknowledged.length;
    return [
      expect(`${what} serves, and nobody else`, pair.serving.join() === side && this.ledTo() === instanceId, pair.serving.join(' and ') || 'nobody serves'),
      expect(`every write that was acknowledged is on ${what}, and every block that was there before`, written > 0 && missing === 0, `${written} writes, ${missing} blocks missing`),
    ];
  }

  /** The instance that clients are led to. */
  private ledTo(): string | undefined {
    const { account, options } = this;
    const address = addressOf(account, options.hostedZoneId, options.record);
    return [...account.ec2.instances.values()].find(({ State, PrivateIpAddress }) => State.Name === 'running' && PrivateIpAddress === address)?.InstanceId;
  }

  /** What it is busy with goes where its clients go. */
  private follow(): void {
    const led = this.ledTo();
    if (this.copiedAt === undefined && this.pair.serving.join() === 'target' && this.pair.blocksLeft === 0) this.copiedAt = this.account.clock.now();
    if (led !== undefined && led !== this.busy) {
      this.account.loads.move(this.busy, led);
      this.busy = led;
    }
    this.account.clock.after(this.options.everyMs, () => this.follow());
  }
}
