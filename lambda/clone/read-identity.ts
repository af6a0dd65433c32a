import { type Sent, sendCommands } from '../shared/commands';
import { errorName } from '../shared/error-name';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly documentName: string;
}
export interface Output {
  readonly clones: readonly Sent[];
  /** Empty when the source can not be asked. */
  readonly source: readonly Sent[];
}

/** Asks the clones who they are, and their source as well; the document changes nothing. */
export async function handler({ plan, instanceIds, documentName }: Input): Promise<Output> {
  const ask = (ids: readonly string[]) => sendCommands(ids, documentName, () => ({}));
  return { clones: await ask(instanceIds), source: plan.identity?.askSource ? await askSource(() => ask([plan.sourceInstanceId])) : [] };
}

/** Somebody may have stopped the source meanwhile: then the clones are compared with what they were before the reset. */
async function askSource(ask: () => Promise<Sent[]>): Promise<Sent[]> {
  try {
    return await ask();
  } catch (error) {
    if (errorName(error) !== 'InvalidInstanceId') throw error;
    return [];
  }
}
