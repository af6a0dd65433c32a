import type { CreateScheduleInput, Target } from '@aws-sdk/client-scheduler';
import type { Timer } from '../../clock';
import type { Account } from '../account';
import { AwsError } from '../service';
import { instantOf } from './expression';

/** What a schedule says, with its defaults filled in. */
export interface ScheduleRecord {
  readonly Arn: string;
  readonly Name: string;
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly Description?: string | undefined;
  readonly Target: Target;
  readonly FlexibleTimeWindow: NonNullable<CreateScheduleInput['FlexibleTimeWindow']>;
  readonly ActionAfterCompletion: 'NONE' | 'DELETE';
  readonly CreationDate: Date;
  readonly LastModificationDate: Date;
}

/** A schedule whose target could not be invoked; on AWS only a metric and the dead letter queue tell. */
export interface Undelivered { readonly time: number; readonly name: string; readonly error: string }

/** EventBridge Scheduler, as much as one-time schedules need. */
export class Scheduler {
  readonly groups = new Set(['default']);
  /** By group and name. */
  readonly schedules = new Map<string, ScheduleRecord>();
  readonly undelivered: Undelivered[] = [];
  /** Hands an input to a target in the name of its role; set by whoever knows machines. */
  deliver?: (target: Target) => Promise<unknown>;
  /** Refuses a target whose role can not be taken on by the service for a group; set by whoever knows roles. */
  checkRole: (roleArn: string, groupArn: string) => void = () => undefined;
  /** "Within 60 seconds" of the time (user guide, "Schedule types"): virtual milliseconds. */
  latency = 20_000;

  private readonly timers = new Map<string, Timer>();

  constructor(private readonly account: Account) {}

  addGroup(name: string): void {
    this.groups.add(name);
  }

  /** A group goes with all its schedules. */
  removeGroup(name: string): void {
    this.groups.delete(name);
    for (const each of [...this.schedules.values()]) if (each.GroupName === name) this.remove(each);
  }

  arnOf(group: string, name: string): string {
    return this.account.arn('scheduler', `schedule/${group}/${name}`);
  }

  groupArn(group: string): string {
    return this.account.arn('scheduler', `schedule-group/${group}`);
  }

  get(group: string, name: string): ScheduleRecord {
    const found = this.schedules.get(`${group}/${name}`);
    if (!found) throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
    return found;
  }

  put(record: ScheduleRecord): void {
    const key = `${record.GroupName}/${record.Name}`;
    this.timers.get(key)?.cancel();
    this.schedules.set(key, record);
    const at = instantOf(record.ScheduleExpression, record.ScheduleExpressionTimezone);
    // that AWS takes a time in the past and never acts on it is unverified against AWS
    if (record.State === 'DISABLED' || at <= this.account.clock.now()) return;
    this.timers.set(key, this.account.clock.at(at + this.latency, () => this.fire(record)));
  }

  remove({ GroupName, Name }: ScheduleRecord): void {
    const key = `${GroupName}/${Name}`;
    this.timers.get(key)?.cancel();
    this.schedules.delete(key);
  }

  private fire(record: ScheduleRecord): void {
    if (!this.deliver) throw new Error(`the schedule ${record.Name} is due, but nobody delivers`);
    if (record.ActionAfterCompletion === 'DELETE') this.remove(record);
    this.deliver(record.Target).catch((error: Error) => {
      this.undelivered.push({ time: this.account.clock.now(), name: record.Name, error: `${error.name}: ${error.message}` });
    });
  }
}
