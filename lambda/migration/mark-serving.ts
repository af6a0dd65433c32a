import type { Hosts } from '../shared/hosts';
import { refuseLate } from '../shared/migration/late';
import type { MigrationPlan } from '../shared/migration/plan';
import type { Step } from '../shared/step';
import { mark, partsOf, type Phase } from '../shared/sync/marks';
import { PEER, PHASE, SESSION } from '../shared/tags';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  readonly hosts: Hosts;
  readonly session: string;
  /** ISO 8601: when the source stopped serving. */
  readonly pausedAt: string;
}
export type Output = Record<string, never>;

/**
 * Says that the target serves, before clients are led there: from now on nothing removes it. The source is told last: as long as it says
 * that it is switching, whoever finds the execution ended makes it serve again.
 */
export async function handler({ plan, hosts: { source, target }, session, pausedAt, owner }: Input): Promise<Output> {
  refuseLate(plan, pausedAt);
  const phase: Phase = 'serving';
  await mark(await partsOf(target, owner), { [PHASE]: phase });
  await mark([target.instanceId], { [PHASE]: phase, [SESSION]: session, [PEER]: source.instanceId });
  await mark([source.instanceId], { [PHASE]: phase, [SESSION]: session, [PEER]: target.instanceId });
  return {};
}
