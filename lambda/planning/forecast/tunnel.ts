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

export const TUNNEL_RULES: TunnelRules = { target: 0.05, learning: 0.2, residualDays: 7 };

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
 * Traffic of others over the day that begins at `now`, from the day and the week before: needs two weeks. The margin is a
 * quantile of how wrong the same forecast was lately, and the quantile itself learns from its misses (conformal, adaptive),
 * because a fixed one is exceeded far more often than it says.
 */
export function forecastTunnel(history: Series, now: number, state: TunnelState, rules: TunnelRules): TunnelForecast | undefined {
  const { start, step, values } = history;
  const perDay = Math.round(DAY / step);
  const here = Math.round((now - start) / step);
  if (here < 14 * perDay || here > values.length) return undefined;
  const known = values.subarray(0, here);
  const centre = (slot: number, day: number): number => {
    const yesterday = known[slot - perDay * day]!;
    const lastWeek = known[slot - perDay * 7]!;
    // a link that was cut off leaves gaps: the other of the two then speaks alone
    return Number.isNaN(yesterday) ? lastWeek : Number.isNaN(lastWeek) ? yesterday : 0.5 * (yesterday + lastWeek);
  };
  const residuals: number[] = [];
  for (let slot = here - rules.residualDays * perDay; slot < here; slot++) {
    const residual = known[slot]! - centre(slot, 1);
    if (!Number.isNaN(residual)) residuals.push(residual);
  }
  if (residuals.length < perDay) return undefined;
  const margin = state.alpha <= 0 ? 1.2 * Math.max(...residuals) : quantile(residuals, 1 - state.alpha);
  const cap = 1.02 * quantile(known.filter(value => !Number.isNaN(value)), 0.999);
  const traffic = new Float64Array(perDay);
  for (let hour = 0; hour < perDay; hour++) {
    const value = centre(here + hour, 1);
    traffic[hour] = Math.min(Math.max(0, Number.isNaN(value) ? cap : value + margin), cap);
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
