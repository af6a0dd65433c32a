import type { Recent } from '../../../lambda/planning/forecast/level';
import { type Candidate, decideStarts, ONLINE_RULES, type OnlineRules } from '../../../lambda/planning/online/decide';
import { promiseOf } from '../../../lambda/planning/online/promise';
import { forecastStarts } from '../../../lambda/planning/online/waiting';
import { LAGRANGIAN_RULES, type Solution, solveLagrangian } from '../../../lambda/planning/solve/lagrangian';
import { priceSums } from '../../../lambda/planning/solve/pricing';
import { ProblemBuilder } from '../../../lambda/planning/solve/problem-builder';
import { arrival } from './first-fit';
import { Account, type Outcome } from './outcome';
import type { ReplayMover, ReplayWorld } from './world';

export interface AdaptiveOptions {
  readonly rules: OnlineRules;
  /** Slots between two new sets of prices; 0 keeps the first ones. */
  readonly resolveEvery: number;
  /** How much of the newest slot has come. */
  readonly newest: number;
}

/** Fleets read by five minutes, and leave out the newest five: they have ten minutes of a quarter of an hour that just ended. */
const OF_NEWEST = 2 / 3;

export const ADAPTIVE_OPTIONS: AdaptiveOptions = { rules: ONLINE_RULES, resolveEvery: 24, newest: OF_NEWEST };

/** The plan's problem over given costs and lengths; Infinity is not allowed. */
export function problemOf(
  { slots, movers }: ReplayWorld, capacity: readonly Float64Array[], costs: readonly Float64Array[], lengths: readonly Uint16Array[],
): ReturnType<ProblemBuilder['build']> {
  const builder = new ProblemBuilder(slots, capacity, movers.length * slots);
  movers.forEach(({ waiting: { link, rate } }, i) => {
    let dearest = 0;
    for (let slot = 0; slot < slots; slot++) {
      const cost = costs[i]![slot]!;
      if (cost === Infinity) continue;
      builder.addOption(cost, slot, slot + lengths[i]![slot]!, link, rate);
      dearest = Math.max(dearest, cost);
    }
    builder.endItem(1000 + 2 * dearest);
  });
  return builder.build();
}

/** No strategy that keeps to the room that turned out costs less: the bound of a planner that knows the future. */
export function clairvoyantBound(world: ReplayWorld): Solution {
  const { movers, links } = world;
  return solveLagrangian(problemOf(world, links.map(({ real }) => real), movers.map(({ real }) => real.cost), movers.map(({ real }) => real.slots)),
    { ...LAGRANGIAN_RULES, gap: 0.001, iterations: 400, planEvery: 40 });
}

/** The library's online rule, tick by tick. */
export function adaptively(world: ReplayWorld, { rules, resolveEvery, newest }: AdaptiveOptions = ADAPTIVE_OPTIONS): Outcome {
  const { movers, links, slots, model } = world;
  const account = new Account(world);
  const forecasts = movers.map(({ waiting }) => forecastStarts(waiting, model));
  const solve = (free: readonly Float64Array[], waiting: readonly number[], now: number): Float64Array[] => {
    const never = new Float64Array(slots).fill(Infinity);
    const costs = forecasts.map(({ cost }, i) => waiting.includes(i) ? cost.map((each, slot) => slot < now ? Infinity : each) : never);
    const problem = problemOf(world, free, costs, forecasts.map(each => each.slots));
    const { prices } = solveLagrangian(problem, { ...LAGRANGIAN_RULES, gap: 0.002, iterations: 200, planEvery: 50 });
    return links.map((_, link) => priceSums(prices.slice(link * slots, (link + 1) * slots)));
  };
  let waiting = arrival(world);
  let sums = solve(links.map(({ forecast }) => forecast), waiting, 0);
  const promise = () => movers.map(({ waiting: each }, i) => promiseOf(each, forecasts[i]!, sums[each.link]!));
  let promised = promise();
  const runs: { readonly mover: ReplayMover; readonly until: number; readonly booked: number }[] = [];
  for (let now = 0; now < slots; now++) {
    const free = links.map(({ forecast }) => forecast.slice());
    for (const { mover: { waiting: { rate, link } }, until, booked } of runs) {
      if (until <= now) continue;
      const left = free[link]!;
      // what runs longer than forecast goes on, slot by slot
      for (let t = now; t < Math.max(booked, now + 1) && t < slots; t++) left[t] = left[t]! - rate;
    }
    if (resolveEvery > 0 && now > 0 && now % resolveEvery === 0 && waiting.length > 0) {
      sums = solve(free.map(each => each.map((value, slot) => slot < now ? 0 : Math.max(0, value))), waiting, now);
      promised = promise();
    }
    const candidates: Candidate[] = waiting.map(i => {
      const mover = movers[i]!;
      const observed = { writes: seen(mover.before.writes, mover.writes, now, newest), cpu: seen(mover.before.cpu, mover.cpu, now, newest) };
      return { waiting: mover.waiting, forecast: forecasts[i]!, promised: promised[i]!, observed };
    });
    const starts = new Map(decideStarts(candidates, now, free, sums, model, rules).map(start => [start.id, start]));
    waiting = waiting.filter(i => {
      const mover = movers[i]!;
      const start = starts.get(mover.waiting.id);
      if (!start) return true;
      runs.push({ mover, until: now + mover.real.slots[now]!, booked: now + start.slots });
      account.start(i, now);
      const actual = mover.real.seconds[now]!;
      account.outcome.durations.push({ predicted: start.seconds, actual, resentShare: start.resent / mover.waiting.bytes, slot: now });
      return false;
    });
  }
  for (const i of waiting) account.start(i, -1);
  return account.settled();
}

/** What has come of the last hour, and three hours: the traces have means of slots, so what has come of the newest is taken to be as all of it. */
function seen(before: Float64Array, values: Float64Array, now: number, newest: number): Recent {
  const at = (back: number): number => (now < back ? before[before.length + now - back]! : values[now - back]!);
  const sum = (from: number, to: number): number => Array.from({ length: to - from + 1 }, (_, i) => at(from + i)).reduce((total, value) => total + value, 0);
  return {
    hour: (newest * at(1) + sum(2, 4)) / (newest + 3),
    threeHours: (newest * at(1) + sum(2, 12) + (1 - newest) * at(13)) / 12,
  };
}
