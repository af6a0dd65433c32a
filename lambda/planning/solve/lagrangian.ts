import { type Blocks, blocksOf } from './blocks';
import { byRegret, listSchedule, longestFirst } from './list-schedule';
import { cheapest, priceSums } from './pricing';
import { type Choice, costOf, leaveOf, type Problem, segmentOf } from './problem';
import { relocate } from './relocate';

export interface Solution {
  readonly choice: Choice;
  readonly cost: number;
  /** No plan costs less than this. */
  readonly bound: number;
  /** Price per unit of capacity and row: what a plan would save with one more unit there. */
  readonly prices: Float64Array;
}

export interface LagrangianRules {
  readonly iterations: number;
  /** (cost − bound) / bound at which the plan is good enough. */
  readonly gap: number;
  /** Iterations between two attempts at a plan. */
  readonly planEvery: number;
  /** Prices to begin with. */
  readonly prices?: Float64Array;
  /** Asked once per iteration, for callers with a deadline: the library has no clock. */
  readonly isTimeUp?: () => boolean;
}

export const LAGRANGIAN_RULES: LagrangianRules = { iterations: 300, gap: 0.002, planEvery: 15 };

export const gapOf = ({ cost, bound }: Pick<Solution, 'cost' | 'bound'>): number => bound > 0 ? (cost - bound) / bound : cost > 0 ? Infinity : 0;

/** L(λ): what the items would pay at given prices, less what the capacity earns. For any prices ≥ 0 no plan costs less. */
export function lagrangianBound(problem: Problem, blocks: Blocks, prices: Float64Array, choice: Choice, value: Float64Array): number {
  let bound = cheapest(problem, blocks, priceSums(prices), choice, value);
  for (let row = 0; row < prices.length; row++) bound -= prices[row]! * problem.capacity[row]!;
  return bound;
}

/** Load per row of a choice, by differences: the cost per item does not depend on how long it takes. */
function loadByDifferences(problem: Problem, choice: Choice, load: Float64Array): void {
  const { from, to, rateClass, rates, segments } = problem;
  load.fill(0);
  for (let item = 0; item < problem.items; item++) {
    const first = segmentOf(problem, item, choice[item]!);
    for (let s = first; s < first + segments[item]!; s++) {
      const rate = rates[rateClass[s]!]!;
      load[from[s]!] = load[from[s]!]! + rate;
      if (to[s]! < load.length) load[to[s]!] = load[to[s]!]! - rate;
    }
  }
  for (let row = 1; row < load.length; row++) load[row] = load[row]! + load[row - 1]!;
}

/** Prices by subgradient steps with momentum; plans by list scheduling at those prices and relocation. */
export function solveLagrangian(problem: Problem, rules: LagrangianRules = LAGRANGIAN_RULES): Solution {
  const { capacity, items } = problem;
  const rows = capacity.length;
  const blocks = blocksOf(problem);
  const value = new Float64Array(problem.cost.length);
  const choice: Choice = new Int32Array(items);
  const load = new Float64Array(rows);
  let best: Choice = Int32Array.from({ length: items }, (_, item) => leaveOf(problem, item));
  let upper = costOf(problem, best);
  let hasPlan = false;
  const prices = rules.prices ? rules.prices.slice() : new Float64Array(rows);
  let bestPrices = prices.slice();
  let lower = -Infinity;
  const direction = new Float64Array(rows);
  let stall = 0;
  let factor = 1;
  const longest = longestFirst(problem);

  const plan = (order: ArrayLike<number>, at: Float64Array, passes: number): void => {
    const occupancy = listSchedule(problem, blocks, order, priceSums(at), value);
    relocate(problem, occupancy, order, passes);
    const cost = costOf(problem, occupancy.choice);
    hasPlan = true;
    if (cost < upper) { upper = cost; best = occupancy.choice; }
  };
  const isGood = (): boolean => hasPlan && upper - lower <= rules.gap * Math.abs(lower) + 1e-9;

  for (let iteration = 1; iteration <= rules.iterations; iteration++) {
    const bound = lagrangianBound(problem, blocks, prices, choice, value);
    loadByDifferences(problem, choice, load);
    if (bound > lower + 1e-4 * Math.abs(lower)) stall = 0;
    else stall++;
    if (bound > lower) { lower = bound; bestPrices = prices.slice(); }
    if (iteration % rules.planEvery === 0) plan(longest, prices, 3);
    if (isGood() || rules.isTimeUp?.()) break;
    if (stall >= 15) {
      factor *= 0.7;
      stall = 0;
      prices.set(bestPrices);
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
    const target = hasPlan ? Math.min(upper, 1.02 * lower) : 1.05 * lower;
    const step = factor * Math.max(target - bound, 1e-4 * Math.abs(lower), 1e-12) / norm;
    for (let row = 0; row < rows; row++) {
      const unit = capacity[row]! > 0 ? capacity[row]! : 1;
      prices[row] = Math.max(0, prices[row]! + step * direction[row]! / unit);
    }
  }
  for (const order of [byRegret(problem, false), byRegret(problem, true), longest]) {
    if (isGood()) break;
    plan(order, bestPrices, 10);
  }
  return { choice: best, cost: upper, bound: lower, prices: bestPrices };
}
