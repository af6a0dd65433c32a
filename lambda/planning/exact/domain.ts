import type { Blocks } from '../solve/blocks';
import { priceItem, priceSums } from '../solve/pricing';
import type { Choice, Problem } from '../solve/problem';
import { cheapestOfTree, marginalsOfTree } from '../solve/tree-pricing';

/** Which options a node of the search may still use: 1 per forbidden option. */
export type Forbidden = Uint8Array;

/** Prices all options of an item, the forbidden ones at infinity. */
function priceAllowed(problem: Problem, item: number, sums: Float64Array, value: Float64Array, forbidden: Forbidden): void {
  priceItem(problem, item, sums, value);
  for (let o = problem.firstOption[item]!; o < problem.firstOption[item + 1]!; o++) if (forbidden[o]) value[o] = Infinity;
}

/** The cheapest of what every block may still do, block by block into `values`; the options into `choice`. Infinity where a block can do nothing. */
export function cheapestAllowed(
  problem: Problem, blocks: Blocks, prices: Float64Array, forbidden: Forbidden, value: Float64Array, choice: Choice, values: Float64Array,
): void {
  const sums = priceSums(prices);
  let block = 0;
  for (const item of blocks.singles) {
    priceAllowed(problem, item, sums, value, forbidden);
    let best = Infinity;
    for (let o = problem.firstOption[item]!; o < problem.firstOption[item + 1]!; o++) if (value[o]! < best) { best = value[o]!; choice[item] = o; }
    values[block++] = best;
  }
  for (const tree of blocks.trees) {
    for (const item of tree.items) priceAllowed(problem, item, sums, value, forbidden);
    values[block++] = cheapestOfTree(problem, tree, value, choice);
  }
}

/**
 * Forbids every option with which even the bound at these prices would reach the cost of a plan that is known: no better
 * plan uses it. `values` are the blocks' least values at the prices. Returns how many are still allowed.
 */
export function forbidHopeless(
  problem: Problem, blocks: Blocks, prices: Float64Array, forbidden: Forbidden, value: Float64Array, values: Float64Array, room: number,
): number {
  const sums = priceSums(prices);
  let allowed = 0;
  const check = (item: number, least: number): void => {
    for (let o = problem.firstOption[item]!; o < problem.firstOption[item + 1]!; o++) {
      if (value[o]! - least > room) forbidden[o] = 1;
      else if (!forbidden[o]) allowed++;
    }
  };
  let block = 0;
  for (const item of blocks.singles) {
    priceAllowed(problem, item, sums, value, forbidden);
    check(item, values[block++]!);
  }
  for (const tree of blocks.trees) {
    for (const item of tree.items) priceAllowed(problem, item, sums, value, forbidden);
    marginalsOfTree(problem, tree, value);
    for (const item of tree.items) check(item, values[block]!);
    block++;
  }
  return allowed;
}
