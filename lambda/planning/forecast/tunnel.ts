import { quantile } from './quantile';
import type { Series } from './series';

const DAY = 86_400;

export interface TunnelRules {
  /** Share of hours that may exceed the forecast. */
  readonly target: number;
  /** How fast the quantile learns from a day's misses. */
  readonly learning: number;
  /** Days whose residuals are pooled. */
  readonly residualDays: number;
}

export const TUNNEL_RULES: TunnelRules = { target: 0.05, learning: 0.2, residualDays: 14 };

/** What is carried from day to day: the share of residuals that the margin leaves above it. */
export interface TunnelState { readonly alpha: number }

export const initialTunnelState = ({ target }: TunnelRules): TunnelState => ({ alpha: target });

export interface TunnelForecast {
  /** Traffic of others that is exceeded about as rarely as the rules say, per step of the day. */
  readonly traffic: Float64Array;
  /** What the link has ever carried, with a little on top: nothing is forecast above it. */
  readonly cap: number;
}

/**
 * How wrong the forecast was per step of the day: the mean of the absolute residuals around it, and a part of the mean of
 * all, so that a quiet hour is not trusted blindly.
 */
function scales(residuals: Float64Array, perDay: number): Float64Array {
  const around = Math.max(1, Math.round(perDay / 12)); // two hours
  const sum = new Float64Array(perDay);
  const count = new Float64Array(perDay);
  let all = 0;
  let known = 0;
  residuals.forEach((residual, i) => {
    if (Number.isNaN(residual)) return;
    all += Math.abs(residual);
    known++;
    for (let shift = -around; shift <= around; shift++) {
      const step = (i + shift + perDay) % perDay;
      sum[step] = sum[step]! + Math.abs(residual);
      count[step] = count[step]! + 1;
    }
  });
  const mean = known > 0 ? all / known : 0;
  return sum.map((each, step) => (count[step]! > 0 ? each / count[step]! : mean) + 0.3 * mean + 1e-12);
}

/**
 * Traffic of others over the day that begins at `now`, from the day and the week before: needs two weeks. The margin is a
 * quantile of how wrong the same forecast was lately, wider at hours at which it was more wrong, and the quantile itself
 * learns from its misses (conformal, adaptive), because a fixed one is exceeded far more often than it says.
 */
export function forecastTunnel(history: Series, now: number, state: TunnelState, rules: TunnelRules): TunnelForecast | undefined {
  const { start, step, values } = history;
  const perDay = Math.round(DAY / step);
  const here = Math.round((now - start) / step);
  if (here < 14 * perDay || here > values.length) return undefined;
  const known = values.subarray(0, here);
  const centre = (slot: number): number => {
    const yesterday = known[slot - perDay] ?? NaN;
    const lastWeek = known[slot - 7 * perDay] ?? NaN;
    // a link that was cut off leaves gaps: the other of the two then speaks alone
    return Number.isNaN(yesterday) ? lastWeek : Number.isNaN(lastWeek) ? yesterday : 0.5 * (yesterday + lastWeek);
  };
  const days = Math.min(rules.residualDays, Math.floor(here / perDay) - 8);
  const first = here - days * perDay;
  const residuals = Float64Array.from({ length: days * perDay }, (_, i) => known[first + i]! - centre(first + i));
  const scale = scales(residuals, perDay);
  const scaled = residuals.map((residual, i) => residual / scale[i % perDay]!).filter(value => !Number.isNaN(value));
  if (scaled.length < perDay) return undefined;
  const margin = state.alpha <= 0 ? 1.2 * Math.max(...scaled) : quantile(scaled, 1 - state.alpha);
  const cap = 1.02 * quantile(known.filter(value => !Number.isNaN(value)), 0.999);
  const traffic = new Float64Array(perDay);
  for (let hour = 0; hour < perDay; hour++) {
    const value = centre(here + hour);
    traffic[hour] = Math.min(Math.max(0, Number.isNaN(value) ? cap : value + margin * scale[hour]!), cap);
  }
  return { traffic, cap };
}

/** The state for the next day, after the traffic of this one is known. Missing samples count as nothing. */
export function learnFromDay(state: TunnelState, forecast: Float64Array, traffic: ArrayLike<number>, rules: TunnelRules): TunnelState {
  let hours = 0;
  let missed = 0;
  for (let hour = 0; hour < forecast.length; hour++) {
    const value = traffic[hour] ?? NaN;
    if (Number.isNaN(value)) continue;
    hours++;
    if (value > forecast[hour]!) missed++;
  }
  if (hours === 0) return state;
  const alpha = state.alpha + rules.learning * (rules.target - missed / hours);
  return { alpha: Math.min(0.5, Math.max(-0.05, alpha)) };
}

/** What migrations may take: their share of what the others leave, never more than the configured share of the link itself. */
export function headroom(capacity: number, forecast: ArrayLike<number>, share: number): Float64Array {
  return Float64Array.from({ length: forecast.length }, (_, slot) => Math.max(0, Math.min(share * (capacity - forecast[slot]!), share * capacity)));
}
