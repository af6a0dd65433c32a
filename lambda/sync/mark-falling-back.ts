import type { Hosts } from '../shared/hosts';
import type { Step } from '../shared/step';
import { mark, type Phase } from '../shared/sync/marks';
import { PHASE } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
}
export type Output = Record<string, never>;

/** Says that the target may have handed over from now on: who finds this has to ask before anybody is led there. */
export async function handler({ hosts: { source } }: Input): Promise<Output> {
  const phase: Phase = 'falling-back';
  await mark([source.instanceId], { [PHASE]: phase });
  return {};
}
