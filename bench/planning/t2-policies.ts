import { solveExactly } from '../../lambda/planning/exact/branch-and-bound';
import { LEVEL_WRITES } from '../../lambda/planning/forecast/level';
import { ONLINE_RULES } from '../../lambda/planning/online/decide';
import { forecastStarts } from '../../lambda/planning/online/waiting';
import { seeded } from '../../lambda/planning/random';
import { ADAPTIVE_OPTIONS, type AdaptiveOptions, problemOf } from './replay/adaptive';
import { arrival, firstFit } from './replay/first-fit';
import type { Outcome } from './replay/outcome';
import { solveLagrangian } from '../../lambda/planning/solve/lagrangian';
import { SLOTS, type World } from './t2-world';

export function randomStarts(world: World, seed: number): Outcome {
  const random = seeded(seed * 1000 + world.day);
  const wishes = world.movers.map(() => Math.floor(random() * SLOTS));
  return firstFit(world, wishes, arrival(world));
}

export const atTwo = (world: World): Outcome => firstFit(world, world.movers.map(() => 8), arrival(world));

/** The rule as the facts measured it: one hour of memory for both, prices of the first plan kept. */
export const PROTOTYPE: AdaptiveOptions = {
  rules: {
    ...ONLINE_RULES, level: { writes: LEVEL_WRITES, cpu: LEVEL_WRITES },
    tolerances: [{ belowSlack: 1.25, tolerance: 0.5 }, { belowSlack: 1.5, tolerance: 0.15 }],
  },
  resolveEvery: 0,
  newest: 1,
};

/** This library's rule with metrics that come at once, as the prototype had them, and a quarter of an hour late. */
export const AT_ONCE: AdaptiveOptions = { ...ADAPTIVE_OPTIONS, newest: 1 };
export const LATE: AdaptiveOptions = { ...ADAPTIVE_OPTIONS, newest: 0 };

/** The best plan made at the start, carried out as planned. */
export function offline(world: World): Outcome {
  const forecasts = world.movers.map(({ waiting }) => forecastStarts(waiting, world.model));
  const problem = problemOf(world, world.links.map(({ forecast }) => forecast), forecasts.map(({ cost }) => cost), forecasts.map(({ slots }) => slots));
  const { choice } = world.movers.length < 100 ? solveExactly(problem) : solveLagrangian(problem);
  const wishes = world.movers.map((_, i) => Math.min(problem.begins[choice[i]!]!, SLOTS - 1));
  return firstFit(world, wishes, arrival(world).sort((a, b) => wishes[a]! - wishes[b]!));
}
