import type { Hosts } from '../shared/hosts';
import type { Step } from '../shared/step';
import { mark, partsOf, type Phase } from '../shared/sync/marks';
import { PHASE, VERIFIED } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
}
export type Output = Record<string, never>;

/** Says that the target has every block, compared by this execution: the source may be released. */
export async function handler({ hosts: { source, target }, execution, owner }: Input): Promise<Output> {
  const phase: Phase = 'verified';
  await mark([target.instanceId, ...await partsOf(target, owner)], { [PHASE]: phase });
  await mark([source.instanceId], { [PHASE]: phase, [VERIFIED]: execution });
  return {};
}
