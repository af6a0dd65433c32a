import type { ReplayMover, ReplayWorld } from './world';

/** What came of a strategy. */
export interface Outcome {
  cost: number;
  /** Bytes. */
  resent: number;
  /** Hours at 10 % CPU while copies ran. */
  exposure: number;
  /** Instances that were not moved within the horizon. */
  late: number;
  /** Bytes over the links, and of them those that the links had no room for. */
  bytes: number;
  bytesOver: number;
  /** Cost per mover, in their order. */
  readonly each: Float64Array;
  /** The slot in which each was started; −1: never. */
  readonly starts: Int32Array;
  /** Predicted and real seconds of each copy, as forecast at its start, where the strategy forecasts. */
  readonly durations: { predicted: number; actual: number; resentShare: number; slot: number }[];
}

/** Collects what a strategy does. */
export class Account {
  readonly outcome: Outcome;
  private readonly load: readonly Float64Array[];

  constructor(private readonly world: ReplayWorld) {
    const count = world.movers.length;
    this.load = world.links.map(() => new Float64Array(world.slots));
    this.outcome = {
      cost: 0, resent: 0, exposure: 0, late: 0, bytes: 0, bytesOver: 0, each: new Float64Array(count), starts: new Int32Array(count).fill(-1), durations: [],
    };
  }

  /** Whether a start that runs as long as it really takes leaves the links within what was forecast for them. */
  fits({ waiting: { rate, link }, real }: ReplayMover, slot: number): boolean {
    const [load, { forecast }] = [this.load[link]!, this.world.links[link]!];
    for (let t = slot; t < slot + real.slots[slot]!; t++) if (load[t]! + rate > forecast[t]! * (1 + 1e-9)) return false;
    return true;
  }

  /** A start as it turned out; one that ends behind the horizon is late, and costs what the last one would have that does not. */
  start(index: number, slot: number): void {
    const { outcome, world: { movers, slots } } = this;
    const { waiting: { rate, link }, real } = movers[index]!;
    if (slot >= 0) {
      outcome.starts[index] = slot;
      const load = this.load[link]!;
      for (let t = slot; t < Math.min(slot + real.slots[slot]!, slots); t++) load[t] = load[t]! + rate;
    }
    let at = slot;
    if (slot < 0 || real.cost[slot] === Infinity) {
      outcome.late++;
      at = real.cost.findLastIndex(cost => cost < Infinity);
    }
    outcome.cost += real.cost[at]!;
    outcome.each[index] = real.cost[at]!;
    outcome.resent += real.resent[at]!;
    outcome.exposure += real.exposure[at]!;
  }

  /** Once all has been started. */
  settled(): Outcome {
    this.load.forEach((load, link) => load.forEach((bytes, slot) => {
      this.outcome.bytes += bytes * this.world.model.step;
      this.outcome.bytesOver += Math.max(0, bytes - this.world.links[link]!.real[slot]! * (1 + 1e-9)) * this.world.model.step;
    }));
    return this.outcome;
  }
}
