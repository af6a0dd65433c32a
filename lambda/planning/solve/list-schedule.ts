import type { Blocks } from './blocks';
import { Occupancy } from './occupancy';
import { leaveOf, type Problem } from './problem';
import { priceItem } from './pricing';
import { marginalsOfTree } from './tree-pricing';

/**
 * Places items one after the other, each at the cheapest option that still fits, at current prices: prices keep items that
 * could go elsewhere off the slots that others need more. Items that others wait for look ahead to those.
 */
export function listSchedule(problem: Problem, blocks: Blocks, order: ArrayLike<number>, sums: Float64Array, value: Float64Array): Occupancy {
  const occupancy = new Occupancy(problem);
  for (const tree of blocks.trees) {
    for (const item of tree.items) priceItem(problem, item, sums, value);
    marginalsOfTree(problem, tree, value);
  }
  const isPlaced = new Uint8Array(problem.items);
  const place = (item: number): void => {
    if (isPlaced[item]) return;
    isPlaced[item] = 1;
    occupancy.waitsFor(item).forEach(place);
    if (!occupancy.isOrdered(item)) priceItem(problem, item, sums, value);
    const leave = leaveOf(problem, item);
    let best = Infinity;
    let bestOption = leave;
    for (let option = problem.firstOption[item]!; option < leave; option++) {
      if (value[option]! < best && occupancy.fits(item, option)) { best = value[option]!; bestOption = option; }
    }
    if (bestOption !== leave && problem.cost[bestOption]! < problem.cost[leave]!) occupancy.put(item, bestOption);
  };
  for (let i = 0; i < order.length; i++) place(order[i]!);
  return occupancy;
}

/** Items by falling key. */
export function orderBy(items: number, key: (item: number) => number): Int32Array {
  const keys = Float64Array.from({ length: items }, (_, item) => key(item));
  return Int32Array.from({ length: items }, (_, item) => item).sort((a, b) => keys[b]! - keys[a]! || a - b);
}

/** The longest first: they find no room later. */
export function longestFirst(problem: Problem): Int32Array {
  return orderBy(problem.items, item => duration(problem, item));
}

/** What is lost if an item does not get its best: mean cost less least cost, per slot of its duration if wanted. */
export function byRegret(problem: Problem, perSlot: boolean): Int32Array {
  return orderBy(problem.items, item => {
    const begin = problem.firstOption[item]!;
    const end = leaveOf(problem, item);
    if (end === begin) return 0;
    let least = Infinity;
    let sum = 0;
    for (let option = begin; option < end; option++) {
      least = Math.min(least, problem.cost[option]!);
      sum += problem.cost[option]!;
    }
    return (sum / (end - begin) - least) / (perSlot ? Math.max(1, duration(problem, item)) : 1);
  });
}

/**
 * What is lost, at current prices, if an item gets none of its best tenth: those who lose most choose first. A look at a part
 * of the options is enough.
 */
export function byScarcity(problem: Problem, sums: Float64Array, value: Float64Array): Int32Array {
  return orderBy(problem.items, item => {
    const begin = problem.firstOption[item]!;
    const end = leaveOf(problem, item);
    if (end === begin) return 0;
    priceItem(problem, item, sums, value);
    const stride = Math.ceil((end - begin) / 64);
    const some = new Float64Array(Math.ceil((end - begin) / stride));
    for (let i = 0; i < some.length; i++) some[i] = value[begin + i * stride]!;
    some.sort();
    return some[Math.floor(0.1 * some.length)]! - some[0]!;
  });
}

function duration(problem: Problem, item: number): number {
  const first = problem.firstOption[item]!;
  return first === leaveOf(problem, item) ? 0 : problem.ends[first]! - problem.begins[first]!;
}
