import type { Hosts } from '../shared/hosts';
import type { Step } from '../shared/step';
import { findInstances } from '../shared/instances';
import { partsOf, SWITCH_TAGS, takenBy, unmark } from '../shared/sync/marks';
import { PHASE } from '../shared/tags';

export interface Input extends Step {
  readonly hosts: Hosts;
  /** Executions that began with an earlier version did not tell it. */
  readonly session?: string;
}
export type Output = Record<string, never>;

/** The source serves again as if nothing had been: what was made may be removed now. What another session took meanwhile is its own. */
export async function handler({ hosts: { source, target }, session, owner }: Input): Promise<Output> {
  const found = session === undefined ? [] : await findInstances([source.instanceId, target.instanceId]);
  const others = found.filter(instance => takenBy(instance, session) !== undefined).map(({ InstanceId }) => InstanceId);
  if (!others.includes(source.instanceId)) await unmark([source.instanceId], SWITCH_TAGS);
  if (others.includes(target.instanceId)) return {};
  await unmark(await partsOf(target, owner), [PHASE]);
  await unmark([target.instanceId], SWITCH_TAGS);
  return {};
}
