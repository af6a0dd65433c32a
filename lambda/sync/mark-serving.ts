import type { Hosts } from '../shared/hosts';
import type { Step } from '../shared/step';
import { mark, type Phase } from '../shared/sync/marks';
import { PHASE } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
}
export type Output = Record<string, never>;

/** Says that the target serves: an execution that is ended from now on leaves a workload that goes on. */
export async function handler({ hosts: { source, target } }: Input): Promise<Output> {
  const phase: Phase = 'serving';
  await mark([source.instanceId, target.instanceId], { [PHASE]: phase });
  return {};
}
