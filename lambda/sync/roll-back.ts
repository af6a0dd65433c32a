import { findLitter } from '../shared/litter';
import { type LeftOver, type Removed, removeLitter } from '../shared/removal';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly sourceInstanceId: string;
  readonly polls: number;
  /** What the former pass said; false at first. */
  readonly quiet: boolean;
  /** What former passes removed; empty at first. */
  readonly removed: readonly Removed[];
}
export interface Output {
  readonly done: boolean;
  /** Nothing was found that could be removed now or later. */
  readonly quiet: boolean;
  readonly waitSeconds: number;
  readonly removed: readonly Removed[];
  readonly leftOver: readonly LeftOver[];
}

/** An instance may take minutes to shut down, bare metal longer: about fifteen minutes in all. */
const MOST_POLLS = 60;
const WAIT_SECONDS = 15;

/** Removes what the execution made before any switch: what carries a phase is spared. Called until two passes in a row find nothing more to do. */
export async function handler({ sourceInstanceId, polls, quiet: wasQuiet, removed: before, execution, owner }: Input): Promise<Output> {
  const { removed, leftOver, promising } = await removeLitter(await findLitter(owner, execution), sourceInstanceId);
  // what a call made whose answer was lost is seen late: one look is not enough
  const quiet = !promising;
  return {
    done: (quiet && wasQuiet) || polls >= MOST_POLLS,
    quiet,
    waitSeconds: WAIT_SECONDS,
    removed: [...before, ...removed.filter(({ id }) => !before.some(earlier => earlier.id === id))],
    leftOver,
  };
}
