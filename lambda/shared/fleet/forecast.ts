import { EWMA, profile } from '../../planning/forecast/profile';
import { busiest, running, type Series } from '../../planning/forecast/series';
import { forecastTunnel, headroom, initialTunnelState, learnFromDay, TUNNEL_RULES, type TunnelState } from '../../planning/forecast/tunnel';
import type { Grid } from '../../planning/time/grid';
import type { Direction, EdgeLink } from '../links';
import { bytesPerSecond } from '../links';

const HOUR = 3600;
const DAY = 86_400;
const HOURS = 24;
/** Days of whose misses the forecast learns. */
const LEARNT_FROM = 14;
/** Traffic that has to be read so that so many days can be forecast in hindsight. */
export const LINK_DAYS = 14 + LEARNT_FROM;

export interface RoomForecast {
  /** Traffic of others, bytes per second, per slot. */
  readonly traffic: Float64Array;
  /** What all migrations together may take, bytes per second, per slot. */
  readonly room: Float64Array;
  /** What is to be said of it; null if it is a forecast as it should be. */
  readonly note: string | null;
}

/**
 * What a link leaves to migrations in the slots of a plan. `history` begins at a full hour, ends now, and has no traffic of migrations in
 * it. The next day is forecast from yesterday and last week, later ones from last week alone, and anew in every tick. Slots that are
 * over do not count any more.
 */
export function forecastRoom(history: Series, link: EdgeLink, direction: Direction, grid: Grid): RoomForecast {
  // a rate is held for a quarter of an hour, and others do not send evenly: what is left in their busiest one is left in all
  const hourly = busiest(history, HOUR / history.step);
  const capacity = bytesPerSecond(link, direction);
  const here = hourly.values.length;
  const days = Math.max(1, Math.ceil((grid.start + grid.slots * grid.step - (hourly.start + here * HOUR)) / DAY));
  const { hours, note } = forecastHours(hourly, days, link, capacity);
  const traffic = Float64Array.from({ length: grid.slots }, (_, slot) => {
    const hour = Math.floor((grid.start + slot * grid.step - hourly.start) / HOUR) - here;
    return Math.min(capacity, hours[Math.max(0, Math.min(hours.length - 1, hour))] ?? capacity);
  });
  return { traffic, room: headroom(capacity, traffic, link.migrationShare), note };
}

function forecastHours(read: Series, days: number, { id }: EdgeLink, capacity: number): { readonly hours: Float64Array; readonly note: string | null } {
  // it is read for as long whether it was measured or not: what is known of it begins with the first value
  const first = Math.max(0, read.values.findIndex(value => !Number.isNaN(value)));
  const known: Series = { ...read, start: read.start + first * HOUR, values: read.values.subarray(first) };
  const { start, values } = known;
  const seen = values.filter(value => !Number.isNaN(value));
  const flat = (value: number): Float64Array => new Float64Array(days * HOURS).fill(value);
  if (seen.length === 0) {
    return { hours: flat(capacity / 2), note: `nothing is known of the traffic on ${id}: others are taken to use half of it` };
  }
  const end = start + values.length * HOUR;
  const state = learnt(known);
  const forecast: number[] = [];
  for (let day = 0; day < days; day++) {
    // what has not come yet is missing, and last week then speaks alone
    const ahead = new Float64Array(values.length + day * HOURS).fill(NaN);
    ahead.set(values);
    const next = forecastTunnel({ ...known, values: ahead }, end + day * DAY, state, TUNNEL_RULES);
    if (!next) break;
    forecast.push(...next.traffic);
  }
  if (forecast.length === days * HOURS) return { hours: Float64Array.from(forecast), note: null };
  const most = seen.reduce((max, value) => Math.max(max, value), 0);
  return { hours: flat(Math.min(capacity, 1.2 * most)), note: `less than two weeks of traffic are known of ${id}: others are taken to use the most that was seen, and a fifth more` };
}

/** How wide the margin has to be, after the misses of the last days: the same forecasts, made in hindsight. */
function learnt(known: Series): TunnelState {
  const { start, values } = known;
  let state = initialTunnelState(TUNNEL_RULES);
  for (let day = Math.min(LEARNT_FROM, Math.floor(values.length / HOURS) - 14); day >= 1; day--) {
    const here = values.length - day * HOURS;
    const forecast = forecastTunnel({ ...known, values: values.subarray(0, here) }, start + here * HOUR, state, TUNNEL_RULES);
    if (forecast) state = learnFromDay(state, forecast.traffic, values.subarray(here, here + HOURS), TUNNEL_RULES);
  }
  return state;
}

/** Fewer samples than these of a forecast, and nothing is predicted. */
const LEAST_KNOWN = 0.75;

export interface Predicted {
  readonly values: Float64Array | undefined;
  readonly days: number;
}

/** What an instance will do in the slots of a plan, by its own past at the same time of day; a few gaps are filled with the mean. */
export function predict(history: Series, grid: Grid, offset: (time: number) => number): Predicted {
  const perDay = Math.round(DAY / history.step);
  let days = 0;
  for (let from = history.values.length - perDay; from >= 0; from -= perDay) {
    const samples = history.values.subarray(from, from + perDay).filter(value => !Number.isNaN(value)).length;
    if (samples >= LEAST_KNOWN * perDay) days++;
  }
  const values = profile(running(history), grid.start, grid.slots, 1, offset, EWMA);
  const present = values.filter(value => !Number.isNaN(value));
  if (present.length < LEAST_KNOWN * grid.slots) return { values: undefined, days };
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
  return { values: values.map(value => (Number.isNaN(value) ? mean : value)), days };
}

/** What has come of the last hour, and three hours. The newest whole sample does not count: CloudWatch may not have all of it yet. */
export function recent({ start, step, values }: Series, now: number): { readonly hour: number; readonly threeHours: number } {
  const end = Math.floor((now - start) / step) - 1;
  const mean = (samples: number): number => {
    const known = values.subarray(Math.max(0, end - samples), Math.max(0, end)).filter(value => !Number.isNaN(value));
    return known.length * 2 < samples ? NaN : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  return { hour: mean(HOUR / step - 1), threeHours: mean(3 * HOUR / step) };
}
