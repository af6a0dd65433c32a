import type { Hosts } from '../shared/hosts';
import type { Step } from '../shared/step';
import { mark, type Phase } from '../shared/sync/marks';
import { PHASE, VERIFIED } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
}
export type Output = Record<string, never>;

/** Says that the target was verified by this execution, and clients were led there: the source may be released once it was held. */
export async function handler({ hosts: { source }, execution }: Input): Promise<Output> {
  const phase: Phase = 'verified';
  await mark([source.instanceId], { [PHASE]: phase, [VERIFIED]: execution });
  return {};
}
