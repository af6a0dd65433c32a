/** What the live check weighs. */
export interface LiveRules {
  /** Weight of what was just observed against the profile. */
  readonly blend: number;
  /** Weight of the last three hours within what was observed; the rest is the last hour. */
  readonly memory: number;
  /**
   * How much is expected of a lucky moment: share of the way from the best of the profile to the lowest that past days
   * reached, fading to 0 at the last offset.
   */
  readonly patience: number;
}

/** Tuned on one half of the Bitbrains machines: what is written comes in bursts, CPU drifts. */
export const LIVE_WRITES: LiveRules = { blend: 0.7, memory: 0, patience: 0 };
export const LIVE_CPU: LiveRules = { blend: 0.85, memory: 0.4, patience: 0.4 };

/** The best that the profile still promises after each offset; Infinity after the last. */
export function bestAfter(profile: Float64Array): Float64Array {
  const best = new Float64Array(profile.length).fill(Infinity);
  for (let k = profile.length - 2; k >= 0; k--) best[k] = Math.min(best[k + 1]!, profile[k + 1]!);
  return best;
}

/** What a window that begins now will cost: mostly what is seen now, for the rest what the profile says. */
export function nowcast(profile: number, observed: number, { blend }: LiveRules): number {
  return Number.isNaN(observed) ? profile : blend * observed + (1 - blend) * profile;
}

/**
 * Whether one instance starts at offset k: what is to be expected of now is no worse than the best that is still promised.
 * `lowest` is what past days reached at their best moment; NaN if it is not known. The last offset always starts.
 */
export function startsNow(profile: Float64Array, best: Float64Array, k: number, observed: number, lowest: number, rules: LiveRules): boolean {
  const promised = best[k]!;
  if (promised === Infinity) return true;
  const hope = Number.isNaN(lowest) ? 0 : rules.patience * (1 - k / profile.length) * Math.max(0, promised - lowest);
  return nowcast(profile[k]!, observed, rules) <= promised - hope + 1e-12;
}
