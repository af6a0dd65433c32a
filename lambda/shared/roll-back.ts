import { removeAbandonedSchedules, together } from './lifetime/abandoned';
import { findLitter } from './litter';
import { type LeftOver, type Removed, removeLitter } from './removal';
import { removeSourceSnapshots } from './source-snapshots';
import type { Step } from './step';

export interface Input extends Step {
  /** From the execution's input, which may be wrong in every way: what equals it is spared. */
  readonly sourceInstanceId: unknown;
  /** The group with the schedules of clones; none: this machine makes none. */
  readonly scheduleGroup?: string | null;
  readonly polls: number;
  /** What the former pass said; false at first. */
  readonly quiet: boolean;
  /** What former passes removed; empty at first. */
  readonly removed: readonly Removed[];
  readonly removedInAll: number;
}
export interface Output {
  readonly done: boolean;
  /** Nothing was found that could be removed now or later. */
  readonly quiet: boolean;
  readonly waitSeconds: number;
  /** As many as a state's data can hold with the rest. */
  readonly removed: readonly Removed[];
  readonly removedInAll: number;
  readonly leftOver: readonly LeftOver[];
  readonly leftOverInAll: number;
}

/** An instance may take minutes to shut down, bare metal longer: about fifteen minutes in all. */
const MOST_POLLS = 60;
const WAIT_SECONDS = 15;
/** A fleet of a thousand clones leaves many thousand resources. */
const MOST_TOLD = 300;

/** Removes what the execution made and what carries no phase, in the order that EC2 needs; called until two passes in a row find nothing more to do. */
export async function handler(
  { sourceInstanceId, scheduleGroup = null, polls, quiet: wasQuiet, removed: before, removedInAll, execution, owner }: Input,
): Promise<Output> {
  const source = typeof sourceInstanceId === 'string' ? sourceInstanceId : undefined;
  const { removed, leftOver, promising } = together(
    await removeLitter(await findLitter(owner, execution), source, { again: true }), await removeAbandonedSchedules(scheduleGroup, { execution, owner }),
    await removeSourceSnapshots({ execution, owner }));
  // what a call made whose answer was lost is seen late: one look is not enough
  const quiet = !promising;
  const earlier = new Set(before.map(({ id }) => id));
  const news = removed.filter(({ id }) => !earlier.has(id));
  return {
    done: (quiet && wasQuiet) || polls >= MOST_POLLS,
    quiet,
    waitSeconds: WAIT_SECONDS,
    removed: [...before, ...news].slice(0, MOST_TOLD),
    removedInAll: removedInAll + news.length,
    leftOver: leftOver.slice(0, MOST_TOLD),
    leftOverInAll: leftOver.length,
  };
}
