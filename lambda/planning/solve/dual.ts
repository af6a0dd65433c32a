import type { Blocks } from './blocks';
import { cheapest, priceSums } from './pricing';
import { type Choice, type Problem, segmentOf } from './problem';

/** Prices and the bound that they prove. */
export interface Priced { prices: Float64Array; bound: number }

export interface DualRules {
  readonly iterations: number;
  /** Cost of the best plan known, Infinity if none is. */
  readonly upper: () => number;
  /** Called with each iteration's prices; true ends the ascent. */
  readonly isDone: (iteration: number, prices: Float64Array, bound: number) => boolean;
  /** Size of the first steps, 1 for a start from nothing. */
  readonly factor: number;
}

/** L(λ): what the items would pay at given prices, less what the capacity earns. For any prices ≥ 0 no plan costs less. */
export function lagrangianBound(problem: Problem, blocks: Blocks, capacity: Float64Array, prices: Float64Array, choice: Choice, value: Float64Array): number {
  let bound = cheapest(problem, blocks, priceSums(prices), choice, value);
  for (let row = 0; row < prices.length; row++) bound -= prices[row]! * capacity[row]!;
  return bound;
}

/** Load per row of a choice, by differences: the effort per item does not depend on how long it takes. */
function loadByDifferences(problem: Problem, items: Int32Array, choice: Choice, load: Float64Array): void {
  const { from, to, rateClass, rates, segments } = problem;
  load.fill(0);
  for (const item of items) {
    const first = segmentOf(problem, item, choice[item]!);
    for (let s = first; s < first + segments[item]!; s++) {
      const rate = rates[rateClass[s]!]!;
      load[from[s]!] = load[from[s]!]! + rate;
      if (to[s]! < load.length) load[to[s]!] = load[to[s]!]! - rate;
    }
  }
  for (let row = 1; row < load.length; row++) load[row] = load[row]! + load[row - 1]!;
}

/**
 * Raises the bound by subgradient steps with momentum: rows that are asked for beyond their capacity become dearer, others
 * cheaper. May run on a part of the items with the same part of the capacity, which finds nearly the same prices far sooner.
 */
export function ascend(
  problem: Problem, blocks: Blocks, items: Int32Array, capacity: Float64Array, start: Float64Array, value: Float64Array, rules: DualRules,
): Priced {
  const rows = capacity.length;
  const choice: Choice = new Int32Array(problem.items);
  const load = new Float64Array(rows);
  const direction = new Float64Array(rows);
  const prices = start.slice();
  let best: Priced = { prices: start.slice(), bound: -Infinity };
  let stall = 0;
  let factor = rules.factor;
  for (let iteration = 1; iteration <= rules.iterations; iteration++) {
    const bound = lagrangianBound(problem, blocks, capacity, prices, choice, value);
    loadByDifferences(problem, items, choice, load);
    if (bound > best.bound + 1e-4 * Math.abs(best.bound)) stall = 0;
    else stall++;
    if (bound > best.bound) best = { prices: prices.slice(), bound };
    if (rules.isDone(iteration, prices, best.bound)) break;
    if (stall >= 15) {
      factor *= 0.7;
      stall = 0;
      prices.set(best.prices);
      direction.fill(0);
      if (factor < 1e-4) break;
      continue;
    }
    let norm = 0;
    for (let row = 0; row < rows; row++) {
      const unit = capacity[row]! > 0 ? capacity[row]! : 1;
      direction[row] = 0.7 * direction[row]! + 0.3 * (load[row]! - capacity[row]!) / unit;
      if (prices[row]! > 0 || direction[row]! > 0) norm += direction[row]! ** 2;
    }
    if (norm < 1e-18) break;
    const upper = rules.upper();
    const target = upper < Infinity ? Math.min(upper, 1.02 * best.bound) : 1.05 * best.bound;
    const step = factor * Math.max(target - bound, 1e-4 * Math.abs(best.bound), 1e-12) / norm;
    for (let row = 0; row < rows; row++) {
      const unit = capacity[row]! > 0 ? capacity[row]! : 1;
      prices[row] = Math.max(0, prices[row]! + step * direction[row]! / unit);
    }
  }
  return best;
}
