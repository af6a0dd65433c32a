/** Waits longer the longer it takes already: a wait of six hours is looked at fewer than sixty times. */
export function pollDelay(since: string, now = Date.now()): number {
  return Math.round(Math.min(600, Math.max(10, (now - Date.parse(since)) / 5000)));
}
