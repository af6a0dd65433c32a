import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { Allow } from './statement';

/** One-time schedules that start a machine: a group of the construct's own, and the role that EventBridge Scheduler takes on. */
export class Schedules extends Construct {
  readonly groupName: string;
  readonly role: iam.Role;
  private readonly schedulesArn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const group = new scheduler.CfnScheduleGroup(this, 'Group');
    this.groupName = group.ref;
    this.schedulesArn = Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${group.ref}/*` });
    this.role = new iam.Role(this, 'Role', {
      // the group is the source that the service names (user guide, "Confused deputy prevention")
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceArn': group.attrArn, 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Starts the machine of a schedule',
    });
  }

  /** The right to make, change or delete schedules of the group. */
  manage(because: string, ...actions: ('CreateSchedule' | 'UpdateSchedule' | 'DeleteSchedule')[]): Allow[] {
    return [
      { actions: actions.map(action => `scheduler:${action}`), on: [this.schedulesArn], because },
      ...actions.includes('CreateSchedule') ? [{
        actions: ['iam:PassRole'], on: [this.role.roleArn], where: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
        because: 'a schedule starts its machine with this role',
      }] : [],
    ];
  }

  /** The right to find schedules. */
  list(because: string): Allow {
    return { actions: ['scheduler:ListSchedules'], on: ['*'], because: `${because}; the action has no resource-level permissions` };
  }
}
