import type { Measured, Metric } from '../state';

/** A metric that AWS publishes by itself: computed when it is asked for, not stored. */
export interface Published {
  readonly metric: Metric & { readonly unit: NonNullable<Metric['unit']> };
  /** Seconds between two points; they lie at whole multiples of it. */
  readonly resolution: number;
  /** How long after its end a point shows, in seconds. */
  readonly delay: number;
  /** When it had its first point, and its last one. */
  readonly from: number;
  readonly until: number;
  /** The point that begins at a time, or nothing; of a longer span than the resolution several in one. */
  point(time: number, spanMs: number): Measured | undefined;
}

/** A point with one value, or several with the same. */
export function single(time: number, value: number, count = 1): Measured {
  return { time, sum: value * count, count, minimum: value, maximum: value, values: Array<number>(count).fill(value) };
}

/** All that is published, and single metrics by their dimensions. */
export interface Source {
  list(): readonly Published[];
  find(metric: Metric): Published | undefined;
}

interface Stretch { readonly from: number; readonly until: number; /** Seconds. */ readonly period: number }

/** Points are computed for five minutes at once where nobody sees the difference. */
const coarse = 300;

/** The points of a metric in a stretch of time that show by now; nothing outside of it is computed. */
export function pointsOf({ resolution, delay, from, until, point }: Published, stretch: Stretch, now: number): Measured[] {
  const whole = stretch.period % coarse === 0 && stretch.from % (coarse * 1000) === 0;
  const step = Math.max(resolution, whole ? coarse : 0) * 1000;
  const end = Math.min(stretch.until, until, now - delay * 1000 - step + 1);
  const points: Measured[] = [];
  for (let time = Math.ceil(Math.max(stretch.from, from) / step) * step; time < end; time += step) {
    const measured = point(time, step);
    if (measured) points.push(measured);
  }
  return points;
}
