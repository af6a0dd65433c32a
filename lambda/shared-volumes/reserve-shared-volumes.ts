import { type Sent, sendCommands } from '../shared/commands';
import { ShareFailed } from '../shared/errors';
import { otherWriters, reservationKey } from '../shared/nvme-reservations';
import type { Plan } from '../shared/plan/plan';
import { reservedBySource } from '../shared/plan/shares';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly plan: Plan; readonly documentName: string }
export interface Output { readonly commands: readonly Sent[] }

/** Has the source reserve what its clones are to read, before they have it. Whoever came to write to it since the plan was made is not locked out. */
export async function handler({ plan: { sourceInstanceId, shared }, documentName }: Input): Promise<Output> {
  const volumeIds = reservedBySource(shared);
  const writers = await otherWriters(volumeIds, sourceInstanceId);
  if (writers.length > 0) throw new ShareFailed(`${writers.join(', ')} could not write any more if ${sourceInstanceId} reserved the volume: nothing is reserved`);
  const command = { Volumes: volumeIds.join(','), Key: reservationKey(sourceInstanceId), Action: 'hold' };
  return { commands: await sendCommands([sourceInstanceId], documentName, () => command) };
}
