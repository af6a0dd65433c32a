import type { Strategy } from '../../planning/fleet/request';
import type { Refused } from '../fleet/facts';
import type { Reality } from './reality';
import type { StrategyOutcome } from './replay';
import type { PastWindow, Records } from './window';

/** `windows/<n>.json`: what came of each strategy in one past window. Times are seconds since the epoch. */
export interface ReplayedWindow {
  readonly begin: number;
  readonly end: number;
  /** Instances that could be judged, and could have been moved at all. */
  readonly instances: number;
  /** Those whose metrics have too many gaps, and those for whom no start would have done. */
  readonly unknown: readonly string[];
  readonly impossible: readonly string[];
  readonly bound: number;
  readonly strategies: readonly StrategyOutcome[];
}

export function windowOf({ begin, end, unknown }: PastWindow, { bound, impossible, charges }: Reality, strategies: readonly StrategyOutcome[]): ReplayedWindow {
  return { begin, end, instances: charges.size, unknown, impossible, bound, strategies };
}

/** What a strategy costs over one window, or over all of them. Bytes; `exposure` in hours at 10 % of CPU. */
export interface Totals {
  readonly strategy: Strategy;
  readonly moved: number;
  /** Not moved within their window, though it could have been done. */
  readonly late: number;
  readonly bytes: number;
  readonly resent: number;
  readonly exposure: number;
  /** Beyond the share that migrations may take of what others left of the links. */
  readonly over: number;
  /** Longest pause, seconds. */
  readonly downtime: number;
  /** Seconds from the beginning of a window to the end of a move that was in time, in the mean. */
  readonly wait: number;
  readonly cost: number;
}

/** `replay.json`. */
export interface ReplayReport {
  readonly version: 1;
  readonly execution: string;
  readonly destination: string;
  readonly timeZone: string;
  readonly from: number;
  readonly to: number;
  readonly horizon: number;
  readonly instances: number;
  readonly refusals: readonly Refused[];
  readonly notes: readonly string[];
  /** Over all windows. */
  readonly strategies: readonly Totals[];
  /** No plan that keeps to the room could have cost less. */
  readonly bound: number;
  readonly windows: readonly (Pick<ReplayedWindow, 'begin' | 'end' | 'instances' | 'bound'> & { readonly strategies: readonly Totals[] })[];
  /** Metrics requested of CloudWatch. */
  readonly metrics: number;
}

function totalsOf({ strategy, moved, late, bytes, resent, exposure, over, cost, moves }: StrategyOutcome, begin: number): Totals {
  const inTime = moves.filter(({ outcome }) => outcome === 'in time');
  return {
    strategy, moved, late, bytes, resent, exposure, over, cost,
    downtime: moves.reduce((most, { downtime }) => Math.max(most, downtime), 0),
    wait: inTime.reduce((total, { end }) => total + end - begin, 0) / Math.max(1, inTime.length),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function together(all: readonly Totals[], strategy: Strategy): Totals {
  const of = (name: Exclude<keyof Totals, 'strategy'>): number => sum(all.map(each => each[name]));
  return {
    strategy, moved: of('moved'), late: of('late'), bytes: of('bytes'), resent: of('resent'), exposure: of('exposure'), over: of('over'), cost: of('cost'),
    downtime: all.reduce((most, { downtime }) => Math.max(most, downtime), 0),
    wait: sum(all.map(({ wait, moved }) => wait * moved)) / Math.max(1, of('moved')),
  };
}

/** What the strategies would have cost, over all windows and in each. */
export function reportOf(
  { request, fleet }: Pick<Records, 'request' | 'fleet'>, replayed: readonly ReplayedWindow[], execution: string, metrics: number,
): ReplayReport {
  const windows = replayed.map(({ begin, end, instances, bound, strategies: outcomes }) =>
    ({ begin, end, instances, bound, strategies: outcomes.map(each => totalsOf(each, begin)) }));
  const { from, to, horizon, strategies, fleet: { destination, timeZone } } = request;
  return {
    version: 1, execution, destination, timeZone, from, to, horizon, metrics, windows,
    instances: fleet.instances.length, refusals: fleet.refusals,
    notes: [...fleet.notes, ...notesOf(replayed)],
    strategies: strategies.map((strategy, index) => together(windows.map(each => each.strategies[index]!), strategy)),
    bound: sum(windows.map(({ bound }) => bound)),
  };
}

/** Who was left out of how many windows. */
function notesOf(replayed: readonly ReplayedWindow[]): string[] {
  const counted = (field: 'unknown' | 'impossible', what: string): string[] => {
    const counts = new Map<string, number>();
    for (const id of replayed.flatMap(window => window[field])) counts.set(id, (counts.get(id) ?? 0) + 1);
    return [...counts].map(([id, count]) => `${id} is left out of ${count} of ${replayed.length} windows: ${what}`);
  };
  return [
    ...counted('unknown', 'more than a quarter of its metrics are missing there'),
    ...counted('impossible', 'no start would have ended in time, at any rate'),
  ];
}
