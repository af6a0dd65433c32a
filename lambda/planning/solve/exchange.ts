import type { Occupancy } from './occupancy';
import { leaveOf, type Problem } from './problem';

/**
 * Moves two items at once where no single move helps: one goes where it wants to be, another makes room and goes elsewhere.
 * First those that were left, then those that lose most against their best; at most `tries` of them.
 */
export function exchange(problem: Problem, occupancy: Occupancy, tries: number): void {
  const { cost, firstOption, items } = problem;
  const least = Float64Array.from({ length: items }, (_, item) => {
    let best = Infinity;
    for (let option = firstOption[item]!; option < firstOption[item + 1]!; option++) best = Math.min(best, cost[option]!);
    return best;
  });
  const loss = (item: number): number => cost[occupancy.choice[item]!]! - least[item]!;
  const wishing = Array.from({ length: items }, (_, item) => item).filter(item => loss(item) > 1e-9)
    .sort((a, b) => loss(b) - loss(a) || a - b).slice(0, tries);
  const cheapestFit = (item: number, below: number): number => {
    let best = below;
    let found = -1;
    for (let option = firstOption[item]!, leave = leaveOf(problem, item); option < leave; option++) {
      if (cost[option]! < best && occupancy.fits(item, option)) { best = cost[option]!; found = option; }
    }
    return found;
  };
  for (const item of wishing) {
    const current = occupancy.choice[item]!;
    let bestSaving = 1e-9;
    let best: { other: number; mine: number; theirs: number } | undefined;
    occupancy.takeOff(item);
    for (let other = 0; other < items; other++) {
      if (other === item) continue;
      const theirs = occupancy.choice[other]!;
      if (theirs === leaveOf(problem, other)) continue;
      const room = cost[current]! - least[item]! - bestSaving;
      if (room <= 0) break;
      occupancy.takeOff(other);
      const mine = cheapestFit(item, cost[current]! - bestSaving);
      if (mine >= 0) {
        occupancy.put(item, mine);
        const elsewhere = cheapestFit(other, cost[theirs]! + cost[current]! - cost[mine]! - bestSaving);
        if (elsewhere >= 0) {
          bestSaving = cost[current]! + cost[theirs]! - cost[mine]! - cost[elsewhere]!;
          best = { other, mine, theirs: elsewhere };
        }
        occupancy.takeOff(item);
      }
      occupancy.put(other, theirs);
    }
    if (best) {
      occupancy.takeOff(best.other);
      occupancy.put(item, best.mine);
      occupancy.put(best.other, best.theirs);
    } else occupancy.put(item, current);
  }
}
