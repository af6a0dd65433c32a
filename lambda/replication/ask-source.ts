import { sendPatiently, type PatientCommand } from '../shared/replication/trouble';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
  readonly documentName: string;
}
export type Output = PatientCommand;

/** Asks the source what it has, before a target that serves is told to hand over to it; nothing is changed. */
export async function handler({ instanceId, documentName }: Input): Promise<Output> {
  return sendPatiently(instanceId, documentName, { Mounts: '', Services: '' });
}
