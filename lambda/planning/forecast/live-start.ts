/** What the live check weighs. */
export interface LiveRules {
  /** Weight of what was just observed against the profile. */
  readonly blend: number;
  /** A start is still taken if it is this much (relative) worse than the best that the profile promises. */
  readonly tolerance: number;
}

export const LIVE_RULES: LiveRules = { blend: 0.7, tolerance: 1e-12 };

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

/** Whether one instance starts now: what is to be expected of now is no worse than the best that is still promised. */
export function startsNow(profile: Float64Array, best: Float64Array, k: number, observed: number, rules: LiveRules): boolean {
  const promised = best[k]!;
  return promised === Infinity || nowcast(profile[k]!, observed, rules) <= promised * (1 + rules.tolerance) + 1e-12;
}
