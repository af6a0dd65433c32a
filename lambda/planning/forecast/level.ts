/** How far what was just observed carries into the forecast. */
export interface LevelRules {
  readonly blend: number;
  /** Slots after which half of the correction is gone. */
  readonly halfLife: number;
}

export const LEVEL_RULES: LevelRules = { blend: 0.7, halfLife: 16 };

/**
 * The profile from slot `now` on, moved towards the level that was just observed: most for the next slots, ever less for
 * later ones. Writes into `corrected`, which begins at `now`; nothing below zero.
 */
export function correctLevel(profile: Float64Array, now: number, observed: number, { blend, halfLife }: LevelRules, corrected: Float64Array): void {
  const difference = Number.isNaN(observed) ? 0 : blend * (observed - profile[now]!);
  const fade = 0.5 ** (1 / halfLife);
  let carried = difference;
  for (let m = 0; m < corrected.length; m++) {
    corrected[m] = Math.max(0, profile[Math.min(now + m, profile.length - 1)]! + carried);
    carried *= fade;
  }
}
