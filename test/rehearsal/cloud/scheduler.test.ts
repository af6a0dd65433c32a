/** EventBridge Scheduler through its real client, and the time that goes by. */
import type { CreateScheduleInput, Target } from '@aws-sdk/client-scheduler';
import { connectSchedules } from '../../../rehearsal/deployment/schedule-targets';
import { connect, type Connection } from './clients';

const trust = (source?: string) => ({
  Version: '2012-10-17',
  Statement: [{
    Effect: 'Allow', Principal: { Service: 'scheduler.amazonaws.com' }, Action: 'sts:AssumeRole',
    ...source !== undefined && { Condition: { StringEquals: { 'aws:SourceArn': source } } },
  }],
});
const RoleArn = 'arn:aws:iam::111122223333:role/R';
const machine = 'arn:aws:states:us-east-1:111122223333:stateMachine:M';
const schedule: CreateScheduleInput = {
  Name: 'one', GroupName: 'ours', ScheduleExpression: 'at(2026-01-05T10:00:00)', ScheduleExpressionTimezone: 'UTC', FlexibleTimeWindow: { Mode: 'OFF' },
  ActionAfterCompletion: 'DELETE', Target: { Arn: machine, RoleArn, Input: '{"a":1}' }, ClientToken: 'token',
};

let connection: Connection;
let delivered: Target[];
const send = (operation: string, input: object) => connection.send('SCHEDULER', operation, input);
beforeEach(async () => {
  connection = await connect();
  const { account } = connection;
  connectSchedules(account);
  account.iam.addRole({ name: 'R', trust: trust('arn:aws:scheduler:us-east-1:111122223333:schedule-group/ours') });
  account.scheduler.addGroup('ours');
  delivered = [];
  account.scheduler.deliver = async target => { delivered.push(target); };
});
afterEach(() => connection.close());

test('is due once, within a minute of its time, and goes with it', async () => {
  const { clock, scheduler } = connection.account;
  const { ScheduleArn } = await send('CreateSchedule', schedule);
  expect(ScheduleArn).toBe('arn:aws:scheduler:us-east-1:111122223333:schedule/ours/one');
  expect(await send('GetSchedule', { Name: 'one', GroupName: 'ours' })).toMatchObject({ ScheduleExpression: schedule.ScheduleExpression, Target: schedule.Target, State: 'ENABLED' });
  await clock.advance(3_600_000);
  expect(delivered).toEqual([]);
  await clock.advance(60_000);
  expect(delivered).toEqual([schedule.Target]);
  expect(scheduler.schedules.size).toBe(0);
  await expect(send('GetSchedule', { Name: 'one', GroupName: 'ours' })).rejects.toMatchObject({ name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } });
});

test('stays after its time unless it shall go', async () => {
  await send('CreateSchedule', { ...schedule, ActionAfterCompletion: 'NONE' });
  await connection.account.clock.advance(7_200_000);
  expect(delivered).toHaveLength(1);
  expect(await send('ListSchedules', { GroupName: 'ours' })).toMatchObject({ Schedules: [{ Name: 'one', GroupName: 'ours', Target: { Arn: machine } }] });
});

test('a later time takes the place of the earlier, every field anew', async () => {
  await send('CreateSchedule', { ...schedule, Description: 'd' });
  await send('UpdateSchedule', { ...schedule, ScheduleExpression: 'at(2026-01-05T12:00:00)', ClientToken: 'other' });
  expect(await send('GetSchedule', { Name: 'one', GroupName: 'ours' })).not.toHaveProperty('Description');
  await connection.account.clock.advance(2 * 3_600_000);
  expect(delivered).toEqual([]);
  await connection.account.clock.advance(2 * 3_600_000);
  expect(delivered).toHaveLength(1);
});

