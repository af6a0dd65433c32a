import type {
  CancelCommandCommandInput, Command, CommandInvocation, CommandPlugin, GetCommandInvocationCommandInput, GetCommandInvocationCommandOutput,
  ListCommandInvocationsCommandInput, SendCommandCommandInput,
} from '@aws-sdk/client-ssm';
import type { Account } from '../account';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { cancel, deliver, isOver } from './delivery';
import { valuesOf } from './document';
import type { CommandRecord, Invocation } from './state';

/** "The first 24,000 characters written by the plugin to stdout", and 8,000 of stderr (API reference of GetCommandInvocation). */
const most = { stdout: 24_000, stderr: 8_000 };
/** ListCommandInvocations: "Output of the plugin execution"; its limit of 2,500 characters is unverified against AWS. */
const mostListed = 2_500;

const nothingElsewhere = {
  CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
};

export function sendCommand(input: SendCommandCommandInput, { account }: Call): { Command: Command } {
  const { ssm, clock, random } = account;
  const { InstanceIds, DocumentName = '', DocumentVersion = '$DEFAULT', TimeoutSeconds = 3600, Comment = '', Parameters = {} } = input;
  for (const field of ['Targets', 'DocumentHash', 'DocumentHashType', 'OutputS3BucketName', 'OutputS3Region', 'OutputS3KeyPrefix', 'MaxConcurrency',
    'MaxErrors', 'ServiceRoleArn', 'NotificationConfig', 'CloudWatchOutputConfig', 'AlarmConfiguration'] as const) {
    if (input[field] !== undefined) throw new AwsError('NotEmulated', `the rehearsal's SendCommand knows no ${field}`, 501);
  }
  const instanceIds = checkInstanceIds(InstanceIds);
  if (TimeoutSeconds < 30 || TimeoutSeconds > 2_592_000) {
    throw validation(`Value '${TimeoutSeconds}' at 'timeoutSeconds' failed to satisfy constraint: Member must be between 30 and 2592000`);
  }
  const { name, versions } = ssm.document(DocumentName);
  const index = DocumentVersion === '$DEFAULT' || DocumentVersion === '$LATEST' ? versions.length : Number(DocumentVersion);
  const version = versions[index - 1];
  if (!version) throw new AwsError('InvalidDocumentVersion', `Document version ${DocumentVersion} of ${name} does not exist.`);
  const values = valuesOf(version.document, Parameters);
  const unusable = instanceIds.filter(id => !acceptsCommands(account, id));
  if (unusable.length > 0) {
    throw new AwsError('InvalidInstanceId', `Instances [[${unusable.join(', ')}]] not in a valid state for account ${account.accountId}`);
  }
  const command: CommandRecord = {
    commandId: random.uuid(), documentName: name, documentVersion: DocumentVersion, document: version.document,
    parameters: Parameters, values, comment: Comment, requestedAt: clock.now(), timeoutSeconds: TimeoutSeconds, cancelled: false,
    invocations: instanceIds.map(instanceId => ({ instanceId, status: 'Pending', details: 'Pending', responseCode: -1, stdout: '', stderr: '' })),
  };
  ssm.commands.set(command.commandId, command);
  for (const invocation of command.invocations) deliver(account, command, invocation);
  return { Command: describe(command) };
}

export function getCommandInvocation(
  { CommandId = '', InstanceId = '', PluginName }: GetCommandInvocationCommandInput, { account }: Call,
): Partial<GetCommandInvocationCommandOutput> {
  const command = account.ssm.commands.get(CommandId);
  const invocation = command?.invocations.find(each => each.instanceId === InstanceId);
  // for a moment nobody knows a new command: "The command ID and managed node ID you specified didn't match any invocations"
  if (!command || !invocation || account.clock.now() < command.requestedAt + account.ssm.timing.visible || !account.visible(command.requestedAt)) {
    throw new AwsError('InvocationDoesNotExist', 'InvocationDoesNotExist');
  }
  if (invocation.fault) throw invocation.fault;
  if (PluginName !== undefined && PluginName !== command.document.step.name) throw new AwsError('InvalidPluginName', `no plugin ${PluginName}`);
  const { startedAt, endedAt } = isOver(invocation) ? invocation : { startedAt: invocation.startedAt, endedAt: undefined };
  return {
    ...nothingElsewhere,
    CommandId,
    Comment: command.comment,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    // "If the plugin hasn't started to run, the string is empty"
    ExecutionStartDateTime: iso(startedAt),
    ExecutionElapsedTime: startedAt !== undefined && endedAt !== undefined ? `PT${(endedAt - startedAt) / 1000}S` : '',
    ExecutionEndDateTime: startedAt === undefined ? '' : iso(endedAt),
    InstanceId,
    PluginName: command.document.step.name,
    ResponseCode: invocation.responseCode,
    StandardErrorContent: invocation.stderr.slice(0, most.stderr),
    StandardErrorUrl: '',
    StandardOutputContent: invocation.stdout.slice(0, most.stdout),
    StandardOutputUrl: '',
    Status: invocation.status,
    StatusDetails: invocation.details,
  };
}

