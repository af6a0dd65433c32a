import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { errorName } from './error-name';

const ssm = new SSMClient({});

/** How long Systems Manager may take to hand the command to the agent. */
const DELIVERY_SECONDS = 60;
const OVER = ['Success', 'Failed', 'TimedOut', 'Cancelled'];

/** The owner of a freeze, as the documents take it: an execution name may have characters that they do not. */
export function freezeOwner(execution: string, attempt: number): string {
  return `${execution}/${attempt}`.replace(/[^A-Za-z0-9_.:+=@/-]/g, '_');
}

/** SendCommand has no idempotency token: the documents themselves do nothing twice for one owner. */
export async function sendCommand(instanceId: string, documentName: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const { Command } = await ssm.send(new SendCommandCommand({
    DocumentName: documentName,
    InstanceIds: [instanceId],
    Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
    TimeoutSeconds: DELIVERY_SECONDS,
  }));
  return Command?.CommandId ?? '';
}

/** What a document said on its one line of output, when it is over. */
export interface CommandResult {
  readonly succeeded: boolean;
  readonly answer: Readonly<Record<string, unknown>>;
  /** For people: why it did not succeed. */
  readonly reason: string;
}

/** Undefined while the command runs, or can not be seen yet. */
export async function readCommand(instanceId: string, commandId: string): Promise<CommandResult | undefined> {
  try {
    const { Status, StatusDetails, StandardOutputContent = '', StandardErrorContent = '' } = await ssm.send(
      new GetCommandInvocationCommand({ InstanceId: instanceId, CommandId: commandId }));
    if (!Status || !OVER.includes(Status)) return undefined;
    const answer = parse(StandardOutputContent);
    // `Status` lacks detail: Undeliverable, ExecutionTimedOut, Terminated show only in StatusDetails
    const reason = typeof answer['message'] === 'string' ? `${String(answer['error'])}: ${answer['message']}` : `${StatusDetails} ${StandardErrorContent}`.trim();
    return { succeeded: Status === 'Success', answer, reason };
  } catch (error) {
    if (errorName(error) === 'InvocationDoesNotExist') return undefined; // for a moment after SendCommand
    throw error;
  }
}

function parse(output: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(output.trim());
    return typeof answer === 'object' && answer !== null ? answer as Record<string, unknown> : {};
  } catch {
    return {}; // an agent that died half way says nothing
  }
}
