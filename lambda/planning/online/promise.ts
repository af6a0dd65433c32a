import type { Forecast, Waiting } from './waiting';

/** What waiting still promises an instance, at current prices. */
export interface Promised {
  /** Least cost of all starts after a slot, the price of the link included; Infinity if none is left. */
  readonly after: Float64Array;
  /** Last slot at which it may begin, as forecast; −1 if there is none. */
  readonly last: number;
}

/** `sums` are the price sums of the instance's link. */
export function promiseOf({ rate }: Pick<Waiting, 'rate'>, { cost, slots }: Forecast, sums: Float64Array): Promised {
  const length = cost.length;
  const after = new Float64Array(length).fill(Infinity);
  let last = -1;
  let best = Infinity;
  for (let slot = length - 1; slot >= 0; slot--) {
    after[slot] = best;
    if (cost[slot]! === Infinity) continue;
    if (last < 0) last = slot;
    best = Math.min(best, cost[slot]! + rate * (sums[slot + slots[slot]!]! - sums[slot]!));
  }
  return { after, last };
}
