import type { Look } from '../shared/replication/command';
import { nextProgress, type Progress, silentProgress } from '../shared/replication/progress';
import type { CopyRequest } from '../shared/replication/replication';
import { watch, type Watching } from '../shared/replication/watch';

export type Input = Watching<CopyRequest>;
export interface Output extends Look { readonly progress: Progress }

/** Looks how far the blocks are, and chooses the pace at which they go on. */
export async function handler(input: Input): Promise<Output> {
  const { done, waitSeconds, progress } = await watch(input, {
    told: (...of) => ({ progress: nextProgress(...of) }),
    silent: (former, reason, _request, target, now) => ({ progress: silentProgress(former, reason, target, now) }),
  });
  return { done, waitSeconds, progress };
}
