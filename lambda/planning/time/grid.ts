/** The slots in which a plan is made. Times are seconds since the epoch, UTC. */
export interface Grid {
  readonly start: number;
  /** Seconds per slot. */
  readonly step: number;
  readonly slots: number;
}

/** The time at which a slot begins. */
export const timeOf = ({ start, step }: Grid, slot: number): number => start + slot * step;

/** The first slot that begins at the time or after it. */
export const slotFrom = ({ start, step }: Grid, time: number): number => Math.ceil((time - start) / step);

/** The number of slots that have ended at the time. */
export const slotsUntil = ({ start, step }: Grid, time: number): number => Math.floor((time - start) / step);
