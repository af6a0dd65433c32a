import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly hotFiles: string | null;
  readonly documentName: string;
}
export type Output = SentCommand;

/** Tells the target to take over. */
export async function handler({ session, instanceId, hotFiles, documentName }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Session: session, HotFiles: hotFiles ?? '' });
}
