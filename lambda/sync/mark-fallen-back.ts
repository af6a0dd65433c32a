import type { Hosts } from '../shared/hosts';
import type { Step } from '../shared/step';
import { partsOf, SWITCH_TAGS, unmark } from '../shared/sync/marks';
import { PHASE } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
  readonly targetLost: boolean;
}
export type Output = Record<string, never>;

/**
 * The move is over and the source is an instance like any other again. A target that was launched for it is litter from now on; one that
 * is said to be lost keeps its tags, if it is still there, so that nothing removes it before somebody has looked.
 */
export async function handler({ hosts: { source, target }, targetLost, owner }: Input): Promise<Output> {
  await unmark([source.instanceId], SWITCH_TAGS);
  if (targetLost) return {};
  await unmark(await partsOf(target, owner), [PHASE]);
  await unmark([target.instanceId], SWITCH_TAGS);
  return {};
}
