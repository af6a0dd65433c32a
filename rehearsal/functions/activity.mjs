// Counts whatever shows that a handler is at work: timers set and fired, requests sent and answered.

export const activity = {
  count: 0,
  /** Told of each. */
  onStir: () => undefined,
};

export function stir() {
  activity.count++;
  activity.onStir();
}
