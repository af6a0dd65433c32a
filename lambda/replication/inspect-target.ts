import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
  readonly services: readonly string[];
  readonly documentName: string;
}
export type Output = SentCommand;

/** Asks the target what it has that replication needs; nothing is changed. */
export async function handler({ instanceId, services, documentName }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Mounts: '', Services: services.join(',') });
}
