import { daysBefore } from '../time/zone';
import { meanOf, type Running } from './series';

const DAY = 86_400;

export interface ProfileRules {
  /** Days of history that count. */
  readonly days: number;
  /** Fewer valid days than these: no prediction. */
  readonly minimumDays: number;
  /** Weight of a day against the day after it; 1 is the plain mean. */
  readonly decay: number;
}

/** Recent days weigh more. */
export const EWMA: ProfileRules = { days: 14, minimumDays: 5, decay: 0.8 };
export const PLAIN_MEAN: ProfileRules = { days: 14, minimumDays: 5, decay: 1 };

/**
 * What to expect of windows that begin `0 … offsets − 1` slots after `now`: the average over past days of the mean of the
 * window at the same local time. Only windows that ended by `now` and miss no sample count; NaN where too few days do.
 */
export function profile(history: Running, now: number, offsets: number, length: number, offset: (time: number) => number, rules: ProfileRules): Float64Array {
  const { start, step } = history;
  const forecast = new Float64Array(offsets);
  const lastEnd = Math.floor((now - start) / step);
  for (let k = 0; k < offsets; k++) {
    const begin = now + k * step;
    const nearest = Math.max(1, Math.floor((begin + length * step - now) / DAY)); // for offsets beyond a day the last days have not happened yet
    let sum = 0;
    let weights = 0;
    let valid = 0;
    for (let j = nearest; j < nearest + rules.days; j++) {
      const from = Math.round((daysBefore(offset, begin, j) - start) / step);
      if (from + length > lastEnd) continue;
      const mean = meanOf(history, from, from + length);
      if (Number.isNaN(mean)) continue;
      const weight = rules.decay ** (j - nearest);
      sum += weight * mean;
      weights += weight;
      valid++;
    }
    forecast[k] = valid >= rules.minimumDays ? sum / weights : NaN;
  }
  return forecast;
}
