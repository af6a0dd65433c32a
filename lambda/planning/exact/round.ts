import { Occupancy } from '../solve/occupancy';
import { priceItem } from '../solve/pricing';
import { leaveOf, type Problem } from '../solve/problem';

/**
 * A plan out of a fractional one: the surest items first, each at the option that has the largest share of those that fit,
 * else at the cheapest that fits at current prices.
 */
export function roundShares(problem: Problem, shares: ReadonlyMap<number, ReadonlyMap<number, number>>, sums: Float64Array, value: Float64Array): Occupancy {
  const occupancy = new Occupancy(problem);
  const surest = (item: number): number => Math.max(0, ...shares.get(item)?.values() ?? []);
  const order = Array.from({ length: problem.items }, (_, item) => item).sort((a, b) => surest(b) - surest(a) || a - b);
  const isPlaced = new Uint8Array(problem.items);
  const place = (item: number): void => {
    if (isPlaced[item]) return;
    isPlaced[item] = 1;
    occupancy.waitsFor(item).forEach(place);
    const wished = [...shares.get(item) ?? []].sort(([, a], [, b]) => b - a);
    for (const [option] of wished) if (occupancy.fits(item, option)) { occupancy.put(item, option); return; }
    const leave = leaveOf(problem, item);
    priceItem(problem, item, sums, value);
    let best = Infinity;
    let bestOption = leave;
    for (let option = problem.firstOption[item]!; option < leave; option++) {
      if (value[option]! < best && occupancy.fits(item, option)) { best = value[option]!; bestOption = option; }
    }
    if (bestOption !== leave) occupancy.put(item, bestOption);
  };
  order.forEach(place);
  return occupancy;
}
