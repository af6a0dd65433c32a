import { MoveUnfinished } from '../shared/errors';
import type { Hosts } from '../shared/hosts';
import { describeInstances } from '../shared/instances';
import type { Replication } from '../shared/replication/replication';
import type { Step } from '../shared/step';
import { mark, partsOf, type Phase, takenBy, unmark } from '../shared/sync/marks';
import { ENGINE, PEER, PHASE, SESSION, VERIFIED } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
  readonly session: string;
  readonly replication: Pick<Replication, 'engine'>;
}
export type Output = Record<string, never>;

/** Says on both instances that the switch begins: from now on nothing removes either. */
export async function handler({ hosts: { source, target }, session, replication: { engine }, owner }: Input): Promise<Output> {
  for (const instance of await describeInstances([source.instanceId, target.instanceId])) {
    const other = takenBy(instance, session);
    if (other !== undefined) throw new MoveUnfinished(`${instance.InstanceId} was taken for session ${other} meanwhile: nothing was switched`);
  }
  // what an earlier move verified says nothing about this one
  await unmark([source.instanceId], [VERIFIED]);
  const phase: Phase = 'switching';
  await mark(await partsOf(target, owner), { [PHASE]: phase });
  await mark([target.instanceId], { [PHASE]: phase, [SESSION]: session, [PEER]: source.instanceId });
  await mark([source.instanceId], { [PHASE]: phase, [SESSION]: session, [PEER]: target.instanceId, [ENGINE]: engine });
  return {};
}
