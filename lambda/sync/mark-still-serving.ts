import type { Hosts } from '../shared/hosts';
import type { Step } from '../shared/step';
import { mark, type Phase } from '../shared/sync/marks';
import { PHASE } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
  /** Every block had been compared before the fall back was begun. */
  readonly verified: boolean;
}
export type Output = Record<string, never>;

/** Takes back that a fall back was begun: the target did not hand over. */
export async function handler({ hosts: { source }, verified }: Input): Promise<Output> {
  const phase: Phase = verified ? 'verified' : 'serving';
  await mark([source.instanceId], { [PHASE]: phase });
  return {};
}
