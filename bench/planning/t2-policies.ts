import { solveExactly } from '../../lambda/planning/exact/branch-and-bound';
import { type Candidate, decideStarts, ONLINE_RULES, type OnlineRules } from '../../lambda/planning/online/decide';
import { promiseOf } from '../../lambda/planning/online/promise';
import { forecastStarts } from '../../lambda/planning/online/waiting';
import { LEVEL_WRITES, type Recent } from '../../lambda/planning/forecast/level';
import { seeded } from '../../lambda/planning/random';
import { LAGRANGIAN_RULES, type Solution, solveLagrangian } from '../../lambda/planning/solve/lagrangian';
import { priceSums } from '../../lambda/planning/solve/pricing';
import { ProblemBuilder } from '../../lambda/planning/solve/problem-builder';
import { quantile } from '../../lambda/planning/forecast/quantile';
import { PER_DAY } from './data';
import { MODEL, type Mover, RATE, SLOTS, type World } from './t2-world';

/** What came of a policy on one start day. */
export interface Outcome {
  cost: number;
  resent: number;
  late: number;
  bytes: number;
  bytesOver: number;
  /** Per machine, in the order of the world's movers. */
  readonly each: Float64Array;
  /** Predicted and real seconds of each copy, as forecast at its start (online only). */
  /** Whether it was started at all (online only). */
  readonly started: Uint8Array;
  readonly durations: { predicted: number; actual: number; resentShare: number; slot: number }[];
}

/** The plan's problem over given costs and lengths; Infinity is not allowed. */
export function problemOf(world: World, capacity: Float64Array, costs: readonly Float64Array[], lengths: readonly Uint16Array[]): ReturnType<ProblemBuilder['build']> {
  const builder = new ProblemBuilder(SLOTS, [capacity], world.movers.length * SLOTS);
  world.movers.forEach((_, i) => {
    let dearest = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      const cost = costs[i]![slot]!;
      if (cost === Infinity) continue;
      builder.addOption(cost, slot, slot + lengths[i]![slot]!, 0, RATE);
      dearest = Math.max(dearest, cost);
    }
    builder.endItem(1000 + 2 * dearest);
  });
  return builder.build();
}

/** No policy that keeps to the room that turns out costs less: the bound of a planner that knows the future. */
export function clairvoyantBound(world: World): Solution {
  return solveLagrangian(problemOf(world, world.real, world.movers.map(({ realCost }) => realCost), world.movers.map(({ realSlots }) => realSlots)),
    { ...LAGRANGIAN_RULES, gap: 0.001, iterations: 400, planEvery: 40 });
}

function empty(world: World): Outcome {
  const count = world.movers.length;
  return { cost: 0, resent: 0, late: 0, bytes: 0, bytesOver: 0, each: new Float64Array(count), started: new Uint8Array(count), durations: [] };
}

/** Cost of a start as it turned out; one that ends behind the horizon is late and is charged at the last start that would not have been. */
function charge(outcome: Outcome, { realCost, realResent }: Mover, index: number, slot: number): void {
  let at = Math.min(Math.max(slot, 0), SLOTS - 1);
  if (realCost[at] === Infinity || slot < 0) {
    outcome.late++;
    at = SLOTS - 1;
    while (realCost[at] === Infinity) at--;
  }
  outcome.cost += realCost[at]!;
  outcome.each[index] = realCost[at]!;
  outcome.resent += realResent[at]!;
}

function over(outcome: Outcome, world: World, load: Float64Array): void {
  load.forEach((bytes, slot) => {
    outcome.bytes += bytes;
    outcome.bytesOver += Math.max(0, bytes - world.real[slot]! * (1 + 1e-9));
  });
}

/** Takes each machine's wish, in the order given, at the first slot from there with room (wrapping round); booked as it turns out. */
export function firstFit(world: World, wishes: readonly number[], order: readonly number[]): Outcome {
  const outcome = empty(world);
  const load = new Float64Array(SLOTS);
  for (const i of order) {
    const { realSlots, realCost } = world.movers[i]!;
    let chosen = -1;
    for (let k = 0; k < SLOTS && chosen < 0; k++) {
      const slot = (wishes[i]! + k) % SLOTS;
      if (realCost[slot] === Infinity) continue;
      let fits = true;
      for (let t = slot; fits && t < slot + realSlots[slot]!; t++) fits = load[t]! + RATE <= world.forecast[t]! * (1 + 1e-9);
      if (fits) chosen = slot;
    }
    if (chosen >= 0) for (let t = chosen; t < chosen + realSlots[chosen]!; t++) load[t] = load[t]! + RATE;
    charge(outcome, world.movers[i]!, i, chosen);
  }
  over(outcome, world, load);
  return outcome;
}

const arrival = (world: World): number[] => world.movers.map((_, i) => i);

export function randomStarts(world: World, seed: number): Outcome {
  const random = seeded(seed * 1000 + world.day);
  const wishes = world.movers.map(() => Math.floor(random() * SLOTS));
  return firstFit(world, wishes, arrival(world));
}

export const immediately = (world: World): Outcome => firstFit(world, world.movers.map(() => 0), arrival(world));
export const atTwo = (world: World): Outcome => firstFit(world, world.movers.map(() => 8), arrival(world));

