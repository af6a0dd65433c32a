import type { Hosts } from '../shared/hosts';
import type { Step } from '../shared/step';
import { mark, type Phase } from '../shared/sync/marks';
import { PHASE } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
}
export type Output = Record<string, never>;

/** Says that the source serves again: what falls back once more goes on from here. A target that is lost is not told. */
export async function handler({ hosts: { source } }: Input): Promise<Output> {
  const phase: Phase = 'fallen-back';
  await mark([source.instanceId], { [PHASE]: phase });
  return {};
}
