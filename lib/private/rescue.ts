import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { describeExecutions } from './executions';
import { DefineStep, LambdaStepProps, STEP_TIMEOUT } from './lambda-step';
import { leaseItems } from './lease';
import { describeEc2 } from './statement';
import { WorkflowMachine } from './workflow-machine';

export interface RescueProps {
  /** The machines whose executions may be ended from outside while nobody serves. */
  readonly machines: sfn.StateMachine[];
  readonly ledger: dynamodb.ITable;
  readonly encryptionKey?: kms.IKey;
  readonly comment: string;
  readonly timeout: Duration;
  /** The steps of the rescue, in its scope. */
  readonly steps: (scope: Construct) => DefineStep;
  /** What *Find abandoned switch* is told, and sets. */
  readonly find: Pick<LambdaStepProps, 'input' | 'assign'>;
  readonly question: string;
  /** JSONata: whether somebody has to be brought back. */
  readonly abandoned: string;
  readonly bringBack: (scope: Construct, step: DefineStep) => sfn.IChainable;
}

/** A step that still ran when its execution was ended has done its last when this is over. */
const LAST_STEPS = STEP_TIMEOUT.plus(Duration.seconds(30));

/**
 * Brings a workload back whose execution was aborted, timed out, or was ended by Step Functions itself, while nobody served: Wait → Find
 * abandoned switch → [ bring back ]. Without it nobody would serve until a person comes. `$abandoned` is the execution's ARN.
 */
export class Rescue extends Construct {
  readonly failureAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: RescueProps) {
    super(scope, id);
    const { machines, ledger } = props;
    const step = props.steps(this);
    const find = step('Find abandoned switch', {
      ...props.find,
      allow: [
        describeEc2('Instances'),
        describeExecutions(this, machines.map(({ stateMachineName }) => stateMachineName), 'reads what the execution had been asked for, and that it is over', props.encryptionKey),
        leaseItems(ledger, ['UpdateItem'], 'frees the leases of an execution that is over'),
      ],
    });
    const begin = sfn.Pass.jsonata(this, 'Begin', { assign: { abandoned: '{% $states.input.detail.executionArn %}' } });
    begin.next(sfn.Wait.jsonata(this, 'Wait for last steps', { time: sfn.WaitTime.duration(LAST_STEPS) })).next(find).next(
      sfn.Choice.jsonata(this, props.question)
        .when(sfn.Condition.jsonata(props.abandoned), props.bringBack(this, step))
        .otherwise(sfn.Succeed.jsonata(this, 'Nothing to bring back')));

    const rescue = new WorkflowMachine(this, 'Machine', {
      workflow: begin, handlers: this, comment: props.comment, timeout: props.timeout, encryptionKey: props.encryptionKey,
      whenItFails: 'It did not succeed. Nobody may serve: look which instance does; if none, start the services on the source by hand, or by a fall back where blocks are replicated.',
    });
    this.failureAlarm = rescue.failureAlarm;
    new events.Rule(this, 'ExecutionEnded', {
      description: 'An execution was ended from outside.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        // of those that failed the step tells what Step Functions itself ended, such as a history of 25,000 events
        detail: { stateMachineArn: machines.map(({ stateMachineArn }) => stateMachineArn), status: ['ABORTED', 'TIMED_OUT', 'FAILED'] },
      },
      targets: [new targets.SfnStateMachine(rescue.machine, { retryAttempts: 185, maxEventAge: Duration.hours(24) })],
    });
  }
}
