import { SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type CommandResult, readCommand } from './command';

const ssm = new SSMClient({});

/** SendCommand takes so many instances by their ids. */
const INSTANCES_PER_COMMAND = 50;
/** How long Systems Manager may take to hand the command to an agent; one that reboots just now needs a while. */
const DELIVERY_SECONDS = 300;

/** A command that some instances were given. */
export interface Sent {
  readonly commandId: string;
  readonly instanceIds: readonly string[];
}

/** Gives many instances a command. SendCommand has no idempotency token: the documents do nothing twice. */
export async function sendCommands(
  instanceIds: readonly string[], documentName: string, parameters: (instanceIds: readonly string[]) => Readonly<Record<string, string>>,
): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (let index = 0; index < instanceIds.length; index += INSTANCES_PER_COMMAND) {
    const some = instanceIds.slice(index, index + INSTANCES_PER_COMMAND);
    const { Command } = await ssm.send(new SendCommandCommand({
      DocumentName: documentName,
      InstanceIds: some,
      Parameters: Object.fromEntries(Object.entries(parameters(some)).map(([name, value]) => [name, [value]])),
      TimeoutSeconds: DELIVERY_SECONDS,
    }));
    sent.push({ commandId: Command?.CommandId ?? '', instanceIds: some });
  }
  return sent;
}

/** What each instance answered; undefined while its command runs. */
export async function readCommands(sent: readonly Sent[]): Promise<{ instanceId: string; result: CommandResult | undefined }[]> {
  const each = sent.flatMap(({ commandId, instanceIds }) => instanceIds.map(instanceId => ({ commandId, instanceId })));
  return Promise.all(each.map(async ({ commandId, instanceId }) => ({ instanceId, result: await readCommand(instanceId, commandId) })));
}
