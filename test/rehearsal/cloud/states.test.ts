/** Step Functions' API over a registry of executions. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Json } from '../../../rehearsal/json';
import type { ExecutionStatus, ExecutionView } from '../../../rehearsal/cloud/states/state';
import { connect, type Connection } from './clients';

let connection: Connection;
beforeEach(async () => { connection = await connect(); });
afterEach(() => connection.close());

const send = (operation: string, input: object) => connection.send('SFN', operation, input);
const machineArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:M';

interface Fake {
  view: ExecutionView;
  execution: {
    arn: string; status: ExecutionStatus; events: HistoryEvent[]; output?: Json; error?: string; cause?: string; startDate: Date; stopDate?: Date;
    stop(error?: string, cause?: string): void;
  };
}

function execution(name: string, input: Json = {}): Fake {
  const { account } = connection;
  account.states.machines.set(machineArn, { name: 'M', tags: {} });
  const fake: Fake['execution'] = {
    arn: account.states.executionArn('M', name), status: 'RUNNING', events: [], startDate: new Date(account.clock.now()),
    stop: (error, cause) => Object.assign(fake, { status: 'ABORTED', stopDate: new Date(account.clock.now()), error, cause }),
  };
  const view = { execution: fake, machineArn, name, input };
  account.states.register(view);
  return { view, execution: fake };
}

test('an execution is described while it runs and when it is over', async () => {
  const { execution: running } = execution('e', { a: 1 });
  expect(await send('DescribeExecution', { executionArn: running.arn })).toEqual({
    executionArn: running.arn, stateMachineArn: machineArn, name: 'e', status: 'RUNNING', startDate: running.startDate, redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution is RUNNING and cannot be redriven', input: '{"a":1}', inputDetails: { included: true },
  });
  Object.assign(running, { status: 'SUCCEEDED', output: 'done', stopDate: new Date(connection.account.clock.now() + 5000) });
  expect(await send('DescribeExecution', { executionArn: running.arn })).toMatchObject({ status: 'SUCCEEDED', output: '"done"', stopDate: running.stopDate });
  const metadata = await send('DescribeExecution', { executionArn: running.arn, includedData: 'METADATA_ONLY' });
  expect(metadata).not.toHaveProperty('input');
  expect(metadata).not.toHaveProperty('output');
});

test.each([
  ['ExecutionDoesNotExist', 'arn:aws:states:us-east-1:111122223333:execution:M:none'], ['InvalidArn', 'e'],
])('%s', async (name, executionArn) => {
  for (const operation of ['DescribeExecution', 'StopExecution', 'GetExecutionHistory']) {
    await expect(send(operation, { executionArn })).rejects.toMatchObject({ name });
  }
});

test('executions are listed, newest first, by status, in pages', async () => {
  for (const name of ['a', 'b', 'c']) execution(name);
  execution('d').execution.status = 'FAILED';
  const list = async (input: object) => {
    const { executions, nextToken } = await send('ListExecutions', { stateMachineArn: machineArn, ...input });
    return { names: (executions as { name: string }[]).map(({ name }) => name), nextToken };
  };
  expect(await list({})).toEqual({ names: ['d', 'c', 'b', 'a'], nextToken: undefined });
  expect((await list({ statusFilter: 'FAILED' })).names).toEqual(['d']);
  const first = await list({ maxResults: 3 });
  expect(first.names).toEqual(['d', 'c', 'b']);
  expect(await list({ nextToken: first.nextToken })).toEqual({ names: ['a'], nextToken: undefined });
  await expect(list({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidToken' });
  await expect(list({ maxResults: 1001 })).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(send('ListExecutions', { stateMachineArn: `${machineArn}2` })).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
});

test('stopping aborts what runs, with error and cause, and changes nothing that is over', async () => {
  const { execution: running } = execution('e');
  expect(await send('StopExecution', { executionArn: running.arn, error: 'Enough', cause: 'by hand' })).toEqual({ stopDate: running.stopDate });
  expect(running).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by hand' });
  await connection.account.clock.advance(1000);
  expect(await send('StopExecution', { executionArn: running.arn, error: 'Again' })).toEqual({ stopDate: running.stopDate });
  expect(running.error).toBe('Enough');
  expect(await send('DescribeExecution', { executionArn: running.arn })).toMatchObject({ error: 'Enough', cause: 'by hand', redriveStatus: 'REDRIVABLE' });
});

test('a history in either direction, in pages', async () => {
  const { execution: running } = execution('e');
  const timestamp = new Date(connection.account.clock.now());
  for (let id = 1; id <= 120; id++) running.events.push({ id, previousEventId: id - 1, timestamp, type: 'PassStateEntered', stateEnteredEventDetails: { name: `S${id}` } });
  const { events, nextToken } = await send('GetExecutionHistory', { executionArn: running.arn }) as { events: HistoryEvent[]; nextToken?: string };
  expect(events).toHaveLength(100);
  expect(events[0]).toEqual(running.events[0]);
  expect((await send('GetExecutionHistory', { executionArn: running.arn, nextToken })).events).toHaveLength(20);
  expect(await send('GetExecutionHistory', { executionArn: running.arn, reverseOrder: true, maxResults: 1 })).toMatchObject({ events: [{ id: 120 }] });
});

describe('StartExecution', () => {
  beforeEach(() => {
    connection.account.states.machines.set(machineArn, { name: 'M', tags: {} });
    connection.account.states.start = ({ name, input }) => execution(name, input).view;
  });
  const start = (input: object) => send('StartExecution', { stateMachineArn: machineArn, ...input });

  test('starts one, under the name given or a fresh one', async () => {
    const { executionArn } = await start({ name: 'mine', input: '{"a":[1]}' });
    expect(executionArn).toBe('arn:aws:states:us-east-1:111122223333:execution:M:mine');
    expect(connection.account.states.execution(executionArn as string).input).toEqual({ a: [1] });
    expect((await start({})).executionArn).toMatch(/^arn:aws:states:us-east-1:111122223333:execution:M:[0-9a-f-]{36}$/);
  });

  test('is idempotent while the execution of that name runs with that input', async () => {
    const first = await start({ name: 'mine', input: '{"a":1}' });
    expect(await start({ name: 'mine', input: '{"a": 1}' })).toEqual(first);
    await expect(start({ name: 'mine', input: '{"a":2}' })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    connection.account.states.execution(first.executionArn as string).execution.stop();
    await expect(start({ name: 'mine', input: '{"a":1}' })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    expect(connection.account.states.executions.size).toBe(1);
  });

  test.each([
    [{ input: '{' }, 'InvalidExecutionInput'], [{ input: JSON.stringify('x'.repeat(262_143)) }, 'InvalidExecutionInput'],
    [{ name: 'a b' }, 'InvalidName'], [{ name: 'x'.repeat(81) }, 'InvalidName'], [{ stateMachineArn: `${machineArn}2` }, 'StateMachineDoesNotExist'],
  ])('%# is refused', async (input, name) => {
    await expect(start(input)).rejects.toMatchObject({ name });
    expect(connection.account.states.executions.size).toBe(0);
  });
});

describe('task tokens', () => {
  test('answers reach whoever holds the tokens', async () => {
    const calls: unknown[][] = [];
    connection.account.states.tokens = {
      succeed: (...args) => calls.push(['succeed', ...args]), fail: (...args) => calls.push(['fail', ...args]), heartbeat: (...args) => calls.push(['heartbeat', ...args]),
    };
    await send('SendTaskHeartbeat', { taskToken: 't' });
    await send('SendTaskSuccess', { taskToken: 't', output: '{"approved":true}' });
    await send('SendTaskFailure', { taskToken: 't' });
    await send('SendTaskFailure', { taskToken: 't', error: 'E', cause: 'C' });
    expect(calls).toEqual([['heartbeat', 't'], ['succeed', 't', '{"approved":true}'], ['fail', 't', undefined, undefined], ['fail', 't', 'E', 'C']]);
  });

  test.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken', 'InvalidOutput'])('%s arrives under its name', async name => {
    const refuse = () => { throw Object.assign(new Error('no'), { name }); };
    connection.account.states.tokens = { succeed: refuse, fail: refuse, heartbeat: refuse };
    await expect(send('SendTaskSuccess', { taskToken: 't', output: '{}' })).rejects.toMatchObject({ name, message: 'no' });
  });
});
