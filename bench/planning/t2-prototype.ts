import { exposureSums } from '../../lambda/planning/copy/cost';
import { written } from '../../lambda/planning/copy/written';
import { correctLevel, LEVEL_WRITES, type Recent } from '../../lambda/planning/forecast/level';
import { promiseOf } from '../../lambda/planning/online/promise';
import { expect, forecastStarts } from '../../lambda/planning/online/waiting';
import { LAGRANGIAN_RULES, solveLagrangian } from '../../lambda/planning/solve/lagrangian';
import { priceSums } from '../../lambda/planning/solve/pricing';
import { problemOf } from './replay/adaptive';
import { arrival } from './replay/first-fit';
import { Account, type Outcome } from './replay/outcome';
import type { World } from './t2-world';

/** Slots that the nowcast looks ahead. */
const AHEAD = 192;
/** The less room is left, the less choosy. */
const toleranceAt = (slack: number): number => (slack < 1.25 ? 0.5 : slack < 1.5 ? 0.15 : 0);

/**
 * The rule with which the facts measured 77.8 %, step by step as they tell it, on their footing: metrics come without delay, a copy that has begun
 * is booked for as long as it will really take, prices are those of the first plan, and no room is held for who waits.
 */
export function asPrototyped(world: World): Outcome {
  const { movers, slots, model } = world;
  const account = new Account(world);
  const room = world.links[0]!.forecast.slice();
  const forecasts = movers.map(({ waiting }) => forecastStarts(waiting, model));
  const problem = problemOf(world, [room], forecasts.map(({ cost }) => cost), forecasts.map(each => each.slots));
  const sums = priceSums(solveLagrangian(problem, { ...LAGRANGIAN_RULES, gap: 0.002, iterations: 400, planEvery: 50 }).prices.slice(0, slots));
  const promised = movers.map(({ waiting }, i) => promiseOf(waiting, forecasts[i]!, sums));
  const work = movers.map(({ waiting: { rate } }, i) => rate * leastOf(forecasts[i]!));
  const [writes, cpu] = [new Float64Array(AHEAD), new Float64Array(AHEAD)];
  let waiting = arrival(world);
  for (let now = 0; now < slots; now++) {
    const left = room.subarray(now).reduce((sum, each) => sum + each, 0);
    const tolerance = toleranceAt(left / waiting.reduce((sum, i) => sum + work[i]!, 0));
    const candidates = waiting.flatMap(i => {
      const { waiting: each, before, writes: wrote, cpu: worked } = movers[i]!;
      const { last, after } = promised[i]!;
      correctLevel(each.writes, now, lastHour(before.writes, wrote, now), LEVEL_WRITES, writes);
      correctLevel(each.cpu, now, lastHour(before.cpu, worked, now), LEVEL_WRITES, cpu);
      const expected = expect(each, written(writes, model.step), exposureSums(cpu, model.step), 0, model);
      if (now + expected.slots > slots && now < last) return [];
      const cost = expected.cost + each.rate * (sums[Math.min(now + expected.slots, slots)]! - sums[now]!);
      const urgent = now >= last - 2;
      return urgent || cost <= after[now]! * (1 + tolerance) ? [{ i, urgent, gain: after[now]! - cost, slots: expected.slots }] : [];
    });
    candidates.sort((a, b) => Number(b.urgent) - Number(a.urgent) || b.gain - a.gain);
    const started = new Set<number>();
    for (const { i, slots: takes } of candidates) {
      const { waiting: { rate }, real } = movers[i]!;
      if (room.subarray(now, now + takes).some(each => rate > each * (1 + 1e-9))) continue;
      for (let slot = now; slot < Math.min(now + real.slots[now]!, slots); slot++) room[slot] = room[slot]! - rate;
      account.start(i, now);
      started.add(i);
    }
    waiting = waiting.filter(i => !started.has(i));
  }
  for (const i of waiting) account.start(i, -1);
  return account.settled();
}

function leastOf({ cost, slots }: ReturnType<typeof forecastStarts>): number {
  const possible = slots.filter((_, slot) => cost[slot]! < Infinity);
  return possible.length === 0 ? 0 : possible.reduce((least, each) => Math.min(least, each));
}

/** The hour just ended; nothing in the first slot. */
function lastHour(before: Float64Array, values: Float64Array, now: number): Recent {
  if (now === 0) return { hour: NaN, threeHours: NaN };
  let sum = 0;
  for (let slot = now - 4; slot < now; slot++) sum += slot < 0 ? before[before.length + slot]! : values[slot]!;
  return { hour: sum / 4, threeHours: NaN };
}
