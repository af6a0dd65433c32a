/** What can replicate, the best first. */
export const ENGINES = ['drbd', 'md'] as const;
export type Engine = typeof ENGINES[number];

/** Whether it can write ahead to a side that does not serve. */
export const copiesAhead = (engine: Engine): boolean => engine === 'drbd';
