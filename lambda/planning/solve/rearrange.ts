import { Occupancy } from './occupancy';
import { type Choice, costOf, leaveOf, type Problem } from './problem';
import { relocate } from './relocate';

/** Items that are placed anew at once, besides those that wait for them. */
const AT_ONCE = 7;
/** Or as many as are under way in some stretch of time, up to this. */
const MOST = 40;

/**
 * Takes a few items off and places them anew, in another order, again and again: what single moves and exchanges can not
 * reach, such as leaving another item than the one that is left. Those that are left, or lose most against their best, are
 * tried more often. A round that makes nothing cheaper is undone.
 */
export function rearrange(problem: Problem, start: Choice, rounds: number, random: () => number, isTimeUp: () => boolean = () => false): Choice {
  const { cost, firstOption, items } = problem;
  const order = Int32Array.from({ length: items }, (_, item) => item);
  const least = Float64Array.from({ length: items }, (_, item) =>
    cost.subarray(firstOption[item]!, firstOption[item + 1]!).reduce((one, other) => Math.min(one, other), Infinity));
  let best = start;
  let bestCost = costOf(problem, start);
  for (let round = 0; round < rounds && !isTimeUp(); round++) {
    const occupancy = new Occupancy(problem, best);
    const losing = [...order].map(item => ({ item, key: random() ** (1 / (1e-9 + cost[best[item]!]! - least[item]!)) }))
      .sort((a, b) => b.key - a.key).slice(0, 2).map(({ item }) => item);
    // by turns anybody, and those who are under way in one stretch of time
    const from = Math.floor(random() * problem.slots);
    const until = from + Math.ceil(random() * problem.slots / 6);
    const isUnderWay = (item: number): boolean =>
      best[item] !== leaveOf(problem, item) && problem.begins[best[item]!]! < until && problem.ends[best[item]!]! > from;
    const others = round % 2 === 0 ? Array.from({ length: AT_ONCE - 2 }, () => Math.floor(random() * items)) : [...order].filter(isUnderWay).slice(0, MOST);
    const taken = new Set<number>();
    const take = (item: number): void => {
      if (taken.has(item)) return;
      taken.add(item);
      occupancy.waitingFor(item).forEach(take);
    };
    [...losing, ...others].forEach(take);
    for (const item of taken) occupancy.takeOff(item);
    const isPlaced = new Set<number>();
    const place = (item: number): void => {
      if (isPlaced.has(item) || !taken.has(item)) return;
      isPlaced.add(item);
      occupancy.waitsFor(item).forEach(place);
      let [found, below] = [-1, cost[leaveOf(problem, item)]!];
      for (let option = firstOption[item]!; option < leaveOf(problem, item); option++) {
        if (cost[option]! < below && occupancy.fits(item, option)) [found, below] = [option, cost[option]!];
      }
      if (found >= 0) occupancy.put(item, found);
    };
    const shuffled = [...taken].map(item => ({ item, key: random() })).sort((a, b) => a.key - b.key);
    shuffled.forEach(({ item }) => place(item));
    relocate(problem, occupancy, order, 2);
    const reached = costOf(problem, occupancy.choice);
    if (reached < bestCost) [best, bestCost] = [occupancy.choice.slice(), reached];
  }
  return best;
}
