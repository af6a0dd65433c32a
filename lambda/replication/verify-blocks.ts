import { yesOrNo } from '../shared/replication/prepare';
import { type PatientCommand, sendPatiently } from '../shared/replication/trouble';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  /** Whether to begin anew. */
  readonly restart: boolean;
  readonly documentName: string;
}
export type Output = PatientCommand;

/** Tells the target to compare every block with the source's, or asks how far that is. */
export async function handler({ session, instanceId, restart, documentName }: Input): Promise<Output> {
  return sendPatiently(instanceId, documentName, { Session: session, Restart: yesOrNo(restart) });
}
