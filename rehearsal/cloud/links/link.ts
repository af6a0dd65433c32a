import type { Clock } from '../../clock';
import { quiet, type Background } from './background';
import { Lane, type Transfer, type TransferOptions } from './lane';
import { Outages } from './outages';

/** The two ways over a link. */
export type Direction = 'to-edge' | 'to-region';

type BothWays<T> = Readonly<Record<Direction, T>>;

export interface LinkSpec {
  /** Bits per second, one number for both ways or one for each. */
  readonly capacity?: number | BothWays<number>;
  /** What others send. */
  readonly background?: Partial<BothWays<Background>>;
}

/** A line between the Region and the edge: the service link of an Outpost, the backbone of a Local Zone, a VPN connection. */
export class Link {
  readonly outages = new Outages();
  private readonly lanes: BothWays<Lane>;

  constructor(private readonly clock: Clock, readonly id: string, { capacity = 1e9, background = {} }: LinkSpec) {
    const lane = (direction: Direction) =>
      new Lane(clock, this.outages, (typeof capacity === 'number' ? capacity : capacity[direction]) / 8, background[direction] ?? quiet);
    this.lanes = { 'to-edge': lane('to-edge'), 'to-region': lane('to-region') };
  }

  /** Breaks it for a while: nothing gets through, and what is on its way goes on afterwards. */
  down(from: number, until: number): void {
    this.outages.add(from, until);
    for (const lane of Object.values(this.lanes)) {
      lane.settle();
      lane.share();
    }
  }

  get isUp(): boolean {
    return !this.outages.at(this.clock.now());
  }

  /** Sends something; it takes as long as its fair share of the line lets it. */
  carry(direction: Direction, options: TransferOptions): Transfer {
    return this.lanes[direction].carry(options);
  }

  /** Bytes per second. */
  capacity(direction: Direction): number {
    return this.lanes[direction].capacity;
  }

  /** Bytes per second that others send. */
  others(direction: Direction, time: number): number {
    return this.outages.at(time) ? 0 : this.lanes[direction].others(time);
  }

  /** Bytes of others and of migrations. */
  bytesBetween(direction: Direction, from: number, until: number): number {
    return this.lanes[direction].bytesBetween(from, until);
  }

  /** Bytes of migrations alone. */
  sentBetween(direction: Direction, from: number, until: number): number {
    return this.lanes[direction].sentBetween(from, until);
  }

  /** The highest rate of migrations in a stretch of time, in bytes per second. */
  peak(direction: Direction, from: number, until: number): number {
    this.lanes[direction].settle();
    return this.lanes[direction].log.peak(from, until);
  }
}
