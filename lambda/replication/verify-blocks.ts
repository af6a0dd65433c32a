import { type Asked, ratesOf } from '../shared/replication/ask';
import { yesOrNo } from '../shared/replication/prepare';
import { type PatientCommand, sendPatiently } from '../shared/replication/trouble';

export interface Input extends Asked {
  /** Whether to begin anew. */
  readonly restart: boolean;
}
export type Output = PatientCommand;

/** Tells the target to compare every block with the source's, or asks how far that is, and tells it how fast it may go. */
export async function handler({ session, instanceId, restart, pace, documentName }: Input): Promise<Output> {
  return sendPatiently(instanceId, documentName, { Session: session, Restart: yesOrNo(restart), ...ratesOf(pace) });
}