/** The patent's rule: the first time at which the CPU, predicted from the same time of day, is in its lowest quarter. */
export function patent(world: World): Outcome {
  const wishes = world.movers.map(({ waiting: { cpu } }) => {
    const threshold = quantile(cpu.subarray(0, PER_DAY), 0.25);
    return Math.max(0, cpu.findIndex(value => value <= threshold));
  });
  return firstFit(world, wishes, arrival(world));
}

export interface OnlineOptions {
  readonly rules: OnlineRules;
  /** Slots between two new sets of prices; 0 keeps the first ones. */
  readonly resolveEvery: number;
}

/** The rule as the facts measured it: one hour of memory for both, prices of the first plan kept. */
export const PROTOTYPE: OnlineOptions = {
  rules: {
    ...ONLINE_RULES, level: { writes: LEVEL_WRITES, cpu: LEVEL_WRITES },
    tolerances: [{ belowSlack: 1.25, tolerance: 0.5 }, { belowSlack: 1.5, tolerance: 0.15 }],
  },
  resolveEvery: 0,
};

export const ONLINE_OPTIONS: OnlineOptions = { rules: ONLINE_RULES, resolveEvery: 24 };

/** The library's online rule, tick by tick; metrics are 15 minutes late. */
export function online(world: World, { rules, resolveEvery }: OnlineOptions = ONLINE_OPTIONS): Outcome {
  const outcome = empty(world);
  const forecasts = world.movers.map(({ waiting }) => forecastStarts(waiting, MODEL));
  const solve = (free: Float64Array, waiting: readonly number[], now: number): Float64Array => {
    const never = new Float64Array(SLOTS).fill(Infinity);
    const costs = forecasts.map(({ cost }, i) => waiting.includes(i) ? cost.map((each, slot) => slot < now ? Infinity : each) : never);
    const problem = problemOf(world, free, costs, forecasts.map(({ slots }) => slots));
    const { prices } = solveLagrangian(problem, { ...LAGRANGIAN_RULES, gap: 0.002, iterations: 200, planEvery: 50 });
    return priceSums(prices);
  };
  let waiting = arrival(world);
  let sums = solve(world.forecast, waiting, 0);
  let promised = world.movers.map(({ waiting: each }, i) => promiseOf(each, forecasts[i]!, sums));
  const load = new Float64Array(SLOTS);
  const runs: { index: number; slot: number; until: number; booked: number }[] = [];
  for (let now = 0; now < SLOTS; now++) {
    const free = world.forecast.slice();
    for (const run of runs) {
      if (run.until <= now) continue;
      // what runs longer than forecast goes on, slot by slot
      for (let t = now; t < Math.max(run.booked, now + 1) && t < SLOTS; t++) free[t] = free[t]! - RATE;
    }
    if (resolveEvery > 0 && now > 0 && now % resolveEvery === 0 && waiting.length > 0) {
      sums = solve(free.map((each, slot) => slot < now ? 0 : Math.max(0, each)), waiting, now);
      promised = world.movers.map(({ waiting: each }, i) => promiseOf(each, forecasts[i]!, sums));
    }
    const candidates: Candidate[] = waiting.map(i => {
      const mover = world.movers[i]!;
      const observed = { writes: seen(mover.before.writes, mover.writes, now), cpu: seen(mover.before.cpu, mover.cpu, now) };
      return { waiting: mover.waiting, forecast: forecasts[i]!, promised: promised[i]!, observed };
    });
    const starts = new Map(decideStarts(candidates, now, [free], [sums], MODEL, rules).map(start => [start.id, start]));
    waiting = waiting.filter(i => {
      const mover = world.movers[i]!;
      const start = starts.get(mover.waiting.id);
      if (!start) return true;
      const until = now + mover.realSlots[now]!;
      runs.push({ index: i, slot: now, until, booked: now + start.slots });
      for (let t = now; t < until && t < SLOTS; t++) load[t] = load[t]! + RATE;
      outcome.started[i] = 1;
      charge(outcome, mover, i, now);
      outcome.durations.push({ predicted: start.seconds, actual: mover.realSeconds[now]!, resentShare: start.resent / mover.waiting.bytes, slot: now });
      return false;
    });
  }
  for (const i of waiting) charge(outcome, world.movers[i]!, i, -1);
  over(outcome, world, load);
  return outcome;
}

/** The newest hour and the newest three that have come: the slot just ended has not. */
function seen(before: Float64Array, values: Float64Array, now: number): Recent {
  const mean = (slots: number): number => {
    let sum = 0;
    for (let slot = now - slots - 1; slot < now - 1; slot++) sum += slot < 0 ? before[before.length + slot]! : values[slot]!;
    return sum / slots;
  };
  return { hour: mean(3), threeHours: mean(12) };
}

/** The best plan made at the start, carried out as planned. */
export function offline(world: World): Outcome {
  const forecasts = world.movers.map(({ waiting }) => forecastStarts(waiting, MODEL));
  const problem = problemOf(world, world.forecast, forecasts.map(({ cost }) => cost), forecasts.map(({ slots }) => slots));
  const { choice } = world.movers.length < 100 ? solveExactly(problem) : solveLagrangian(problem);
  const wishes = world.movers.map((_, i) => Math.min(problem.begins[choice[i]!]!, SLOTS - 1));
  return firstFit(world, wishes, arrival(world).sort((a, b) => wishes[a]! - wishes[b]!));
}
