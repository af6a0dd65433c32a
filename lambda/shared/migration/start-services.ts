import { sendStep, type SentCommand } from '../replication/command';
import type { Step } from '../step';
import { sessionOf } from '../sync/check';

export interface Input extends Step {
  readonly instanceId: string;
  readonly documentName: string;
  /** In the order in which they were stopped: the document starts them the other way round. */
  readonly services: readonly string[];
}
export type Output = SentCommand;

/** Tells an instance to start services: the target, which takes over, or the source, which serves again; there what did not run before stays off. */
export async function handler({ instanceId, documentName, services, execution }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Services: services.join(','), Owner: sessionOf(execution) });
}
