import { type Asked, askForStatus } from '../shared/replication/ask';
import type { PatientCommand } from '../shared/replication/trouble';

export interface Input extends Asked {
  readonly sourceInstanceId: string;
}
export interface Output extends PatientCommand {
  /** The source is asked, too: it serves. */
  readonly source: PatientCommand;
}

/** Asks the target how much it has, tells it how fast it may take the rest, and asks the source how its application fares. */
export async function handler({ sourceInstanceId, ...asked }: Input): Promise<Output> {
  const target = await askForStatus(asked);
  return { ...target, source: await askForStatus({ ...asked, instanceId: sourceInstanceId, pace: null }) };
}
