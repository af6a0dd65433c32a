import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly documentName: string;
}
export type Output = SentCommand;

/** Tells the source to serve through the engine: its services pause for as long as they take to stop and start. */
export async function handler({ session, instanceId, documentName }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Session: session });
}
