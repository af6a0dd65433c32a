import type { Blocks } from './blocks';
import type { Problem } from './problem';
import { cheapestOfTree } from './tree-pricing';

/** Sums of prices over rows, from which the price of any segment follows. */
export function priceSums(prices: Float64Array): Float64Array {
  const sums = new Float64Array(prices.length + 1);
  for (let row = 0; row < prices.length; row++) sums[row + 1] = sums[row]! + prices[row]!;
  return sums;
}

/** Writes into `value` what each option of an item costs at current prices. */
export function priceItem(problem: Problem, item: number, sums: Float64Array, value: Float64Array): void {
  const { firstOption, firstSegment, segments, cost, from, to, rateClass, rates } = problem;
  const begin = firstOption[item]!;
  const end = firstOption[item + 1]!;
  const count = segments[item]!;
  let s = firstSegment[item]!;
  for (let o = begin; o < end; o++) {
    let price = cost[o]!;
    for (const last = s + count; s < last; s++) price += rates[rateClass[s]!]! * (sums[to[s]!]! - sums[from[s]!]!);
    value[o] = price;
  }
}

/** The cheapest option of every item at given prices, waiting kept (but for pairs that the blocks left out). Returns the total. */
export function cheapest(problem: Problem, blocks: Blocks, sums: Float64Array, choice: Int32Array, value: Float64Array): number {
  let total = 0;
  for (const item of blocks.singles) total += cheapestOfSingle(problem, item, sums, choice);
  for (const tree of blocks.trees) {
    for (const item of tree.items) priceItem(problem, item, sums, value);
    total += cheapestOfTree(problem, tree, value, choice);
  }
  return total;
}

/** The innermost loop of planning: ten thousand items times hundreds of options, hundreds of times. */
function cheapestOfSingle(problem: Problem, item: number, sums: Float64Array, choice: Int32Array): number {
  const { firstOption, firstSegment, segments, cost, from, to, rateClass, rates } = problem;
  const begin = firstOption[item]!;
  const end = firstOption[item + 1]!;
  const count = segments[item]!;
  let s = firstSegment[item]!;
  let best = Infinity;
  let bestOption = begin;
  if (count === 1) {
    for (let o = begin; o < end; o++, s++) {
      const price = cost[o]! + rates[rateClass[s]!]! * (sums[to[s]!]! - sums[from[s]!]!);
      if (price < best) { best = price; bestOption = o; }
    }
  } else {
    for (let o = begin; o < end; o++) {
      let price = cost[o]!;
      for (const last = s + count; s < last; s++) price += rates[rateClass[s]!]! * (sums[to[s]!]! - sums[from[s]!]!);
      if (price < best) { best = price; bestOption = o; }
    }
  }
  choice[item] = bestOption;
  return best;
}
