/** Means of the newest observations that have come: of an hour, and of three; NaN where samples are missing. */
export interface Recent { readonly hour: number; readonly threeHours: number }

/** What an instance does just now; NaN if nothing has come. `memory` is the weight of the three hours. */
export function observedLevel({ hour, threeHours }: Recent, memory: number): number {
  if (Number.isNaN(threeHours)) return hour;
  return Number.isNaN(hour) ? threeHours : (1 - memory) * hour + memory * threeHours;
}

/** How far what was just observed carries into the forecast. */
export interface LevelRules {
  readonly blend: number;
  /** Slots after which half of the correction is gone. */
  readonly halfLife: number;
  /** Weight of the last three hours within what was observed; the rest is the last hour. */
  readonly memory: number;
}

/** What is written comes in bursts, CPU drifts. */
export const LEVEL_WRITES: LevelRules = { blend: 0.7, halfLife: 16, memory: 0 };
export const LEVEL_CPU: LevelRules = { blend: 0.7, halfLife: 16, memory: 0.4 };

/**
 * The profile from slot `now` on, moved towards the level that was just observed: most for the next slots, ever less for
 * later ones. Writes into `corrected`, which begins at `now`; nothing below zero.
 */
export function correctLevel(profile: Float64Array, now: number, recent: Recent, { blend, halfLife, memory }: LevelRules, corrected: Float64Array): void {
  const observed = observedLevel(recent, memory);
  const difference = Number.isNaN(observed) ? 0 : blend * (observed - profile[now]!);
  const fade = 0.5 ** (1 / halfLife);
  let carried = difference;
  for (let m = 0; m < corrected.length; m++) {
    corrected[m] = Math.max(0, profile[Math.min(now + m, profile.length - 1)]! + carried);
    carried *= fade;
  }
}
