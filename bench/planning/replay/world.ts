import { exposureSums } from '../../../lambda/planning/copy/cost';
import { written } from '../../../lambda/planning/copy/written';
import { expect, type OnlineModel, type Waiting } from '../../../lambda/planning/online/waiting';

/** What every start would really have come to, slot by slot; a start whose copy ends behind the horizon costs Infinity. */
export interface Real {
  readonly cost: Float64Array;
  readonly slots: Uint16Array;
  readonly seconds: Float64Array;
  /** Bytes. */
  readonly resent: Float64Array;
  /** Hours at 10 % CPU while the copy runs. */
  readonly exposure: Float64Array;
}

/** An instance of a replay: what was forecast of it at the beginning of the horizon, and what came. */
export interface ReplayMover {
  readonly waiting: Waiting;
  readonly writes: Float64Array;
  readonly cpu: Float64Array;
  /** The hours before the horizon, for the first observations. */
  readonly before: { readonly writes: Float64Array; readonly cpu: Float64Array };
  readonly real: Real;
}

/** Bytes per second for migrations, per slot: as forecast at the beginning, and as it turned out. */
export interface ReplayLink { readonly forecast: Float64Array; readonly real: Float64Array }

/** A fleet and its links at one moment of the past. */
export interface ReplayWorld {
  readonly slots: number;
  readonly model: OnlineModel;
  readonly movers: readonly ReplayMover[];
  /** By the index that `Waiting.link` has. */
  readonly links: readonly ReplayLink[];
}

/** What every start of an instance comes to, on what it really wrote and did. */
export function realOf(waiting: Waiting, writes: Float64Array, cpu: Float64Array, model: OnlineModel): Real {
  const slots = writes.length;
  const real: Real = {
    cost: new Float64Array(slots).fill(Infinity), slots: new Uint16Array(slots), seconds: new Float64Array(slots), resent: new Float64Array(slots),
    exposure: new Float64Array(slots),
  };
  const curve = written(writes, model.step);
  const sums = exposureSums(cpu, model.step);
  for (let slot = 0; slot < slots; slot++) {
    const start = expect(waiting, curve, sums, slot, model);
    real.slots[slot] = start.slots;
    real.seconds[slot] = start.seconds;
    real.resent[slot] = start.resent;
    real.exposure[slot] = sums[Math.min(slot + start.slots, slots)]! - sums[slot]!;
    if (slot + start.slots <= slots) real.cost[slot] = start.cost;
  }
  return real;
}
