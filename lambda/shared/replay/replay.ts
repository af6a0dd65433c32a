import type { Strategy } from '../../planning/fleet/request';
import { startsOf } from '../../planning/fleet/starts';
import { timeOf } from '../../planning/time/grid';
import { buildPlan } from '../fleet/build-plan';
import { type Decision, decide } from '../fleet/online';
import type { FleetRequest } from '../fleet/request';
import { type FleetStatus, initialStatus, inState, type Progress } from '../fleet/status';
import type { Realised, Reality } from './reality';
import { fleetRequestOf } from './request';
import type { PastWindow } from './window';

/** How a move went that a strategy started. Times are seconds since the epoch. */
export interface ReplayedMove {
  readonly id: string;
  readonly name: string | null;
  readonly link: string;
  /** Bytes per second. */
  readonly rate: number;
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
  readonly resent: number;
  readonly exposure: number;
  readonly downtime: number;
  /** late: it ended after its window; given up: it did not converge, and its bytes were sent for nothing. */
  readonly outcome: 'in time' | 'late' | 'given up';
}

/** What came of one strategy in one past window. */
export interface StrategyOutcome {
  readonly strategy: Strategy;
  readonly moves: readonly ReplayedMove[];
  /** By instance: why the plan did not take it, or why it was not started any more. */
  readonly refused: Readonly<Record<string, string>>;
  /** Of those that could have been moved at all. */
  readonly moved: number;
  readonly late: number;
  readonly resent: number;
  readonly exposure: number;
  /** Bytes sent beyond the share that migrations may take of what others left. */
  readonly over: number;
  /** Bytes over the links. */
  readonly bytes: number;
  readonly cost: number;
}

/** So often a fleet tries an instance. */
const MOST_ATTEMPTS = 3;

interface Running { readonly decision: Decision; readonly real: Realised; readonly end: number; readonly attempts: number; readonly outcome: ReplayedMove['outcome'] }

/** Carries one strategy through a past window: plans with what was known then, decides slot by slot as a fleet does, and takes what happened. */
export function replayStrategy(window: PastWindow, reality: Reality, strategy: Strategy): StrategyOutcome {
  const { grid, begin, records: { request: asked, destination, locations }, profiles, fleet } = window;
  const request = fleetRequestOf(asked, strategy, begin);
  const endsBy = startsOf({ grid, links: [], instances: [], timeZone: request.timeZone }, {
    id: strategy, bytes: 1, windows: request.windows, blackouts: request.blackouts,
  }).endsBy;
  const plan = buildPlan({
    request, fleet, forecasts: window.forecastsAt(begin), profiles, past: [], destination, locations, execution: 'replay', metricsRead: 0, now: begin,
    // the decisions of each slot weigh more than the plan, and dozens of windows have to be planned
    exactUpTo: 0,
  });
  const instances: Record<string, Progress> = { ...initialStatus(plan).instances };
  const running = new Map<string, Running>();
  const all: Running[] = [];
  for (let slot = 0; slot < grid.slots; slot++) {
    const now = timeOf(grid, slot);
    for (const [id, run] of running) if (run.end <= now) settle(id, run, instances, running);
    const waiting = inState({ instances }, 'waiting').map(([id]) => id);
    if (waiting.length === 0 && running.size === 0) break;
    if (waiting.length === 0) continue;
    const status: FleetStatus = { instances };
    const decided = decide({
      request, plan, forecasts: window.forecastsAt(now), profiles, status, observed: window.observed(waiting, now), past: [], now,
    });
    for (const { id, reason } of decided.refusals) instances[id] = { state: 'refused', reason };
    for (const decision of decided.starts) {
      const before = instances[decision.id];
      const attempts = (before?.state === 'waiting' ? before.attempts : 0) + 1;
      const real = reality.of(decision.id, slot, decision.rate);
      const end = now + real.seconds;
      const outcome = real.cost === Infinity ? 'given up' : end > timeOf(grid, Math.min(endsBy[slot]!, reality.endsBy(decision.id, slot))) ? 'late' : 'in time';
      const run = { decision, real, end, attempts, outcome } as const;
      running.set(decision.id, run);
      all.push(run);
      instances[decision.id] = { state: 'moving', attempts, execution: '', expected: decision, switched: null };
    }
  }
  return accounted(window, reality, { strategy, request, all, instances });
}

/** What becomes of a move that is over. */
function settle(id: string, { outcome, attempts, decision, end }: Running, instances: Record<string, Progress>, running: Map<string, Running>): void {
  running.delete(id);
  const at = new Date(end * 1000).toISOString();
  if (outcome !== 'given up') {
    const times = { startedAt: new Date(decision.start * 1000).toISOString(), switchedAt: at, endedAt: at };
    instances[id] = { state: 'moved', execution: '', expected: decision, outcome: { ...times, bytes: null, pauseSeconds: null, cpu: null, targetInstanceId: null } };
  } else if (attempts < MOST_ATTEMPTS) instances[id] = { state: 'waiting', attempts };
  else instances[id] = { state: 'failed', execution: '', error: 'WillNotConverge', message: 'it wrote faster than it could be copied' };
}

interface Replayed {
  readonly strategy: Strategy;
  readonly request: FleetRequest;
  readonly all: readonly Running[];
  readonly instances: Readonly<Record<string, Progress>>;
}

function accounted(window: PastWindow, reality: Reality, { strategy, all, instances }: Replayed): StrategyOutcome {
  const names = new Map(window.fleet.instances.map(({ id, name }) => [id, name]));
  const moves = all.map(({ decision: { id, link, rate, start }, real: { bytes, resent, exposure, downtime }, end, outcome }): ReplayedMove =>
    ({ id, name: names.get(id) ?? null, link, rate, start, end, bytes, resent: outcome === 'given up' ? bytes : resent, exposure, downtime, outcome }));
  const inTime = new Map(all.filter(({ outcome }) => outcome === 'in time').map(({ decision: { id }, real: { cost } }) => [id, cost]));
  let cost = 0;
  for (const [id, charge] of reality.charges) cost += inTime.get(id) ?? charge;
  // what was sent for nothing comes on top
  for (const { outcome, bytes, exposure } of moves) if (outcome === 'given up') cost += bytes / 1e9 + exposure;
  return {
    strategy, moves, cost,
    refused: Object.fromEntries(inState({ instances }, 'refused').map(([id, { reason }]) => [id, reason])),
    moved: inTime.size,
    late: [...reality.charges.keys()].filter(id => !inTime.has(id)).length,
    resent: sum(moves.map(({ resent }) => resent)),
    exposure: sum(moves.map(({ exposure }) => exposure)),
    bytes: sum(moves.map(({ bytes }) => bytes)),
    over: overshoot(window, reality, moves),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Bytes beyond what migrations may take of what others really left; where that is not known, nothing is said. */
function overshoot({ grid }: PastWindow, reality: Reality, moves: readonly ReplayedMove[]): number {
  let over = 0;
  for (const [link, left] of reality.room) {
    const load = new Float64Array(grid.slots);
    for (const { id, link: own, rate, start, end } of moves) {
      if (own !== link || !reality.isOnLink(id)) continue;
      for (let slot = Math.round((start - grid.start) / grid.step); slot < grid.slots && timeOf(grid, slot) < end; slot++) {
        load[slot] = load[slot]! + rate * Math.min(1, (end - timeOf(grid, slot)) / grid.step);
      }
    }
    left.forEach((free, slot) => { over += Number.isNaN(free) ? 0 : Math.max(0, load[slot]! - free * (1 + 1e-9)) * grid.step; });
  }
  return over;
}
