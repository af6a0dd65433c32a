/** A metric at a regular step. Times are seconds since the epoch, UTC; NaN marks a sample that is missing. */
export interface Series {
  readonly start: number;
  readonly step: number;
  readonly values: Float64Array;
}

/** A point as CloudWatch gives it: the mean (or sum) of the period that begins at `time`. */
export interface Point { readonly time: number; readonly value: number }

/** Points in any order on a regular grid. Points that came late fill their own place; of two for the same place the later in the list counts. */
export function regrid(points: Iterable<Point>, start: number, step: number, slots: number): Series {
  const values = new Float64Array(slots).fill(NaN);
  for (const { time, value } of points) {
    const slot = Math.floor((time - start) / step);
    if (slot >= 0 && slot < slots) values[slot] = value;
  }
  return { start, step, values };
}

/** The same series at a coarser step: means of what is present, missing where less than half of the samples are. */
export const coarsen = (series: Series, factor: number): Series =>
  joined(series, factor, samples => samples.reduce((sum, value) => sum + value, 0) / samples.length);

/** The same, with the largest of what is present. */
export const busiest = (series: Series, factor: number): Series =>
  joined(series, factor, samples => samples.reduce((most, value) => Math.max(most, value), -Infinity));

function joined({ start, step, values }: Series, factor: number, of: (samples: Float64Array) => number): Series {
  const coarse = new Float64Array(Math.floor(values.length / factor));
  for (let slot = 0; slot < coarse.length; slot++) {
    const present = values.subarray(slot * factor, (slot + 1) * factor).filter(value => !Number.isNaN(value));
    coarse[slot] = 2 * present.length >= factor ? of(present) : NaN;
  }
  return { start, step: step * factor, values: coarse };
}

/** Sums from the beginning, so that the mean of any stretch costs the same. */
export interface Running {
  readonly start: number;
  readonly step: number;
  /** `sum[i]` is the sum of the first i samples, missing ones left out. */
  readonly sum: Float64Array;
  /** `missing[i]` counts the missing ones among the first i. */
  readonly missing: Int32Array;
}

export function running({ start, step, values }: Series): Running {
  const sum = new Float64Array(values.length + 1);
  const missing = new Int32Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const isMissing = Number.isNaN(value);
    sum[i + 1] = sum[i]! + (isMissing ? 0 : value);
    missing[i + 1] = missing[i]! + (isMissing ? 1 : 0);
  }
  return { start, step, sum, missing };
}

/** Mean of the samples `from` … `to` − 1; NaN if one of them is missing or lies outside. */
export function meanOf({ sum, missing }: Running, from: number, to: number): number {
  if (from < 0 || to >= sum.length || to <= from || missing[to]! > missing[from]!) return NaN;
  return (sum[to]! - sum[from]!) / (to - from);
}
