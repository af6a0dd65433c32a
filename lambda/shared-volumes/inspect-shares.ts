import { type Sent, sendCommands } from '../shared/commands';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly plan: Plan; readonly documentName: string }
export interface Output { readonly commands: readonly Sent[] }

/** Asks the source what it has on the volume that its clones are to write to; the document changes nothing. */
export async function handler({ plan: { sourceInstanceId, shared }, documentName }: Input): Promise<Output> {
  const Volumes = shared.filter(({ cluster }) => cluster !== null).map(({ volumeId }) => volumeId).join(',');
  return { commands: await sendCommands([sourceInstanceId], documentName, () => ({ Volumes })) };
}
