import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { lambdaSteps } from './lambda-step';
import { describeEc2 } from './statement';
import { WorkflowMachine } from './workflow-machine';

export interface RetirementProps {
  /** Started for each instance that is announced and carries the tag. */
  readonly machine: sfn.StateMachine;
  readonly tag: { readonly key: string; readonly value: string };
  /** The execution's input besides the instance. */
  readonly request: { [field: string]: unknown };
  readonly owner: string;
  readonly encryptionKey?: kms.IKey;
}

/** Starts moves when AWS Health announces a scheduled change of EC2 instances: Start moves, once for each event. */
export class Retirement extends Construct {
  readonly failureAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: RetirementProps) {
    super(scope, id);
    const { machine, owner, encryptionKey } = props;
    const step = lambdaSteps(this, { folder: 'triggers', owner, encryptionKey });
    const start = step('Start moves', {
      input: { event: '{% $states.input %}', machine: machine.stateMachineArn, tag: { ...props.tag }, request: props.request },
      allow: [
        describeEc2('Instances'),
        { actions: ['states:StartExecution'], on: [machine.stateMachineArn], because: 'starts a move for each instance that is announced' },
      ],
    });
    const trigger = new WorkflowMachine(this, 'Machine', {
      workflow: start,
      handlers: this,
      comment: 'Starts moves of instances whose host is retired.',
      timeout: Duration.hours(1),
      encryptionKey,
    });
    this.failureAlarm = trigger.failureAlarm;
    new events.Rule(this, 'ScheduledChange', {
      description: 'AWS Health announces a scheduled change of EC2 instances.',
      // which of the codes mean a retirement or stop the handler decides: their list is not documented as complete
      eventPattern: { source: ['aws.health'], detailType: ['AWS Health Event'], detail: { service: ['EC2'], eventTypeCategory: ['scheduledChange'] } },
      targets: [new targets.SfnStateMachine(trigger.machine, { retryAttempts: 185, maxEventAge: Duration.hours(24) })],
    });
  }
}
