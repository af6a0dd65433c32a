import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly documentName: string;
}
export type Output = SentCommand;

/** Tells the source to stop the services, and to offer its blocks. From here to 'Is target serving' the workload is paused. */
export async function handler({ session, instanceId, documentName }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Session: session });
}
