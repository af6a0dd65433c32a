import type { Blocks } from '../solve/blocks';
import { type Choice, type Problem, segmentOf } from '../solve/problem';

/** One way to move all items of a block: what it costs and which rows it loads. */
export interface Column {
  readonly block: number;
  /** The items of the block and the option that each of them takes. */
  readonly items: Int32Array;
  readonly options: Int32Array;
  readonly cost: number;
  readonly rows: Int32Array;
  readonly loads: Float64Array;
}

/** The items of every block, singles first. */
export function itemsOfBlocks(blocks: Blocks): Int32Array[] {
  return [...Array.from(blocks.singles, item => Int32Array.of(item)), ...blocks.trees.map(tree => tree.items)];
}

/** The highest rate on each row's resource: bytes per second and numbers of copies become comparable. */
export function unitsOf(problem: Problem): Float64Array {
  const { slots, capacity, from, to, rates, rateClass } = problem;
  const highest = new Float64Array(Math.ceil(capacity.length / slots));
  for (let s = 0; s < from.length; s++) {
    if (to[s]! <= from[s]!) continue;
    const resource = Math.floor(from[s]! / slots);
    highest[resource] = Math.max(highest[resource]!, rates[rateClass[s]!]!);
  }
  return capacity.map((_, row) => highest[Math.floor(row / slots)]! || 1);
}

/** The column in which a block's items take what a choice says. Loads are in units of each row. */
export function columnOf(problem: Problem, block: number, items: Int32Array, choice: Choice, units: Float64Array): Column {
  const options = items.map(item => choice[item]!);
  const loads = new Map<number, number>();
  let cost = 0;
  items.forEach((item, i) => {
    const option = options[i]!;
    cost += problem.cost[option]!;
    const first = segmentOf(problem, item, option);
    for (let s = first; s < first + problem.segments[item]!; s++) {
      const rate = problem.rates[problem.rateClass[s]!]!;
      for (let row = problem.from[s]!; row < problem.to[s]!; row++) loads.set(row, (loads.get(row) ?? 0) + rate / units[row]!);
    }
  });
  return { block, items, options, cost, rows: Int32Array.from(loads.keys()), loads: Float64Array.from(loads.values()) };
}