export function listCommandInvocations(input: ListCommandInvocationsCommandInput, { account }: Call): object {
  const after = invokedAfter(input.Filters ?? []);
  if (input.MaxResults !== undefined && (input.MaxResults < 1 || input.MaxResults > 50)) {
    throw validation(`Value '${input.MaxResults}' at 'maxResults' failed to satisfy constraint: Member must be between 1 and 50`);
  }
  const found = [...account.ssm.commands.values()].reverse()
    .filter(({ requestedAt }) => requestedAt >= after)
    .filter(({ commandId }) => input.CommandId === undefined || commandId === input.CommandId)
    .filter(({ requestedAt }) => account.clock.now() >= requestedAt + account.ssm.timing.visible && account.visible(requestedAt))
    .flatMap(command => command.invocations.map(invocation => ({ command, invocation })))
    .filter(({ invocation }) => input.InstanceId === undefined || invocation.instanceId === input.InstanceId);
  const { page, NextToken } = paginate(found, ({ command, invocation }) => `${command.commandId}/${invocation.instanceId}`,
    { MaxResults: input.MaxResults ?? 50, NextToken: input.NextToken }, { least: 1, most: 50 });
  return {
    CommandInvocations: page.map(({ command, invocation }) => listed(command, invocation, input.Details ?? false)),
    ...(NextToken && { NextToken }),
  };
}

/** The one filter that anybody here needs: "InvokedAfter: Specify a timestamp to limit your results" (SDK, CommandFilter). */
function invokedAfter(filters: NonNullable<ListCommandInvocationsCommandInput['Filters']>): number {
  const [other] = filters.filter(({ key }) => key !== 'InvokedAfter');
  if (other) throw new AwsError('NotEmulated', `the rehearsal's ListCommandInvocations knows no filter ${other.key}`, 501);
  return Math.max(0, ...filters.map(({ value = '' }) => {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) throw validation(`Value '${value}' of InvokedAfter is no timestamp`);
    return Date.parse(value);
  }));
}

export function cancelCommand({ CommandId = '', InstanceIds }: CancelCommandCommandInput, { account }: Call): object {
  const command = account.ssm.commands.get(CommandId);
  if (!command) throw new AwsError('InvalidCommandId', 'InvalidCommandId');
  const wanted = new Set(InstanceIds ?? command.invocations.map(each => each.instanceId));
  if ([...wanted].some(id => !command.invocations.some(each => each.instanceId === id))) {
    throw new AwsError('InvalidInstanceId', `The command was not sent to all of ${[...wanted].join(', ')}`);
  }
  for (const invocation of command.invocations) {
    if (wanted.has(invocation.instanceId)) cancel(account, command, invocation);
  }
  return {};
}

function checkInstanceIds(ids: readonly string[] = []): readonly string[] {
  if (ids.length === 0) throw new AwsError('InvalidInstanceId', 'no instance was named');
  if (ids.length > 50) {
    throw validation(`Value '[${ids.join(', ')}]' at 'instanceIds' failed to satisfy constraint: Member must have length less than or equal to 50`);
  }
  if (new Set(ids).size < ids.length) throw new AwsError('DuplicateInstanceId', 'an instance was named twice');
  return ids;
}

/** "The managed node is in valid state; invalid states are: Shutting-down and Terminated" (InvalidInstanceId), and SSM must know it. */
function acceptsCommands({ ec2, ssm }: Account, instanceId: string): boolean {
  const state = ec2.instances.get(instanceId)?.State.Name;
  return state !== undefined && state !== 'shutting-down' && state !== 'terminated' && ssm.guest(instanceId).managed;
}

function describe(command: CommandRecord): Command {
  const { invocations, document, requestedAt, timeoutSeconds } = command;
  return {
    ...nothingElsewhere,
    CommandId: command.commandId,
    Comment: command.comment,
    CompletedCount: invocations.filter(isOver).length,
    DeliveryTimedOutCount: invocations.filter(each => each.details === 'DeliveryTimedOut').length,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    ErrorCount: invocations.filter(each => each.status === 'Failed').length,
    // delivery and execution together, as the recorded 2 h for two defaults of 3600 s show
    ExpiresAfter: new Date(requestedAt + (timeoutSeconds + document.step.timeoutSeconds) * 1000),
    InstanceIds: invocations.map(each => each.instanceId),
    MaxConcurrency: '50',
    MaxErrors: '0',
    NotificationConfig: { NotificationArn: '', NotificationEvents: [], NotificationType: undefined },
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
    Parameters: { ...command.parameters },
    RequestedDateTime: new Date(requestedAt),
    ServiceRole: '',
    Status: 'Pending',
    StatusDetails: 'Pending',
    TargetCount: invocations.length,
    Targets: [],
    TimeoutSeconds: timeoutSeconds,
  };
}

function listed(command: CommandRecord, invocation: Invocation, details: boolean): CommandInvocation {
  const { startedAt, endedAt } = invocation;
  const plugin: CommandPlugin = {
    Name: command.document.step.name,
    Status: invocation.status === 'Delayed' ? 'Pending' : invocation.status === 'Cancelling' ? 'InProgress' : invocation.status,
    StatusDetails: invocation.details,
    ResponseCode: invocation.responseCode,
    ...(startedAt !== undefined && { ResponseStartDateTime: new Date(startedAt) }),
    ...(isOver(invocation) && endedAt !== undefined && { ResponseFinishDateTime: new Date(endedAt) }),
    Output: (invocation.stderr ? `${invocation.stdout}\n----------ERROR-------\n${invocation.stderr}` : invocation.stdout).slice(0, mostListed),
    StandardOutputUrl: '',
    StandardErrorUrl: '',
  };
  return {
    ...nothingElsewhere,
    CommandId: command.commandId,
    InstanceId: invocation.instanceId,
    InstanceName: '',
    Comment: command.comment,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    RequestedDateTime: new Date(command.requestedAt),
    Status: invocation.status,
    StatusDetails: invocation.details,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    CommandPlugins: details ? [plugin] : [],
    ServiceRole: '',
  };
}

function iso(time: number | undefined): string {
  return time === undefined ? '' : new Date(time).toISOString();
}

function validation(message: string): AwsError {
  return new AwsError('ValidationException', `1 validation error detected: ${message}`);
}