test('what is disabled, deleted, in the past, or of a deleted group never comes', async () => {
  await send('CreateSchedule', { ...schedule, State: 'DISABLED' });
  await send('CreateSchedule', { ...schedule, Name: 'two', ClientToken: '2' });
  await send('DeleteSchedule', { Name: 'two', GroupName: 'ours' });
  await send('CreateSchedule', { ...schedule, Name: 'past', ScheduleExpression: 'at(2026-01-05T08:00:00)', ClientToken: '3' });
  await send('CreateSchedule', { ...schedule, Name: 'four', ClientToken: '4' });
  connection.account.scheduler.removeGroup('ours');
  await connection.account.clock.advance(7_200_000);
  expect(delivered).toEqual([]);
});

test('is listed by group, by the beginning of its name, and in pages', async () => {
  connection.account.scheduler.addGroup('theirs');
  connection.account.iam.addRole({ name: 'R', trust: trust() });
  for (const [index, Name] of ['a-1', 'a-2', 'b-1'].entries()) await send('CreateSchedule', { ...schedule, Name, ClientToken: `${index}` });
  await send('CreateSchedule', { ...schedule, Name: 'a-1', GroupName: 'theirs', ClientToken: 'x' });
  const names = async (input: object) => ((await send('ListSchedules', input)).Schedules as { Name: string }[]).map(({ Name }) => Name);
  expect(await names({ GroupName: 'ours', NamePrefix: 'a-' })).toEqual(['a-1', 'a-2']);
  expect(await names({ NamePrefix: 'a-1' })).toEqual(['a-1', 'a-1']);
  const { NextToken } = await send('ListSchedules', { GroupName: 'ours', MaxResults: 2 });
  expect(await names({ GroupName: 'ours', NextToken })).toEqual(['b-1']);
});

test('the same token makes one schedule, another name none of another\'s', async () => {
  expect(await send('CreateSchedule', schedule)).toEqual(await send('CreateSchedule', schedule));
  await expect(send('CreateSchedule', { ...schedule, ClientToken: 'new' })).rejects.toMatchObject({ name: 'ConflictException', $metadata: { httpStatusCode: 409 } });
});

test.each([
  ['a name that is none', { Name: 'a b' }, 'ValidationException'],
  ['a group that is not there', { GroupName: 'none' }, 'ResourceNotFoundException'],
  ['no expression', { ScheduleExpression: 'tomorrow' }, 'ValidationException'],
  ['a day that is none', { ScheduleExpression: 'at(2026-02-30T10:00:00)' }, 'ValidationException'],
  ['an offset', { ScheduleExpression: 'at(2026-02-03T10:00:00Z)' }, 'ValidationException'],
  ['what the rehearsal has not', { ScheduleExpression: 'rate(1 hour)' }, 'NotEmulated'],
  ['another zone', { ScheduleExpressionTimezone: 'Europe/Berlin' }, 'NotEmulated'],
  ['a window without its length', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, 'ValidationException'],
  ['a role that is not there', { Target: { Arn: machine, RoleArn: `${RoleArn}2` } }, 'ValidationException'],
  ['a role that trusts another group', { GroupName: 'default' }, 'ValidationException'],
  ['too large an input', { Target: { Arn: machine, RoleArn, Input: 'x'.repeat(262_145) } }, 'ValidationException'],
])('%s is refused', async (_, input, name) => {
  await expect(send('CreateSchedule', { ...schedule, ...input })).rejects.toMatchObject({ name });
  expect(connection.account.scheduler.schedules.size).toBe(0);
});

test('a target that refuses is noted, not retried', async () => {
  const { account } = connection;
  connectSchedules(account);
  await send('CreateSchedule', schedule);
  await account.clock.advance(2 * 3_600_000);
  expect(account.scheduler.undelivered).toEqual([{ time: Date.parse('2026-01-05T10:00:20Z'), name: 'one', error: expect.stringContaining('StateMachineDoesNotExist') }]);
});

test('an update or deletion of what is not there is refused', async () => {
  for (const operation of ['UpdateSchedule', 'DeleteSchedule']) {
    const input = operation === 'UpdateSchedule' ? schedule : { Name: 'one', GroupName: 'ours' };
    await expect(send(operation, input)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  }
});
