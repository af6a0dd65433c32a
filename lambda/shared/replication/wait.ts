/**
 * How long to wait before the next look at something that may take a week. A turn of the loop makes about 25 events of the 25,000 that an
 * execution may have: waits grow with what has been waited, up to two hours. Where there is reason to hurry (it is nearly done, or
 * something is wrong) they are shorter, so often and no more.
 */
export interface Waited {
  readonly waitSeconds: number;
  /** How many waits were cut short. */
  readonly hurried: number;
}

const SHORTEST = 10;
const LONGEST = 7200;
const MOST_HURRIED = 60;

export function nextWait(since: string, hurried: number, hurry: number | null, now: number): Waited {
  const usual = Math.round(Math.min(LONGEST, Math.max(SHORTEST, (now - Date.parse(since)) / 6000)));
  const shorter = hurry === null ? usual : Math.max(SHORTEST, Math.ceil(hurry));
  return shorter < usual && hurried < MOST_HURRIED ? { waitSeconds: shorter, hurried: hurried + 1 } : { waitSeconds: usual, hurried };
}
