import type { Pace } from '../shared/replication/pace';
import { type PatientCommand, sendPatiently } from '../shared/replication/trouble';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly pace: Pace | null;
  readonly documentName: string;
}
export type Output = PatientCommand;

/** Asks the target how far it is, and tells it how fast it may go. */
export async function handler({ session, instanceId, pace, documentName }: Input): Promise<Output> {
  return sendPatiently(instanceId, documentName, {
    Session: session, MinRate: pace === null ? '' : `${pace.minRate}`, MaxRate: pace === null ? '' : `${pace.maxRate}`,
  });
}
