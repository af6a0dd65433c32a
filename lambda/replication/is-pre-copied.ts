import type { Look } from '../shared/replication/command';
import { nextPreCopy, silentPreCopy } from '../shared/replication/pre-copy';
import type { Progress } from '../shared/replication/progress';
import type { PreCopyRequest } from '../shared/replication/replication';
import { watch, type Watching } from '../shared/replication/watch';

export type Input = Watching<PreCopyRequest>;
export interface Output extends Look {
  readonly progress: Progress;
  /** Whether the target may take over: it has everything, or it is time. */
  readonly ready: boolean;
}

/** Looks how much the target has while the source serves, and whether it is time to switch. */
export async function handler(input: Input): Promise<Output> {
  const { done, waitSeconds, progress, seen } = await watch(input, {
    told: nextPreCopy,
    silent: (...of) => ({ progress: silentPreCopy(...of), ready: false }),
  });
  return { done, waitSeconds, progress, ready: seen?.ready ?? false };
}
