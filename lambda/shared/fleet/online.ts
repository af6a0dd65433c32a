import { COST_WEIGHTS } from '../../planning/copy/cost';
import { type CopyRules, footprint, onceRules } from '../../planning/copy/footprint';
import { switchOnce, switchPlan, type SwitchPlan } from '../../planning/copy/method';
import { written } from '../../planning/copy/written';
import { dependsOn } from '../../planning/fleet/refusal';
import { startsOf } from '../../planning/fleet/starts';
import { DURATION_RULES, forecastDuration, type PastMigration } from '../../planning/forecast/duration';
import { correctLevel } from '../../planning/forecast/level';
import { type Candidate, decideStarts, ONLINE_RULES, type Observed, type Start } from '../../planning/online/decide';
import { type Promised, promiseOf } from '../../planning/online/promise';
import { forecastStarts, type OnlineModel, type Waiting } from '../../planning/online/waiting';
import { priceSums } from '../../planning/solve/pricing';
import { type Grid, timeOf } from '../../planning/time/grid';
import { clockTime } from '../../planning/time/zone';
import type { Refused } from './facts';
import { FLEET_COPY_RULES, moverOf, type Profile, sendOnceOf, tolerated } from './mover';
import { groupOf, turnOf } from './groups';
import type { FleetPlanDocument, LinkForecasts, PlannedMove } from './plan';
import { type FleetRequest, wishesOf } from './request';
import { type Expectation, type FleetStatus, hasSwitched, inState, isCopying, type Progress } from './status';

/** What is decided of an instance in one quarter of an hour. */
export interface Decision extends Expectation {
  readonly id: string;
  /** The planned way of the switch. */
  readonly method: SwitchPlan['method'];
  /** Seconds since the epoch: for so long it waits for the others of its group, if it has one. */
  readonly waits: number;
}

export interface Situation {
  readonly request: FleetRequest;
  readonly plan: FleetPlanDocument;
  /** As forecast now. */
  readonly forecasts: LinkForecasts;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly status: FleetStatus;
  readonly observed: ReadonlyMap<string, Observed>;
  readonly past: readonly PastMigration[];
  /** Seconds since the epoch. */
  readonly now: number;
}

export interface Decided {
  readonly starts: readonly Decision[];
  /** Those who will not be moved any more. */
  readonly refusals: readonly Refused[];
}

interface Planned extends Candidate { readonly move: PlannedMove; readonly profile: Profile | undefined }

/** Others of a group are waited for so long after the last was expected. */
const PATIENCE = 3600;
/** Slots for which a link that is down takes nothing. */
const DOWN_SLOTS = 4;
/** As many as are reserved and started, one after the other, within a function's minute; the others follow a quarter of an hour later. */
const MOST_STARTS = 200;
const UNSEEN: Observed = { writes: { hour: NaN, threeHours: NaN }, cpu: { hour: NaN, threeHours: NaN } };

