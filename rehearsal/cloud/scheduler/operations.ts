import type {
  CreateScheduleInput, DeleteScheduleInput, GetScheduleInput, ListSchedulesInput, ScheduleSummary, UpdateScheduleInput,
} from '@aws-sdk/client-scheduler';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { instantOf, invalid } from './expression';
import type { ScheduleRecord } from './state';

/** API reference, CreateSchedule: the patterns of Name and GroupName. */
const NAME = /^[0-9a-zA-Z-_.]{1,64}$/;
// "256 KB" of target input (EventBridge Scheduler user guide, "Quotas")
const LARGEST_INPUT = 262_144;

export function createSchedule(input: CreateScheduleInput, { account }: Call): object {
  const { scheduler } = account;
  const record = recordOf(input, account);
  if (scheduler.schedules.has(`${record.GroupName}/${record.Name}`)) throw new AwsError('ConflictException', `Schedule ${record.Name} already exists.`, 409);
  scheduler.put(record);
  return { ScheduleArn: record.Arn };
}

/** "UpdateSchedule uses all values, including empty values, … overriding the existing schedule" (API reference). */
export function updateSchedule(input: UpdateScheduleInput, { account }: Call): object {
  const record = recordOf(input, account);
  const { CreationDate } = account.scheduler.get(record.GroupName, record.Name);
  account.scheduler.put({ ...record, CreationDate });
  return { ScheduleArn: record.Arn };
}

export function getSchedule({ GroupName = 'default', Name = '' }: GetScheduleInput, { account }: Call): object {
  return account.scheduler.get(GroupName, Name);
}

export function deleteSchedule({ GroupName = 'default', Name = '' }: DeleteScheduleInput, { account }: Call): object {
  account.scheduler.remove(account.scheduler.get(GroupName, Name));
  return {};
}

export function listSchedules({ GroupName, NamePrefix = '', State, NextToken, MaxResults = 100 }: ListSchedulesInput, { account }: Call): object {
  const all = [...account.scheduler.schedules.values()]
    .filter(one => (GroupName ?? one.GroupName) === one.GroupName && one.Name.startsWith(NamePrefix) && (State ?? one.State) === one.State)
    .sort((a, b) => (a.Arn < b.Arn ? -1 : 1));
  const { page, NextToken: next } = paginate(all, ({ Arn }) => Arn, { MaxResults, ...NextToken !== undefined && { NextToken } }, { least: 1, most: 100 });
  return { Schedules: page.map(summary), ...next !== undefined && { NextToken: next } };
}

function summary({ Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target }: ScheduleRecord): ScheduleSummary {
  return { Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target: { Arn: Target.Arn } };
}

function recordOf(input: CreateScheduleInput | UpdateScheduleInput, account: Call['account']): ScheduleRecord {
  const { Name = '', GroupName = 'default', ScheduleExpression = '', ScheduleExpressionTimezone = 'UTC', Target, FlexibleTimeWindow } = input;
  const { scheduler, clock } = account;
  if (!NAME.test(Name)) throw invalid(`1 validation error detected: Value '${Name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ${NAME.source}`);
  if (!scheduler.groups.has(GroupName)) throw new AwsError('ResourceNotFoundException', `Schedule group ${GroupName} does not exist.`, 404);
  if (!Target || !FlexibleTimeWindow) throw invalid('Target and FlexibleTimeWindow are required.');
  if (input.StartDate || input.EndDate || input.KmsKeyArn) throw new AwsError('NotEmulated', 'the rehearsal has no StartDate, EndDate and KmsKeyArn of schedules', 501);
  if ((FlexibleTimeWindow.Mode === 'OFF') !== (FlexibleTimeWindow.MaximumWindowInMinutes === undefined)) {
    throw invalid('MaximumWindowInMinutes is required for a flexible time window, and not allowed without one.');
  }
  if (FlexibleTimeWindow.Mode !== 'OFF') throw new AwsError('NotEmulated', 'the rehearsal has no flexible time windows', 501);
  if (Buffer.byteLength(Target.Input ?? '') > LARGEST_INPUT) throw invalid('Target input is too large.');
  instantOf(ScheduleExpression, ScheduleExpressionTimezone);
  scheduler.checkRole(Target.RoleArn ?? '', scheduler.groupArn(GroupName));
  const now = new Date(clock.now());
  return {
    Arn: scheduler.arnOf(GroupName, Name), Name, GroupName, ScheduleExpression, ScheduleExpressionTimezone, Target, FlexibleTimeWindow,
    State: input.State ?? 'ENABLED', Description: input.Description, ActionAfterCompletion: input.ActionAfterCompletion ?? 'NONE',
    CreationDate: now, LastModificationDate: now,
  };
}
