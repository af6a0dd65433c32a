import { findLitter } from '../shared/litter';
import { removeLitter } from '../shared/removal';
import { unmark } from '../shared/sync/marks';
import { PEER, PHASE, SESSION } from '../shared/tags';
import type { Step } from '../shared/step';
import { markedTarget } from '../shared/migration/marked-target';

export interface Input extends Step {
  readonly sourceInstanceId: string;
}
export interface Output { readonly terminated: readonly string[] }

/** Ends the target before the source serves again, so that there are never two. Its parts are removed by the roll back. */
export async function handler({ sourceInstanceId, execution, owner }: Input): Promise<Output> {
  // an execution that was ended while it marked: no client was led there yet
  await unmark(await markedTarget(owner, execution), [PHASE, SESSION, PEER]);
  const instances = (await findLitter(owner, execution)).filter(({ type }) => type === 'instance');
  const { removed } = await removeLitter(instances, sourceInstanceId, { again: true });
  return { terminated: removed.map(({ id }) => id) };
}
