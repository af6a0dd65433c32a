import { MoveUnfinished } from '../shared/errors';
import { describeInstances } from '../shared/instances';
import type { Step } from '../shared/step';
import { mark, type Phase, unmark } from '../shared/sync/marks';
import { PHASE, SESSION, tagMap, VERIFIED } from '../shared/tags';

export interface Input extends Step {
  readonly sourceInstanceId: string;
  readonly session: string;
}
export type Output = Record<string, never>;

/** Says on the source that its pause begins: whoever finds it so, and nobody at work, has to start its services again. */
export async function handler({ sourceInstanceId, session }: Input): Promise<Output> {
  const [source] = await describeInstances([sourceInstanceId]);
  const tags = tagMap(source?.Tags);
  if (tags[PHASE] !== undefined && tags[SESSION] !== session) {
    throw new MoveUnfinished(`${sourceInstanceId} was taken for session ${tags[SESSION] ?? 'unknown'} meanwhile: nothing was switched`);
  }
  // what an earlier move verified says nothing about this one
  await unmark([sourceInstanceId], [VERIFIED]);
  const phase: Phase = 'switching';
  await mark([sourceInstanceId], { [PHASE]: phase, [SESSION]: session });
  return {};
}
