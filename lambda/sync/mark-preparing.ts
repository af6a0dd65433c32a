import type { Hosts } from '../shared/hosts';
import type { Step } from '../shared/step';
import { partsOf, SWITCH_TAGS, unmark } from '../shared/sync/marks';
import { PHASE } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
}
export type Output = Record<string, never>;

/** The source serves again as if nothing had been: what was made may be removed now. */
export async function handler({ hosts: { source, target }, owner }: Input): Promise<Output> {
  await unmark([source.instanceId], SWITCH_TAGS);
  await unmark(await partsOf(target, owner), [PHASE]);
  await unmark([target.instanceId], SWITCH_TAGS);
  return {};
}
