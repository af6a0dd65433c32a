import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Schedules } from '../private/schedules';
import { WorkflowMachine } from '../private/workflow-machine';
import { expireWorkflow } from './expire-workflow';
import { extendWorkflow } from './extend-workflow';
import { ReservationsProps } from './reservations';
import { ShareAlarms } from './share-alarms';

export interface LifetimeProps extends ReservationsProps {
  readonly ledger: dynamodb.ITable;
  readonly alarms: ShareAlarms;
  readonly encryptionKey?: kms.IKey;
}

/** A clone that is being cloned is waited for, in turns of a quarter of an hour: some 7,000 events at most. */
const EXPIRE_TIMEOUT = Duration.days(7);

/** The end of clones: schedules, the machine that they start, and the machine that puts them off. */
export class Lifetime extends Construct {
  readonly schedules: Schedules;
  /** The handlers of the machine that removes clones. */
  readonly expireSteps: Construct;
  readonly expire: sfn.StateMachine;
  readonly extend: sfn.StateMachine;
  readonly failureAlarms: cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, { owner, ledger, alarms, source, reserve, encryptionKey }: LifetimeProps) {
    super(scope, id);
    this.schedules = new Schedules(this, 'Schedules');
    const shared = { owner, ledger, schedules: this.schedules, encryptionKey };

    this.expireSteps = new Construct(this, 'ExpireWorkflow');
    const expire = new WorkflowMachine(this, 'Expire', {
      workflow: expireWorkflow(this.expireSteps, { ...shared, alarms, source, reserve }),
      handlers: this.expireSteps,
      comment: 'Removes a clone whose time has come.',
      timeout: EXPIRE_TIMEOUT,
      encryptionKey,
    });
    this.expire = expire.machine;
    this.expire.grantStartExecution(this.schedules.role);

    const extendSteps = new Construct(this, 'ExtendWorkflow');
    const extend = new WorkflowMachine(this, 'Extend', {
      workflow: extendWorkflow(extendSteps, { ...shared, expire: this.expire }),
      handlers: extendSteps,
      comment: 'Changes when a clone is removed.',
      timeout: Duration.hours(1),
      encryptionKey,
    });
    this.extend = extend.machine;
    this.failureAlarms = [expire.failureAlarm, extend.failureAlarm];
  }
}
