import { type CommandResult, readCommand, sendCommand } from './command';
import { ShareFailed } from './errors';
import type { Plan } from './plan/plan';

export interface SentCommand { readonly instanceId: string; readonly commandId: string }

/** One command for each: what one of them says is not mixed up with the others'. */
export async function tellAll(instanceIds: readonly string[], { shared }: Plan, documentName: string): Promise<SentCommand[]> {
  const Volumes = shared.map(({ volumeId }) => volumeId).join(',');
  const commands: SentCommand[] = [];
  for (const instanceId of instanceIds) commands.push({ instanceId, commandId: await sendCommand(instanceId, documentName, { Volumes }) });
  return commands;
}

/** What all of them said; undefined while one is at work. One that can not is a failure: nothing is shared halfway. */
export async function readAll(commands: readonly SentCommand[]): Promise<{ readonly instanceId: string; readonly result: CommandResult }[] | undefined> {
  const results = await Promise.all(commands.map(async ({ instanceId, commandId }) => ({ instanceId, result: await readCommand(instanceId, commandId) })));
  const failed = results.filter(({ result }) => result && !result.succeeded);
  if (failed.length > 0) throw new ShareFailed(failed.map(({ instanceId, result }) => `${instanceId} could not be kept from writing: ${result?.reason}`).join('; '));
  return results.every(({ result }) => result) ? results.flatMap(({ instanceId, result }) => (result ? [{ instanceId, result }] : [])) : undefined;
}
