import type { PastMove } from './past';
import type { FleetPlanDocument, PlannedLink } from './plan';
import { type FleetStatus, hasSwitched, inState, type InState } from './status';

interface Named { readonly id: string; readonly name: string | null }

/** What was predicted of a move, and what came. */
export interface ReportedMove extends Named {
  readonly execution: string;
  readonly targetInstanceId: string | null;
  readonly link: string;
  /** ISO 8601. */
  readonly startedAt: string | null;
  readonly switchedAt: string | null;
  readonly seconds: Compared & { readonly from: number; readonly to: number };
  readonly bytes: Compared;
  readonly downtime: Compared;
  /** Percent, the mean of the copy. */
  readonly cpu: { readonly predicted: number | null; readonly realised: number | null };
}

/** null: its execution did not tell. */
export interface Compared { readonly predicted: number; readonly realised: number | null }

/** Instances that were to switch together. */
export interface ReportedGroup {
  readonly ids: readonly string[];
  /** From the first that served at the destination to the last; null: fewer than two do. */
  readonly apartSeconds: number | null;
  /** Those that did not come along: all of them, or those that fell back alone once it was decided that all switch. */
  readonly stayed: readonly string[];
}

/** `report.json`. */
export interface FleetReport {
  readonly version: 1;
  readonly execution: string;
  readonly destination: string;
  readonly moved: readonly ReportedMove[];
  /** `targetServes`: it failed after its switch, and no way back has led to the source. */
  readonly failed: readonly (Named & Pick<InState<'failed'>, 'error' | 'message' | 'execution'> & { readonly targetServes: boolean })[];
  readonly refused: readonly (Named & { readonly reason: string })[];
  readonly groups: readonly ReportedGroup[];
  /**
   * Over all moves, null where nothing was realised: the median of |realised − predicted| / predicted; of CPU that of |realised − predicted|, in
   * percent of CPU, for a share of almost nothing tells nothing.
   */
  readonly error: { readonly seconds: number | null; readonly bytes: number | null; readonly cpu: number | null };
}

export function reportOf(plan: FleetPlanDocument, status: FleetStatus, groups: readonly (readonly string[])[]): FleetReport {
  const names = new Map([...plan.moves, ...plan.refusals].map(({ id, name }) => [id, name]));
  const name = (id: string): string | null => names.get(id) ?? null;
  const moved = inState(status, 'moved').map(([id, each]): ReportedMove => {
    const { execution, expected, outcome: { startedAt, switchedAt, bytes, pauseSeconds, cpu, targetInstanceId } } = each;
    return {
      id, name: name(id), execution, targetInstanceId, link: expected.link, startedAt, switchedAt,
      seconds: { predicted: expected.seconds.likely, from: expected.seconds.from, to: expected.seconds.to, realised: copySeconds(each) },
      bytes: { predicted: expected.bytes, realised: bytes },
      downtime: { predicted: expected.downtime, realised: pauseSeconds },
      cpu: { predicted: expected.cpu, realised: cpu },
    };
  });
  return {
    version: 1, execution: plan.execution, destination: plan.destination, moved,
    failed: inState(status, 'failed').map(([id, { error, message, execution, switched = false }]) => ({ id, name: name(id), error, message, execution, targetServes: switched })),
    refused: inState(status, 'refused').map(([id, { reason }]) => ({ id, name: name(id), reason })),
    groups: groups.map(ids => groupIn(ids, moved, status)),
    error: { seconds: medianError(moved.map(({ seconds }) => seconds)), bytes: medianError(moved.map(({ bytes }) => bytes)), cpu: cpuError(moved) },
  };
}

function groupIn(ids: readonly string[], moved: readonly ReportedMove[], { instances }: FleetStatus): ReportedGroup {
  const times = moved.filter(({ id }) => ids.includes(id)).flatMap(({ switchedAt }) => (switchedAt === null ? [] : [Date.parse(switchedAt)]));
  return {
    ids, apartSeconds: times.length < 2 ? null : Math.round((Math.max(...times) - Math.min(...times)) / 1000),
    stayed: ids.filter(id => !hasSwitched(instances[id])),
  };
}

/** What the next fleets learn from: a move whose times are not known teaches nothing. */
export function lessonsOf(status: FleetStatus, links: readonly Pick<PlannedLink, 'id' | 'direction'>[]): PastMove[] {
  return inState(status, 'moved').flatMap(([, each]) => {
    const { expected, outcome: { startedAt } } = each;
    const actual = copySeconds(each);
    const direction = links.find(({ id }) => id === expected.link)?.direction;
    if (actual === null || actual <= 0 || startedAt === null || direction === undefined) return [];
    const from = Date.parse(startedAt) / 1000;
    return [{
      book: `${expected.link}#${direction}`, from, to: from + actual, rate: expected.elsewhere ? 0 : expected.rate, modelled: expected.modelled, actual,
      resentShare: expected.resent / expected.volumeBytes, wasWithin: actual >= expected.seconds.from && actual <= expected.seconds.to,
    }];
  });
}

/** From its start to its switch, or to the last block that followed it. */
function copySeconds({ outcome: { startedAt, switchedAt, copiedAt } }: InState<'moved'>): number | null {
  const end = copiedAt ?? switchedAt;
  return startedAt === null || end === null ? null : (Date.parse(end) - Date.parse(startedAt)) / 1000;
}

function medianError(all: readonly Compared[]): number | null {
  return median(all.flatMap(({ predicted, realised }) => (realised === null || predicted <= 0 ? [] : [Math.abs(realised - predicted) / predicted])));
}

function cpuError(moved: readonly ReportedMove[]): number | null {
  return median(moved.flatMap(({ cpu: { predicted, realised } }) => (predicted === null || realised === null ? [] : [Math.abs(realised - predicted)])));
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b).at(Math.floor((values.length - 1) / 2)) ?? null;
}
