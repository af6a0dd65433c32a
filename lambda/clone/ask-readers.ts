import { type Sent, sendCommands } from '../shared/commands';
import { errorName } from '../shared/error-name';
import type { Step } from '../shared/step';
import { type Reader, SILENT_AFTER } from '../shared/warm-up/readers';

export interface Input extends Step {
  readonly readers: readonly Reader[];
  /** What they were told or asked before. */
  readonly commands: readonly Sent[];
  readonly documentName: string;
}
export interface Output { readonly commands: readonly Sent[] }

/** Asks the clones that read how far they are. */
export async function handler({ readers, commands, documentName }: Input): Promise<Output> {
  const going = readers.filter(({ ended }) => !ended);
  // who owes an answer is not asked again at once
  const instanceIds = going.filter(({ silent }) => silent % SILENT_AFTER === 0).map(({ instanceId }) => instanceId);
  const owing = going.filter(({ silent }) => silent % SILENT_AFTER !== 0).map(({ instanceId }) => instanceId);
  const kept = commands.map(sent => ({ ...sent, instanceIds: sent.instanceIds.filter(id => owing.includes(id)) })).filter(sent => sent.instanceIds.length > 0);
  const all = await ask(instanceIds, documentName);
  // one that Systems Manager has lost sight of hides none of the others
  return { commands: [...kept, ...all ?? (await Promise.all(instanceIds.map(id => ask([id], documentName)))).flatMap(sent => sent ?? [])] };
}

/** Undefined where Systems Manager does not see one of them. */
async function ask(instanceIds: readonly string[], documentName: string): Promise<Sent[] | undefined> {
  try {
    return await sendCommands(instanceIds, documentName, () => ({}));
  } catch (error) {
    if (errorName(error) !== 'InvalidInstanceId') throw error;
    return undefined;
  }
}
