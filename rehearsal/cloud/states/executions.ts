import type {
  DescribeExecutionCommandInput, GetExecutionHistoryCommandInput, ListExecutionsCommandInput, StartExecutionCommandInput, StopExecutionCommandInput,
} from '@aws-sdk/client-sfn';
import type { Json } from '../../json';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import type { ExecutionView } from './state';

// "Maximum input or output size for a task, state, or execution": 256 KiB of UTF-8 (Step Functions quotas)
const largestInput = 262_144;

export function startExecution({ stateMachineArn = '', name, input = '{}' }: StartExecutionCommandInput, { account }: Call): object {
  const { states } = account;
  const machine = states.machine(stateMachineArn);
  if (Buffer.byteLength(input) > largestInput) throw new AwsError('InvalidExecutionInput', 'The input is larger than 262144 bytes');
  const parsed = parse(input);
  if (name !== undefined && !/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  const executionName = name ?? account.random.uuid();
  const existing = states.executions.get(states.executionArn(machine.name, executionName));
  if (existing) {
    // "StartExecution is idempotent for STANDARD workflows … if the execution is still running [with] the same input"
    if (existing.execution.status === 'RUNNING' && JSON.stringify(existing.input) === JSON.stringify(parsed)) return started(existing);
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${existing.execution.arn}'`);
  }
  if (!states.start) throw new Error('nobody starts executions in this account');
  return started(states.start({ machineArn: machine.arn, name: executionName, input: parsed }));
}

function started({ execution }: ExecutionView): object {
  return { executionArn: execution.arn, startDate: execution.startDate };
}

function parse(input: string): Json {
  try {
    return JSON.parse(input) as Json;
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${String(error)}'`);
  }
}

export function stopExecution({ executionArn = '', error, cause }: StopExecutionCommandInput, { account }: Call): object {
  const { execution } = account.states.execution(executionArn);
  // stopping what has ended changes nothing
  if (execution.status === 'RUNNING') execution.stop(error, cause);
  return { stopDate: execution.stopDate ?? new Date(account.clock.now()) };
}

export function describeExecution({ executionArn = '', includedData }: DescribeExecutionCommandInput, { account }: Call): object {
  const { execution, machineArn, name, input } = account.states.execution(executionArn);
  const withData = includedData !== 'METADATA_ONLY';
  const { status, startDate, stopDate, output, error, cause } = execution;
  return {
    executionArn, stateMachineArn: machineArn, name, status, startDate, stopDate, redriveCount: 0,
    redriveStatus: status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED' ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...(status === 'RUNNING' && { redriveStatusReason: 'Execution is RUNNING and cannot be redriven' }),
    ...(status === 'SUCCEEDED' && { redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' }),
    ...(withData && { input: JSON.stringify(input), inputDetails: { included: true } }),
    ...(withData && status === 'SUCCEEDED' && { output: JSON.stringify(output ?? null), outputDetails: { included: true } }),
    // Fail states and StopExecution leave them out; those who read must not need them
    error, cause,
  };
}

export function listExecutions(input: ListExecutionsCommandInput, { account }: Call): object {
  const { stateMachineArn, statusFilter, maxResults, nextToken, mapRunArn, redriveFilter } = input;
  if (mapRunArn !== undefined || redriveFilter !== undefined || stateMachineArn === undefined) {
    throw new AwsError('NotEmulated', 'the rehearsal lists executions by state machine only', 501);
  }
  const machine = account.states.machine(stateMachineArn);
  // "Results are sorted by time, with the most recent execution first"
  const found = [...account.states.executions.values()].reverse()
    .filter(({ machineArn, execution }) => machineArn === machine.arn && (statusFilter === undefined || execution.status === statusFilter));
  const { page, NextToken } = pageOf(found, ({ execution }) => execution.arn, 100, maxResults, nextToken);
  return {
    executions: page.map(({ execution: { arn, status, startDate, stopDate }, name }) =>
      ({ executionArn: arn, stateMachineArn: machine.arn, name, status, startDate, stopDate, redriveCount: 0 })),
    nextToken: NextToken,
  };
}

export function getExecutionHistory(input: GetExecutionHistoryCommandInput, { account }: Call): object {
  const { executionArn = '', maxResults, nextToken, reverseOrder = false, includeExecutionData = true } = input;
  const events = [...account.states.execution(executionArn).execution.events];
  if (!includeExecutionData) throw new AwsError('NotEmulated', 'the rehearsal tells histories with their data only', 501);
  const { page, NextToken } = pageOf(reverseOrder ? events.reverse() : events, ({ id }) => String(id), 100, maxResults, nextToken);
  return { events: page, nextToken: NextToken };
}

/** maxResults of Step Functions: 100 by default, at most 1000, and 0 means the default. */
function pageOf<T>(records: readonly T[], idOf: (record: T) => string, byDefault: number, maxResults?: number, nextToken?: string) {
  if (maxResults !== undefined && (maxResults < 0 || maxResults > 1000)) {
    throw new AwsError('ValidationException', `1 validation error detected: Value '${maxResults}' at 'maxResults' failed to satisfy constraint: `
      + 'Member must have value less than or equal to 1000');
  }
  try {
    return paginate(records, idOf, { MaxResults: maxResults || byDefault, ...(nextToken !== undefined && { NextToken: nextToken }) }, { least: 1 });
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidNextToken') throw new AwsError('InvalidToken', `Invalid Token: '${nextToken}'`);
    throw error;
  }
}
