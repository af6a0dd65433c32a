import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly documentName: string;
}
export type Output = SentCommand;

/** Tells the target to stop serving, and to go on as the mirror of the source. */
export async function handler({ session, instanceId, documentName }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Session: session, PeerLost: 'no' });
}
