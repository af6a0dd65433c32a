/** What an instance writes over the slots of a plan, as a curve: bytes written from the beginning to any moment. */
export interface Written {
  /** Seconds per slot. */
  readonly step: number;
  /** `total[i]` bytes were written by the beginning of slot i. */
  readonly total: Float64Array;
}

/** The curve of a forecast (or record) in bytes per second and slot. */
export function written(rates: ArrayLike<number>, step: number): Written {
  const total = new Float64Array(rates.length + 1);
  for (let slot = 0; slot < rates.length; slot++) total[slot + 1] = total[slot]! + rates[slot]! * step;
  return { step, total };
}

/** Bytes written by a moment, in seconds from the first slot. After the last slot it goes on at the mean of all. */
export function writtenBy({ step, total }: Written, seconds: number): number {
  const slots = total.length - 1;
  const place = seconds / step;
  if (place >= slots) return total[slots]! * (slots > 0 ? place / slots : 0);
  const slot = Math.floor(place);
  const low = total[slot]!;
  return low + (place - slot) * (total[slot + 1]! - low);
}
