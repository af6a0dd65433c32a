import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
  /** Empty: all that lie on instance store. */
  readonly mountPoints: readonly string[];
  readonly services: readonly string[];
  readonly documentName: string;
}
export type Output = SentCommand;

/** Asks the source what it has that replication needs; nothing is changed. Without mount points it tells of all that lie on instance store. */
export async function handler({ instanceId, mountPoints, services, documentName }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, { Mounts: mountPoints.join(','), Services: services.join(',') });
}
