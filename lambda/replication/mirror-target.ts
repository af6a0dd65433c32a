import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly documentName: string;
}
export type Output = SentCommand;

/** Tells the target to follow the source, as soon as that one serves through the engine. */
export async function handler({ session, instanceId, documentName }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Session: session });
}
