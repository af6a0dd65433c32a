import type { Clock, Timer } from '../../clock';
import { binMs, type Background } from './background';
import { fairShare } from './fair-share';
import type { Outages } from './outages';
import { RateLog } from './rate-log';

/** However much others send, that share of the capacity is what migrations get in the end: none starves on a shared line. */
const leastShare = 0.1;

export interface TransferOptions {
  /** How much there is to send; a stream goes on until it is stopped. */
  readonly bytes?: number;
  /** Bytes per second at the most. */
  readonly most?: number;
  readonly done?: () => void;
}

/** Something on its way. */
export class Transfer {
  /** Bytes per second, just now. */
  rate = 0;
  /** @internal brought up to date by the lane */
  sent = 0;
  over = false;
  private most: number;

  constructor(private readonly lane: Lane, private readonly options: TransferOptions) {
    this.most = options.most ?? Infinity;
  }

  /** Bytes that have arrived by now. */
  get moved(): number {
    if (!this.over) this.lane.settle();
    return this.sent;
  }

  /** From 0 to 1; of a stream always 0. */
  get share(): number {
    return this.total === 0 ? 1 : Math.min(1, this.moved / this.total);
  }

  get total(): number {
    return this.options.bytes ?? Infinity;
  }

  get limit(): number {
    return this.most;
  }

  /** Sets another rate that it does not exceed from now on. */
  pace(most: number): void {
    if (most === this.most || this.over) return;
    this.lane.settle();
    this.most = most;
    this.lane.share();
  }

  /** Ends it where it is. */
  stop(): void {
    if (this.over) return;
    this.lane.settle();
    this.over = true;
    this.rate = 0;
    this.lane.share();
  }

  /** @internal */
  finish(): void {
    // whoever asks how much is there must not be told of a rest that never comes
    this.sent = this.total;
    this.over = true;
    this.rate = 0;
    this.options.done?.();
  }
}

/** One direction of a link: what is on its way shares fairly what others leave. */
export class Lane {
  /** What migrations sent. */
  readonly log = new RateLog();
  private transfers: Transfer[] = [];
  private settledAt: number;
  private timer?: Timer;

  constructor(
    private readonly clock: Clock, private readonly outages: Outages,
    /** Bytes per second. */
    readonly capacity: number, private readonly background: Background,
  ) {
    this.settledAt = clock.now();
  }

  /** Bytes per second that others send. */
  others(time: number): number {
    return Math.min(this.background(Math.floor(time / binMs) * binMs) / 8, this.capacity * (1 - leastShare));
  }

  carry(options: TransferOptions): Transfer {
    this.settle();
    const transfer = new Transfer(this, options);
    this.transfers.push(transfer);
    this.share();
    return transfer;
  }

  /** Bytes of all that went over it. */
  bytesBetween(from: number, until: number): number {
    let bytes = this.sentBetween(from, until);
    for (let bin = Math.floor(from / binMs) * binMs; bin < until; bin += binMs) {
      const [start, end] = [Math.max(bin, from), Math.min(bin + binMs, until)];
      bytes += this.others(bin) * (end - start - this.outages.within(start, end)) / 1000;
    }
    return bytes;
  }

  /** Bytes that migrations sent. */
  sentBetween(from: number, until: number): number {
    this.settle();
    return this.log.bytesBetween(from, until);
  }

  /** Brings what was sent up to now. */
  settle(): void {
    const now = this.clock.now();
    const seconds = (now - this.settledAt) / 1000;
    if (seconds > 0) {
      let bytes = 0;
      for (const transfer of this.transfers) {
        const sent = Math.min(transfer.total - transfer.sent, transfer.rate * seconds);
        transfer.sent += sent;
        bytes += sent;
      }
      this.log.add(this.settledAt, now, bytes / seconds);
    }
    this.settledAt = now;
  }

  /** Shares the line anew, until something changes: one is through, others send more or less, the link breaks or comes back. */
  share(): void {
    this.timer?.cancel();
    this.transfers = this.transfers.filter(each => !each.over);
    if (this.transfers.length === 0) return;
    const now = this.clock.now();
    const available = this.outages.at(now) ? 0 : this.capacity - this.others(now);
    const rates = fairShare(available, this.transfers.map(each => each.limit));
    this.transfers.forEach((transfer, index) => { transfer.rate = rates[index]!; });
    const ends = this.transfers.map(each => now + (each.total - each.sent <= 0 ? 0 : (each.total - each.sent) / each.rate * 1000));
    this.timer = this.clock.at(Math.ceil(Math.min(...ends, (Math.floor(now / binMs) + 1) * binMs, this.outages.nextChange(now))), () => this.turn());
  }

  private turn(): void {
    this.settle();
    // a byte or so is the rounding of whole milliseconds
    const through = this.transfers.filter(each => each.total - each.sent < 1);
    this.transfers = this.transfers.filter(each => !through.includes(each));
    for (const transfer of through) transfer.finish();
    this.share();
  }
}
