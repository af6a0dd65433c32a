import { askForStatus } from '../shared/replication/ask';
import type { PatientCommand } from '../shared/replication/trouble';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly documentName: string;
}
export type Output = PatientCommand;

/** Asks the target how far it is, before clients are led to it once more; nothing is changed. */
export async function handler(input: Input): Promise<Output> {
  return askForStatus({ ...input, pace: null });
}
