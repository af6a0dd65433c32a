/** What can replicate, the best first. */
export const ENGINES = ['drbd', 'md'] as const;
export type Engine = typeof ENGINES[number];
