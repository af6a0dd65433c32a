import { freezeOwner } from '../shared/command';
import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
  readonly documentName: string;
  readonly round: number;
}
export type Output = SentCommand;

/** Tells the source to thaw what was frozen; its own timer would do it, too. */
export async function handler({ instanceId, documentName, round, execution }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Owner: freezeOwner(execution, round) });
}
