import { exposureSums } from '../copy/cost';
import { written } from '../copy/written';
import { correctLevel, LEVEL_CPU, LEVEL_WRITES, type LevelRules, type Recent } from '../forecast/level';
import type { Promised } from './promise';
import { Reserve } from './reserve';
import { expect, type Forecast, lateness, type OnlineModel, type Waiting } from './waiting';

/** What was seen of an instance lately, as far as the metrics have come. */
export interface Observed { readonly writes: Recent; readonly cpu: Recent }

export interface Candidate {
  readonly waiting: Waiting;
  readonly forecast: Forecast;
  readonly promised: Promised;
  readonly observed: Observed;
}

export interface OnlineRules {
  readonly level: { readonly writes: LevelRules; readonly cpu: LevelRules };
  /**
   * A start is taken if it is at most this share worse than what waiting promises, for the least of many forecasts is too
   * good to be true; more, the less room is left.
   */
  readonly tolerances: readonly { readonly belowSlack: number; readonly tolerance: number }[];
  /** Slots before the held start at which an instance becomes urgent. */
  readonly urgentSlots: number;
}

export const ONLINE_RULES: OnlineRules = {
  level: { writes: LEVEL_WRITES, cpu: LEVEL_CPU },
  tolerances: [{ belowSlack: 1.25, tolerance: 0.5 }, { belowSlack: 1.5, tolerance: 0.15 }, { belowSlack: Infinity, tolerance: 0.1 }],
  urgentSlots: 2,
};

/** A start that is decided on: its cost and length as forecast now. */
export interface Start {
  readonly id: string;
  readonly cost: number;
  readonly slots: number;
  readonly seconds: number;
  readonly resent: number;
  readonly urgent: boolean;
}

/** Slots that the nowcast looks ahead: a copy hardly takes longer. */
const LOOK_AHEAD = 192;

/**
 * Who starts in slot `now`. Each instance compares what it would cost now, by the level just observed, with the best that
 * waiting still promises at the link's prices; room for those who go on waiting is held, so that nobody comes late.
 * `free` is the forecast room per link and slot less what running copies have booked, then what is left of each limit to how many
 * copies run at once; `sums` the price sums per link.
 */
export function decideStarts(
  candidates: readonly Candidate[], now: number, free: readonly Float64Array[], sums: readonly Float64Array[], model: OnlineModel,
  rules: OnlineRules = ONLINE_RULES,
): Start[] {
  const reserve = new Reserve(candidates.map(({ waiting }) => waiting), candidates.map(({ forecast }) => forecast), free, now);
  const tolerance = toleranceOf(candidates, now, free, sums.length, rules);
  const writes = new Float64Array(LOOK_AHEAD);
  const cpu = new Float64Array(LOOK_AHEAD);
  const found: { index: number; priority: number; gain: number; start: Start }[] = [];
  candidates.forEach(({ waiting, promised, observed }, index) => {
    if (!waiting.isAllowed[now]) return;
    const held = reserve.held[index]!;
    // for whom no room could be held, the next room is the best
    const urgent = held < 0 || now >= Math.min(promised.last, held) - rules.urgentSlots;
    correctLevel(waiting.writes, now, observed.writes, rules.level.writes, writes);
    correctLevel(waiting.cpu, now, observed.cpu, rules.level.cpu, cpu);
    const expected = expect(waiting, written(writes, model.step), exposureSums(cpu, model.step), 0, model);
    // at its last moment it begins although it may take longer than was forecast; after that nothing says any more that it would be in time
    if (now + expected.slots > waiting.endsBy[now]! && now !== promised.last) return;
    const price = sums[waiting.link]!;
    const late = lateness(waiting, now * model.step + expected.seconds);
    const cost = expected.cost + late + waiting.rate * (price[Math.min(now + expected.slots, price.length - 1)]! - price[now]!);
    const after = promised.after[now]!;
    if (!urgent && cost > after + Math.abs(after) * tolerance) return;
    const { slots, seconds, resent } = expected;
    const priority = urgent ? waiting.priority ?? 0 : 0;
    const gain = after === Infinity ? Infinity : after - cost;
    found.push({ index, priority, gain, start: { id: waiting.id, cost: expected.cost, slots, seconds, resent, urgent } });
  });
  found.sort((a, b) => Number(b.start.urgent) - Number(a.start.urgent) || b.priority - a.priority || b.gain - a.gain || a.index - b.index);
  const starts: Start[] = [];
  for (const { index, start } of found) {
    const { waiting, forecast } = candidates[index]!;
    const held = reserve.held[index]!;
    if (held >= 0) reserve.take(waiting, 1, held, forecast.slots[held]!);
    const slots = Math.min(start.slots, Math.max(1, waiting.endsBy[now]! - now)); // what runs past the end can not be booked
    if (reserve.fits(waiting, now, slots)) {
      reserve.take(waiting, -1, now, slots);
      starts.push(start);
    } else if (held >= 0) reserve.take(waiting, -1, held, forecast.slots[held]!);
  }
  return starts;
}

/** The less room is left for the work that waits, on the links or of a limit, the less choosy. */
function toleranceOf(candidates: readonly Candidate[], now: number, free: readonly Float64Array[], links: number, { tolerances }: OnlineRules): number {
  const work = free.map(() => 0);
  const leasts = free.map(() => Infinity);
  for (const { waiting, forecast } of candidates) {
    let shortest = Infinity;
    for (let slot = now; slot < forecast.cost.length; slot++) if (forecast.cost[slot]! < Infinity) shortest = Math.min(shortest, forecast.slots[slot]!);
    for (const [row, part] of [[waiting.link, waiting.rate], ...(waiting.limits ?? []).map(limit => [limit, 1])] as [number, number][]) {
      leasts[row] = Math.min(leasts[row]!, part);
      if (shortest < Infinity) work[row] = work[row]! + shortest * part;
    }
  }
  const room = free.map((each, row) => {
    const least = leasts[row]!;
    let sum = 0;
    // half a copy's room carries nothing
    if (least < Infinity) for (let slot = now; slot < each.length; slot++) sum += least * Math.max(0, Math.floor(each[slot]! / least + 1e-9));
    return sum;
  });
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const slackOf = (from: number, to: number): number => {
    const asked = total(work.slice(from, to));
    return asked > 0 ? total(room.slice(from, to)) / asked : Infinity;
  };
  const slack = free.slice(links).reduce((least, _, limit) => Math.min(least, slackOf(links + limit, links + limit + 1)), slackOf(0, links));
  return tolerances.find(({ belowSlack }) => slack < belowSlack)?.tolerance ?? 0;
}
