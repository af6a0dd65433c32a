import type { Step } from '../shared/step';
import { unmark } from '../shared/sync/marks';
import { PEER, PHASE, SESSION } from '../shared/tags';

export interface Input extends Step {
  readonly sourceInstanceId: string;
}
export type Output = Record<string, never>;

/** The source serves again as if nothing had been. */
export async function handler({ sourceInstanceId }: Input): Promise<Output> {
  await unmark([sourceInstanceId], [PHASE, SESSION, PEER]);
  return {};
}
