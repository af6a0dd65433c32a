import type { Occupancy } from './occupancy';
import { leaveOf, type Problem } from './problem';

/** Moves single items to cheaper options that fit, pass by pass, until none is left or the passes are used up. */
export function relocate(problem: Problem, occupancy: Occupancy, order: ArrayLike<number>, passes: number): void {
  const { cost, firstOption } = problem;
  for (let pass = 0; pass < passes; pass++) {
    let moved = 0;
    for (let i = 0; i < order.length; i++) {
      const item = order[i]!;
      const current = occupancy.choice[item]!;
      let best = cost[current]!;
      let bestOption = current;
      let isOff = false;
      for (let option = firstOption[item]!, leave = leaveOf(problem, item); option < leave; option++) {
        if (cost[option]! >= best) continue;
        if (!isOff) { occupancy.takeOff(item); isOff = true; }
        if (occupancy.fits(item, option)) { best = cost[option]!; bestOption = option; }
      }
      if (isOff) occupancy.put(item, bestOption);
      if (bestOption !== current) moved++;
    }
    if (moved === 0) return;
  }
}
