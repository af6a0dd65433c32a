/** What others send over one direction of a link, in bits per second: steady within each five minutes. */
export type Background = (time: number) => number;

/** Links are measured in steps of five minutes. */
export const binMs = 300_000;

export const quiet: Background = () => 0;

export interface SeriesOptions {
  /** When the first value began; milliseconds since 1970. */
  readonly start: number;
  readonly stepSeconds: number;
  /** Bits per second; a gap goes on as before. */
  readonly values: ArrayLike<number>;
}

/** A given series, repeated in whole weeks before and after what it covers, so that weekdays stay weekdays. */
export function seriesBackground({ start, stepSeconds, values }: SeriesOptions): Background {
  const step = stepSeconds * 1000;
  const week = 7 * 86_400_000;
  const length = Math.max(1, Math.floor(values.length * step / week)) * week;
  const slots = Math.min(values.length, Math.floor(length / step));
  return time => {
    let slot = Math.floor(((time - start) % length + length) % length / step) % slots;
    while (slot > 0 && Number.isNaN(values[slot]!)) slot--;
    return values[slot] || 0;
  };
}
