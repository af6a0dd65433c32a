/** Waits longer the longer it takes already: a wait of six hours is looked at fewer than sixty times. */
export function pollDelay(since: string, now = Date.now()): number {
  return Math.round(Math.min(600, Math.max(10, (now - Date.parse(since)) / 5000)));
}

/** While a source is paused every second counts at first; a pause of hours is looked at more slowly, for an execution has 25,000 events. */
export function pauseDelay(pausedAt: string, now = Date.now()): number {
  return Math.round(Math.min(600, Math.max(5, (now - Date.parse(pausedAt)) / 60_000)));
}
