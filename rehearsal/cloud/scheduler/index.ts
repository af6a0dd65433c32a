import type { CreateScheduleInput, DeleteScheduleInput, UpdateScheduleInput } from '@aws-sdk/client-scheduler';
import type { Need } from '../../iam/need';
import type { Account } from '../account';
import type { Service } from '../service';
import { createSchedule, deleteSchedule, getSchedule, listSchedules, updateSchedule } from './operations';

/** EventBridge Scheduler, one-time schedules only. */
export const service: Service = {
  id: 'SCHEDULER',
  operations: {
    CreateSchedule: createSchedule, UpdateSchedule: updateSchedule, GetSchedule: getSchedule, DeleteSchedule: deleteSchedule, ListSchedules: listSchedules,
  },
  // Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge Scheduler"; schedules themselves have no tags
  needs: {
    CreateSchedule: (input: CreateScheduleInput, account: Account) => [on('CreateSchedule', input, account), ...passRole(input)],
    UpdateSchedule: (input: UpdateScheduleInput, account: Account) => [on('UpdateSchedule', input, account), ...passRole(input)],
    GetSchedule: (input: Named, account: Account) => [on('GetSchedule', input, account)],
    DeleteSchedule: (input: DeleteScheduleInput, account: Account) => [on('DeleteSchedule', input, account)],
    ListSchedules: () => [{ action: 'scheduler:ListSchedules', resource: '*' }],
  },
};

interface Named { readonly Name: string | undefined; readonly GroupName?: string | undefined }

function on(operation: string, { Name = '', GroupName = 'default' }: Named, { scheduler }: Account): Need {
  return { action: `scheduler:${operation}`, resource: scheduler.arnOf(GroupName, Name) };
}

/** EventBridge Scheduler user guide, "Setting up": who makes a schedule must be allowed to pass its role on to the service. */
function passRole({ Target }: CreateScheduleInput | UpdateScheduleInput): Need[] {
  const { RoleArn } = Target ?? {};
  return RoleArn ? [{ action: 'iam:PassRole', resource: RoleArn, context: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }] : [];
}
