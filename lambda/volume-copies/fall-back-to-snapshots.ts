import { findLitter } from '../shared/litter';
import type { Plan } from '../shared/plan/plan';
import { withoutCopies } from '../shared/plan/strategies';
import { removeLitter } from '../shared/removal';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  /** Why there are no copies. */
  readonly failure: { readonly Error: string; readonly Cause?: string };
  readonly polls: number;
  /** What the former pass said. */
  readonly quiet: boolean;
}
export interface Output {
  readonly done: boolean;
  readonly quiet: boolean;
  readonly waitSeconds: number;
  readonly plan: Plan;
}

/** An instance may take minutes to shut down; what is still there then is removed, or told, in the end. */
const MOST_POLLS = 60;
const WAIT_SECONDS = 15;
/** A cause may be a stack trace. */
const LONGEST_MESSAGE = 500;

/** Removes the copies and the placeholder, and plans without them; called until two passes in a row find nothing more to do. */
export async function handler({ plan, failure, polls, quiet: wasQuiet, execution, owner }: Input): Promise<Output> {
  const { promising } = await removeLitter(await findLitter(owner, execution), plan.sourceInstanceId);
  const quiet = !promising;
  return {
    done: (quiet && wasQuiet) || polls >= MOST_POLLS,
    quiet,
    waitSeconds: WAIT_SECONDS,
    plan: plan.copying ? withoutCopies(plan, failure.Error, messageOf(failure.Cause)) : plan,
  };
}

/** Lambda's causes are JSON with a stack trace. */
function messageOf(cause = ''): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return String(errorMessage ?? cause).slice(0, LONGEST_MESSAGE);
  } catch {
    return cause.slice(0, LONGEST_MESSAGE);
  }
}
