import type { Observed } from '../../planning/online/decide';
import type { Series } from '../../planning/forecast/series';
import type { Grid } from '../../planning/time/grid';
import { offsetsOf } from '../../planning/time/zone';
import type { Fleet } from '../fleet/facts';
import { forecastRoom, LINK_DAYS, predict, recent } from '../fleet/forecast';
import type { Profile } from '../fleet/mover';
import type { LinkForecasts } from '../fleet/plan';
import type { History } from '../instance-metrics/history';
import { bytesPerSecond, type Direction, type EdgeLink } from '../links';
import type { Location } from '../locations';
import type { ReplayRequest } from './request';

const SLOT = 900;
const HOUR = 3600;
const DAY = 86_400;
/** As much as a fleet reads before it plans. */
const HISTORY = 21 * DAY;
/** An instance whose metrics have more gaps than this while a window lasts can not be judged there. */
const MOST_MISSING = 0.25;

/** What others sent over a link; what migrations took is not in it. */
export interface LinkHistory {
  readonly link: EdgeLink;
  readonly direction: Direction;
  readonly traffic: Series;
}

/** All that the metrics tell of the whole span. */
export interface Records {
  readonly request: ReplayRequest;
  readonly fleet: Fleet;
  readonly destination: Location;
  readonly locations: readonly Location[];
  readonly histories: ReadonlyMap<string, History>;
  readonly links: readonly LinkHistory[];
}

/** A series as it could be read at some moment: nothing of what came later. */
export function knownAt({ start, step, values }: Series, now: number): Series {
  return { start, step, values: values.subarray(0, Math.max(0, Math.min(values.length, Math.floor((now - start) / step + 1e-9)))) };
}

/** A series from some moment on. */
function since(series: Series, from: number): Series {
  const first = Math.max(0, Math.ceil((from - series.start) / series.step - 1e-9));
  return { start: series.start + first * series.step, step: series.step, values: series.values.subarray(first) };
}

/**
 * One past window as a fleet would have met it: what it could know at each moment. Whatever this class gives for a moment rests on
 * metrics from before that moment alone; what really happened is in `Reality`.
 */
export class PastWindow {
  readonly grid: Grid;
  /** The instances that can be judged. */
  readonly fleet: Fleet;
  /** Those whose metrics have too many gaps while the window lasts. */
  readonly unknown: readonly string[];
  readonly profiles: ReadonlyMap<string, Profile>;
  private readonly forecasts = new Map<number, LinkForecasts>();

  constructor(readonly records: Records, readonly begin: number) {
    const { request, fleet, histories } = records;
    this.grid = { start: begin, step: SLOT, slots: Math.floor(request.horizon / SLOT) };
    const isKnown = ({ id }: { readonly id: string }): boolean => {
      const history = histories.get(id);
      return history !== undefined && [history.writes, history.cpu].every(series => missingShare(this.during(series)) <= MOST_MISSING);
    };
    this.fleet = { ...fleet, instances: fleet.instances.filter(isKnown) };
    this.unknown = fleet.instances.filter(instance => !isKnown(instance)).map(({ id }) => id);
    const offset = offsetsOf(request.fleet.timeZone);
    this.profiles = new Map(this.fleet.instances.map(({ id }): [string, Profile] => {
      const { writes, cpu } = this.both(id, series => predict(since(knownAt(series, begin), begin - HISTORY), this.grid, offset));
      return [id, { id, writes: writes.values, cpu: cpu.values, days: Math.min(writes.days, cpu.days) }];
    }));
  }

  get end(): number {
    return this.begin + this.grid.slots * SLOT;
  }

  /** What the links were expected to leave, as forecast in the hour of that moment. */
  forecastsAt(now: number): LinkForecasts {
    const hour = Math.floor(now / HOUR) * HOUR;
    const before = this.forecasts.get(hour);
    if (before) return before;
    const links = this.records.links.map(({ link, direction, traffic: all }): LinkForecasts['links'][number] => {
      const from = Math.max(all.start, hour - LINK_DAYS * DAY);
      const known = since(knownAt(all, Math.max(hour, this.begin)), Math.ceil(from / HOUR) * HOUR);
      const { traffic, room, note } = forecastRoom(known, link, direction, this.grid);
      const whole = (values: Float64Array): number[] => [...values].map(Math.floor);
      return {
        id: link.id, direction, link, capacity: bytesPerSecond(link, direction), traffic: whole(traffic), room: whole(room), held: [],
        isUp: true, note, requested: 0,
      };
    });
    const forecasts = { grid: this.grid, readAt: now, links };
    this.forecasts.set(hour, forecasts);
    return forecasts;
  }

  /** What had been seen of instances by then. */
  observed(ids: readonly string[], now: number): Map<string, Observed> {
    return new Map(ids.map(id => [id, this.both(id, series => recent(knownAt(series, now), now))]));
  }

  /** The slots of the window; NaN where the metrics end before. */
  during({ start, step, values }: Series): Float64Array {
    const first = this.grid.start - start;
    return Float64Array.from({ length: this.grid.slots }, (_, slot) => values[Math.floor((first + slot * SLOT) / step + 1e-9)] ?? NaN);
  }

  /** The same made of the writes and of the CPU of an instance. */
  both<T>(id: string, make: (series: Series) => T): { readonly writes: T; readonly cpu: T } {
    const { writes, cpu } = this.records.histories.get(id)!;
    return { writes: make(writes), cpu: make(cpu) };
  }
}

const missingShare = (values: Float64Array): number => values.filter(Number.isNaN).length / values.length;
