import { blocksOf } from './blocks';
import { ascend } from './dual';
import { byRegret, byScarcity, listSchedule, longestFirst } from './list-schedule';
import { priceSums } from './pricing';
import { type Choice, costOf, leaveOf, type Problem } from './problem';
import { relocate } from './relocate';
import { sampleOf } from './sample';

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
  /** Items from which on first prices are found on samples. */
  readonly sampleAbove: number;
  /** Asked once per iteration, for callers with a deadline: the library has no clock. */
  readonly isTimeUp?: () => boolean;
}

export const LAGRANGIAN_RULES: LagrangianRules = { iterations: 300, gap: 0.002, planEvery: 20, sampleAbove: 2000 };

/** Prices of a sample are nearly the prices of all: rough ones on a small sample, finer ones on a larger, the last steps on all. */
const STAGES: readonly { readonly items: number; readonly iterations: number; readonly factor: number }[] = [
  { items: 400, iterations: 300, factor: 1 }, { items: 1600, iterations: 90, factor: 0.3 },
];

export const gapOf = ({ cost, bound }: Pick<Solution, 'cost' | 'bound'>): number => bound > 0 ? (cost - bound) / bound : cost > 0 ? Infinity : 0;

/** Prices by subgradient steps, first on a sample if there are many items; plans by list scheduling at those prices and relocation. */
export function solveLagrangian(problem: Problem, rules: LagrangianRules = LAGRANGIAN_RULES): Solution {
  const { capacity, items } = problem;
  const blocks = blocksOf(problem);
  const value = new Float64Array(problem.cost.length);
  let best: Choice = Int32Array.from({ length: items }, (_, item) => leaveOf(problem, item));
  let upper = costOf(problem, best);
  let hasPlan = false;
  const isTimeUp = rules.isTimeUp ?? (() => false);
  const plan = (order: ArrayLike<number>, at: Float64Array, passes: number): void => {
    const occupancy = listSchedule(problem, blocks, order, priceSums(at), value);
    relocate(problem, occupancy, order, passes);
    const cost = costOf(problem, occupancy.choice);
    hasPlan = true;
    if (cost < upper) { upper = cost; best = occupancy.choice; }
  };
  const isGood = (bound: number): boolean => hasPlan && upper - bound <= rules.gap * Math.abs(bound) + 1e-9;

  const all = Int32Array.from({ length: items }, (_, item) => item);
  let prices: Float64Array = new Float64Array(capacity.length);
  const isSampled = items > rules.sampleAbove;
  for (const { items: some, iterations, factor } of isSampled ? STAGES : []) {
    const part = sampleOf(blocks, some / items);
    const share = part.items.length / items;
    prices = ascend(problem, part.blocks, part.items, capacity.map(each => each * share), prices, value,
      { iterations, upper: () => Infinity, isDone: isTimeUp, factor }).prices;
  }
  const isDone = (iteration: number, at: Float64Array, bound: number): boolean => {
    if (iteration % rules.planEvery === 0) plan(byScarcity(problem, priceSums(at), value), at, 3);
    return isGood(bound) || isTimeUp();
  };
  const priced = ascend(problem, blocks, all, capacity, prices, value,
    { iterations: isSampled ? rules.planEvery : rules.iterations, upper: () => hasPlan ? upper : Infinity, isDone, factor: isSampled ? 0.01 : 1 });
  const sums = priceSums(priced.prices);
  const orders = [() => byScarcity(problem, sums, value), () => byRegret(problem, false), () => byRegret(problem, true), () => longestFirst(problem)];
  for (const order of orders) {
    if (isGood(priced.bound) || hasPlan && isTimeUp()) break;
    plan(order(), priced.prices, 10);
  }
  return { choice: best, cost: upper, bound: priced.bound, prices: priced.prices };
}
