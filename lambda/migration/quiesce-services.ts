import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';
import { sessionOf } from '../shared/sync/check';

export interface Input extends Step {
  readonly instanceId: string;
  readonly documentName: string;
  /** In the order in which they are stopped. */
  readonly services: readonly string[];
}
export type Output = SentCommand;

/** Tells the source to stop its services. From here to the cut-over the workload is paused. */
export async function handler({ instanceId, documentName, services, execution }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Services: services.join(','), Owner: sessionOf(execution) });
}
