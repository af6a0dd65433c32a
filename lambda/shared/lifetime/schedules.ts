import { createHash } from 'node:crypto';
import {
  CreateScheduleCommand, type CreateScheduleCommandInput, DeleteScheduleCommand, paginateListSchedules, SchedulerClient, UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { clientToken } from '../client-token';
import { errorName } from '../error-name';

const scheduler = new SchedulerClient({});

/** Where schedules are, and what they start. */
export interface Expiry {
  /** The schedule group, which is the construct's own. */
  readonly group: string;
  /** The machine that removes a clone. */
  readonly stateMachineArn: string;
  /** What EventBridge Scheduler takes on to start it. */
  readonly roleArn: string;
}

/** What a schedule is about. */
export interface Expiring {
  readonly instanceId: string;
  /** The execution that made the clone. */
  readonly createdBy: string;
}

/** Schedules have no tags: the name tells the execution and the clone. At most 64 characters, says the API. */
export function scheduleName({ createdBy, instanceId }: Expiring): string {
  return `${prefixOf(createdBy)}${instanceId}`;
}

function prefixOf(execution: string): string {
  return `${createHash('sha256').update(execution).digest('hex').slice(0, 32)}-`;
}

/** The schedule of a new clone. One of that name is this execution's own, from a call whose answer was lost. */
export async function makeSchedule(expiry: Expiry, expiring: Expiring, expiresAt: string, execution: string): Promise<void> {
  await create(scheduleOf(expiry, expiring, expiresAt, execution));
}

/** The schedule of a clone that has one, or has none any more. */
export async function putSchedule(expiry: Expiry, expiring: Expiring, expiresAt: string, execution: string): Promise<void> {
  const schedule = scheduleOf(expiry, expiring, expiresAt, execution);
  if (!await create(schedule)) await scheduler.send(new UpdateScheduleCommand(schedule));
}

/** False when there is one of that name. */
async function create(schedule: CreateScheduleCommandInput): Promise<boolean> {
  try {
    await scheduler.send(new CreateScheduleCommand(schedule));
    return true;
  } catch (error) {
    if (errorName(error) !== 'ConflictException') throw error;
    return false;
  }
}

function scheduleOf({ group, stateMachineArn, roleArn }: Expiry, expiring: Expiring, expiresAt: string, execution: string): CreateScheduleCommandInput {
  return {
    Name: scheduleName(expiring),
    GroupName: group,
    Description: `removes the clone ${expiring.instanceId}`,
    // the expression has no offset: the zone stands beside it
    ScheduleExpression: `at(${expiresAt.replace('Z', '')})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    // schedules that are over count to the quota
    ActionAfterCompletion: 'DELETE',
    Target: { Arn: stateMachineArn, RoleArn: roleArn, Input: JSON.stringify({ instanceId: expiring.instanceId, createdBy: expiring.createdBy }) },
    ClientToken: clientToken(execution, expiring.instanceId, expiresAt),
  };
}

/** A schedule that is gone already is deleted; true when it was there. */
export async function deleteSchedule(group: string, name: string): Promise<boolean> {
  try {
    await scheduler.send(new DeleteScheduleCommand({ GroupName: group, Name: name }));
    return true;
  } catch (error) {
    if (errorName(error) !== 'ResourceNotFoundException') throw error;
    return false;
  }
}

export interface FoundSchedule { readonly name: string; readonly instanceId: string }

/** The schedules for clones of an execution, or of all. */
export async function findSchedules(group: string, createdBy?: string): Promise<FoundSchedule[]> {
  const prefix = createdBy === undefined ? {} : { NamePrefix: prefixOf(createdBy) };
  const found: FoundSchedule[] = [];
  for await (const { Schedules } of paginateListSchedules({ client: scheduler, pageSize: 100 }, { GroupName: group, ...prefix })) {
    found.push(...(Schedules ?? []).flatMap(({ Name = '' }) => {
      const instanceId = /-(i-[0-9a-f]+)$/.exec(Name)?.[1];
      return instanceId === undefined ? [] : [{ name: Name, instanceId }];
    }));
  }
  return found;
}