/** Who starts in this quarter of an hour, and who has no time left to. */
export function decide(situation: Situation): Decided {
  const { request, plan, forecasts: { grid, links }, status, past, now } = situation;
  // the plan begins with the next full quarter of an hour
  if (now < grid.start) return { starts: [], refusals: [] };
  const slot = Math.floor((now - grid.start) / grid.step);
  const waiting = new Map(inState(status, 'waiting'));
  const copying = inState(status, 'moving').filter(([, progress]) => isCopying(progress));
  const refusals = new Map<string, string>();
  const sums = plan.links.map(({ prices }) => priceSums(Float64Array.from({ length: grid.slots }, (_, i) => prices[i] ?? 0)));
  const free = links.map(({ id, room, held, isUp }) => {
    const left = Float64Array.from({ length: grid.slots }, (_, i) => (!isUp && i < slot + DOWN_SLOTS ? 0 : (room[i] ?? 0) - (held[i] ?? 0)));
    for (const [, { expected: { link, rate, until } }] of copying) {
      if (link !== id) continue;
      // what takes longer than forecast goes on, slot by slot
      for (let i = slot; i < grid.slots && (i === slot || timeOf(grid, i) < until); i++) left[i] = left[i]! - rate;
    }
    return left;
  });
  const unpaced = copying.filter(([, { expected }]) => expected.unpaced).map(([id]) => id);
  // how many copies run at once: over all, and of those that AWS moves
  const limitOf = (most: number, takers: typeof copying) => Float64Array.from({ length: grid.slots }, (_, i) =>
    Math.max(0, most - takers.filter(([, { expected }]) => i === slot || timeOf(grid, i) < expected.until).length));
  const total = request.maxConcurrent === null ? [] : [free.push(limitOf(request.maxConcurrent, copying)) - 1];
  const alone = free.push(limitOf(1, copying.filter(([, { expected }]) => expected.unpaced))) - 1;
  const model: OnlineModel = { step: grid.step, weights: COST_WEIGHTS, copyRules: { ...FLEET_COPY_RULES, maxDowntime: tolerated(request.maxDowntime) } };

  const candidates: Planned[] = [];
  const moves = new Map(plan.moves.map(move => [move.id, move]));
  for (const move of plan.moves) {
    if (!waiting.has(move.id)) continue;
    const link = links.findIndex(({ id }) => id === move.link);
    const first = whoIsMissing(request, move.id, status.instances);
    if (first.failed !== undefined) {
      refusals.set(move.id, dependsOn(move.id, first.failed, false));
      continue;
    }
    const turn = turnOf(request, move.id, status.instances);
    if (turn.may === 'never') {
      refusals.set(move.id, dependsOn(move.id, turn.because, true));
      continue;
    }
    const { each, soonest } = waitingOf(situation, move, link);
    if (!each.isAllowed.subarray(slot).includes(1)) {
      const end = clockTime(request.timeZone, endOf(each, grid));
      refusals.set(move.id, `${move.id} found no room on ${move.link} before ${end}; move it with another fleet, and allow more time`);
      continue;
    }
    const isHeldBack = first.waited || turn.may === 'wait' || !(links[link]?.isUp ?? false) || move.unpaced && !unpaced.every(id => isSameGroup(request, id, move.id));
    const isAllowed = isHeldBack ? each.isAllowed.map((allowed, i) => (i === slot ? 0 : allowed)) : each.isAllowed;
    const forecast = forecastStarts(each, model);
    const promised = soonest ? atOnce(forecast.cost) : promiseOf(each, forecast, sums[link]!);
    const observed = situation.observed.get(move.id) ?? UNSEEN;
    const limits = [...total, ...isAlone(request, move, moves, status) ? [alone] : []];
    candidates.push({ move, profile: situation.profiles.get(move.id), waiting: { ...each, isAllowed, limits }, forecast, promised, observed });
  }
  const planned = new Map(candidates.map(candidate => [candidate.move.id, candidate]));
  const starts = decideStarts(candidates, slot, free, sums, model)
    .flatMap(start => checked(start, planned.get(start.id)!, request, grid, slot) ?? [])
    .map(each => (isInGroup(request, each.id) ? together(each, planned.get(each.id)!, situation, slot) : each))
    .filter((each, _, all) => !each.unpaced || isSameGroup(request, each.id, all.find(other => other.unpaced)!.id))
    .slice(0, MOST_STARTS)
    .map(decision => ({ ...decision, start: now, seconds: forecastOf(decision, past) }));
  return { starts, refusals: [...refusals].map(([id, reason]) => ({ id, reason })) };
}

interface Missing { readonly waited: boolean; readonly failed: string | undefined }

/** Whether somebody has to be moved before, and whether that can still be hoped for. */
function whoIsMissing({ after }: FleetRequest, id: string, instances: FleetStatus['instances']): Missing {
  const left = (after[id] ?? []).filter(first => !hasSwitched(instances[first]));
  return { waited: left.length > 0, failed: left.find(first => ['failed', 'refused'].includes(instances[first]?.state ?? 'refused')) };
}

/** Who ends together keeps the link until then, and waits for the others, but not beyond its own window. */
function together(decision: Decision, { move, waiting }: Planned, { request, plan, status, forecasts: { grid }, now }: Situation, slot: number): Decision {
  const until = Math.max(decision.until, move.end);
  const ends = (groupOf(request, move.id) ?? []).flatMap(id => {
    const [progress, other] = [status.instances[id], plan.moves.find(each => each.id === id)];
    if (progress?.state === 'moving') return progress.expected.until;
    // an attempt that comes later than planned takes as long
    return progress?.state === 'waiting' && other ? Math.max(other.end, now + other.end - other.start) : [];
  });
  return { ...decision, until, waits: Math.min(Math.max(until, ...ends) + PATIENCE, Math.max(until, timeOf(grid, waiting.endsBy[slot]!))) };
}

const isSameGroup = ({ groups }: FleetRequest, one: string, other: string): boolean =>
  one === other || groups.some(group => group.includes(one) && group.includes(other));

/**
 * Whether it takes the one place of what AWS moves: members of a group go side by side, and the largest of those that are left, which begins
 * first, keeps the others out.
 */
function isAlone(request: FleetRequest, { id, unpaced }: PlannedMove, moves: ReadonlyMap<string, PlannedMove>, { instances }: FleetStatus): boolean {
  if (!unpaced) return false;
  const group = groupOf(request, id);
  if (!group) return true;
  const fellows = group.flatMap(each => moves.get(each) ?? []).filter(fellow => fellow.unpaced);
  const isCopyingNow = (progress: Progress | undefined): boolean => progress?.state === 'moving' && isCopying(progress);
  if (fellows.some(fellow => isCopyingNow(instances[fellow.id]))) return false;
  const left = fellows.filter(fellow => instances[fellow.id]?.state === 'waiting');
  return left.reduce((one, other) => (other.volumeBytes > one.volumeBytes ? other : one)).id === id;
}

