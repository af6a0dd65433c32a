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
/** Whoever changes the rate limit of a synchronisation waits so long at the most; after a day and a half events get scarce. */
const LONGEST_AT_FIRST = 300;
const AT_FIRST_MS = 36 * 3600_000;
const MOST_HURRIED = 60;

export function nextWait(since: string, hurried: number, hurry: number | null, now: number, longest = LONGEST): Waited {
  const usual = Math.round(Math.min(longest, Math.max(SHORTEST, (now - Date.parse(since)) / 6000)));
  const shorter = hurry === null ? usual : Math.max(SHORTEST, Math.ceil(hurry));
  return shorter < usual && hurried < MOST_HURRIED ? { waitSeconds: shorter, hurried: hurried + 1 } : { waitSeconds: usual, hurried };
}

/** The same for a synchronisation, whose rate limit may be changed at any time; of several such loops each is looked at less often. */
export function nextSyncWait(since: string, hurried: number, hurry: number | null, now: number, loops = 1): Waited {
  return nextWait(since, hurried, hurry, now, now - Date.parse(since) < AT_FIRST_MS ? LONGEST_AT_FIRST * loops : LONGEST);
}
