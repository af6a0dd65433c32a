import type { CommandResult } from './command';
import { readCommands, type Sent, sendCommands } from './commands';
import { ShareFailed } from './errors';
import type { Plan } from './plan/plan';

/** Tells every clone what is done with volumes that it shares; with none nothing is told. */
export function tellAll(instanceIds: readonly string[], shared: Plan['shared'], documentName: string): Promise<Sent[]> {
  const Volumes = shared.map(({ volumeId }) => volumeId).join(',');
  return Volumes === '' ? Promise.resolve([]) : sendCommands(instanceIds, documentName, () => ({ Volumes }));
}

/** What all of them said; undefined while one is at work. One that can not is a failure: nothing is shared halfway. */
export async function readAll(
  commands: readonly Sent[], couldNot = 'could not be kept from writing',
): Promise<{ readonly instanceId: string; readonly result: CommandResult }[] | undefined> {
  const results = await readCommands(commands);
  const failed = results.filter(({ result }) => result && !result.succeeded);
  if (failed.length > 0) throw new ShareFailed(failed.map(({ instanceId, result }) => `${instanceId} ${couldNot}: ${result?.reason}`).join('; '));
  return results.every(({ result }) => result) ? results.flatMap(({ instanceId, result }) => (result ? [{ instanceId, result }] : [])) : undefined;
}