const isInGroup = (request: FleetRequest, id: string): boolean => groupOf(request, id) !== undefined;

/** A waiting instance as the online rule takes it; members of a group keep to the plan, which ends them together. */
function waitingOf(situation: Situation, move: PlannedMove, link: number): { readonly each: Waiting; readonly soonest: boolean } {
  const { request, profiles, forecasts: { grid } } = situation;
  const profile = profiles.get(move.id);
  const burden = { bytes: move.volumeBytes, links: [move.link], unpaced: move.unpaced };
  const mover = moverOf(request, move.id, burden, profile, new Set());
  const { isAllowed, endsBy, soonest } = startsOf({ grid, links: [], instances: [], timeZone: request.timeZone }, mover);
  const inGroup = isInGroup(request, move.id);
  const from = inGroup ? Math.round((move.start - grid.start) / grid.step) : 0;
  const nothing = new Float64Array(grid.slots);
  return {
    soonest: soonest || inGroup,
    each: {
      ...!move.unpaced && { copyRules: onceRules(FLEET_COPY_RULES, sendOnceOf(request, move.id)) },
      id: move.id, bytes: move.volumeBytes, hotBytes: hotBytes(move), rate: move.rate, link, writes: profile?.writes ?? nothing, cpu: profile?.cpu ?? nothing,
      isAllowed: isAllowed.map((allowed, slot) => (slot >= from ? allowed : 0)), endsBy, priority: mover.priority ?? 0,
      ...mover.due !== undefined && { due: { at: mover.due - grid.start, perHour: COST_WEIGHTS.perHourLate * (1 + Math.max(0, mover.priority ?? 0)) } },
    },
  };
}

/** Of what AWS moves anything may be written, and sent, again; blocks are sent once. */
const hotBytes = ({ unpaced, volumeBytes }: PlannedMove): number => (unpaced ? volumeBytes : 0);

/** Nothing is promised to those who begin as soon as they can. */
function atOnce(cost: Float64Array): Promised {
  return { after: new Float64Array(cost.length).fill(Infinity), last: cost.findLastIndex(value => value < Infinity) };
}

/** A start is taken only if the copy converges at what is seen now, within the instance's own tolerance. */
function checked(start: Start, { move, profile, waiting, observed }: Planned, request: FleetRequest, grid: Grid, slot: number): Decision | undefined {
  const wishes = wishesOf(request, move.id);
  const rules: CopyRules = waiting.copyRules ?? { ...FLEET_COPY_RULES, maxDowntime: tolerated(wishes.maxDowntime) };
  const writes = new Float64Array(grid.slots);
  correctLevel(waiting.writes, slot, observed.writes, ONLINE_RULES.level.writes, writes);
  const curve = written(writes, grid.step);
  const print = footprint(curve, 0, { bytes: move.volumeBytes, hotBytes: hotBytes(move) }, move.rate, rules);
  const plan = move.unpaced ? switchPlan(print, move.rate, rules, false) : switchOnce(print, curve, 0, move.rate, sendOnceOf(request, move.id));
  if (!plan) return undefined;
  const slots = Math.max(1, Math.ceil(print.seconds / grid.step - 1e-9));
  // what runs past its end can not be booked
  const until = timeOf(grid, Math.min(slot + slots, Math.max(waiting.endsBy[slot]!, slot + 1)));
  return {
    id: move.id, link: move.link, rate: move.rate, start: timeOf(grid, slot), until, waits: until,
    modelled: print.seconds, seconds: { likely: print.seconds, from: print.seconds, to: print.seconds },
    bytes: print.bytes, resent: print.bytes - move.volumeBytes, volumeBytes: move.volumeBytes,
    downtime: plan.downtime, method: plan.method, cpu: cpuFrom(slot, slots, profile, observed), urgent: start.urgent, unpaced: move.unpaced,
    ...move.unpaced && move.elsewhere > 0 && { elsewhere: true },
  };
}

/** How busy the instance is expected to be while it is copied: what was predicted, moved to the level that is seen. */
function cpuFrom(slot: number, slots: number, profile: Profile | undefined, { cpu }: Observed): number | null {
  if (!profile?.cpu) return null;
  const expected = new Float64Array(slots);
  correctLevel(profile.cpu, slot, cpu, ONLINE_RULES.level.cpu, expected);
  return expected.reduce((sum, value) => sum + value, 0) / slots;
}

function forecastOf({ modelled, resent, volumeBytes }: Decision, past: readonly PastMigration[]): Decision['seconds'] {
  const { seconds, from, to } = forecastDuration(modelled, resent / volumeBytes, past, DURATION_RULES);
  return { likely: seconds, from, to };
}

function endOf({ endsBy }: Waiting, grid: Grid): number {
  return timeOf(grid, Math.min(grid.slots, endsBy.reduce((most, end) => Math.max(most, end), 0)));
}

