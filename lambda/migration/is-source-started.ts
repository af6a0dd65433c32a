import { SourceNotStopped } from '../shared/errors';
import { describeInstances } from '../shared/instances';
import type { Step } from '../shared/step';
import { readManagement } from '../shared/sync/management';

export interface Input extends Step {
  readonly instanceId: string;
  /** Whether services have to be started on it, for which Systems Manager has to reach it. */
  readonly managed: boolean;
}
export interface Output {
  readonly started: boolean;
  readonly waitSeconds: number;
}

/** While nobody serves every second counts. */
const QUICKLY = 5;

/** Looks whether the source runs again, and can be told to start its services. */
export async function handler({ instanceId, managed }: Input): Promise<Output> {
  const [source] = await describeInstances([instanceId]);
  const state = source?.State?.Name;
  if (state !== 'pending' && state !== 'running') {
    throw new SourceNotStopped(`${instanceId} is ${state ?? 'gone'} after it was started: ${source?.StateReason?.Message ?? 'EC2 gives no reason'}. Start it by hand`);
  }
  return { started: state === 'running' && (!managed || (await readManagement(instanceId)).online), waitSeconds: QUICKLY };
}
