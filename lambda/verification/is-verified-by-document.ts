import { type CommandInvocation, ListCommandInvocationsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { HostUnreachable, TargetNotAccepted } from '../shared/errors';
import { type PauseLimit, refuseLate } from '../shared/migration/late';
import { quotable } from '../shared/replication/answer';
import { type Look, type LookInput, quickly } from '../shared/replication/command';

export interface Input extends LookInput {
  readonly documentName: string;
  /** How long the pause may take; null: as long as the document. */
  readonly limit: PauseLimit | null;
}
export type Output = Look;

const ssm = new SSMClient({});
const OVER = ['Success', 'Failed', 'TimedOut', 'Cancelled'];
/** Of what the steps said. */
const LONGEST_OUTPUT = 2000;

/** Looks whether the document has run, and holds the target to its verdict: that of all its steps, which only this call tells. */
export async function handler({ command: { instanceId, commandId }, documentName, since, limit }: Input): Promise<Output> {
  const { CommandInvocations = [] } = await ssm.send(new ListCommandInvocationsCommand({ InstanceId: instanceId, CommandId: commandId, Details: true }));
  const invocation = CommandInvocations.find(({ Status = '' }) => OVER.includes(Status));
  if (invocation?.Status === 'Success') return { done: true, waitSeconds: 0 };
  if (invocation) throw verdictOf(invocation, instanceId, documentName);
  if (limit !== null) refuseLate(limit, limit.pausedAt);
  return { done: false, waitSeconds: quickly(since) };
}

function verdictOf({ Status, StatusDetails, CommandPlugins = [] }: CommandInvocation, instanceId: string, documentName: string): Error {
  const details = StatusDetails ?? Status;
  if (/^(Undeliverable|Delivery ?Timed ?Out)/.test(details ?? '')) {
    return new HostUnreachable(`the agent of ${instanceId} did not take the document ${documentName} (${quotable(details)}): look at the instance and its SSM agent`);
  }
  const said = CommandPlugins.filter(plugin => plugin.Status !== 'Success').map(({ Name, Output }) => `${Name}: ${Output?.trim() || 'nothing'}`).join('\n');
  return new TargetNotAccepted(`${instanceId} was not accepted by the document ${documentName}, which ended as ${details}: ${quotable(said, LONGEST_OUTPUT) || 'it said nothing'}`);
}
