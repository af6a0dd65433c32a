import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { lambdaSteps, STEP_TIMEOUT } from '../private/lambda-step';
import { leaseItems } from '../private/lease';
import { describeEc2 } from '../private/statement';
import { WorkflowMachine } from '../private/workflow-machine';

export interface RescueProps {
  /** The machine whose executions may be ended from outside in the middle of a switch. */
  readonly machine: sfn.StateMachine;
  readonly fallBackMachine: sfn.StateMachine;
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly encryptionKey?: kms.IKey;
}

/** A step that still ran when its execution was ended has done its last when this is over. */
const LAST_STEPS = STEP_TIMEOUT.plus(Duration.seconds(30));

/**
 * Brings a workload back whose execution was aborted, or timed out, between the first service stopped on the source and the last one
 * started on the target: Wait → Find abandoned switch → Start fall back. Without it nobody would serve until a person comes.
 */
export class Rescue extends Construct {
  readonly failureAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: RescueProps) {
    super(scope, id);
    const { machine, owner, ledger, encryptionKey } = props;
    const step = lambdaSteps(this, { folder: 'sync', owner, encryptionKey });
    const find = step('Find abandoned switch', {
      input: { abandoned: '{% $abandoned %}', table: ledger.tableName },
      assign: { fallBack: '{% $states.result.Payload.fallBack %}' },
      allow: [
        describeEc2('Instances'),
        {
          actions: ['states:DescribeExecution'],
          on: [Stack.of(this).formatArn({ service: 'states', resource: 'execution', resourceName: `${machine.stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
          because: 'reads what the execution had been asked for, and that it is over',
        },
        leaseItems(ledger, ['UpdateItem'], 'frees the leases of an execution that is over'),
      ],
    });
    const start = tasks.StepFunctionsStartExecution.jsonata(this, 'Start fall back', {
      stateMachine: props.fallBackMachine,
      input: sfn.TaskInput.fromObject({
        sourceInstanceId: '{% $fallBack.sourceInstanceId %}', targetInstanceId: '{% $fallBack.targetInstanceId %}', session: '{% $fallBack.session %}',
      }),
    });
    const begin = sfn.Pass.jsonata(this, 'Begin', { assign: { abandoned: '{% $states.input.detail.executionArn %}' } });
    begin.next(sfn.Wait.jsonata(this, 'Wait for last steps', { time: sfn.WaitTime.duration(LAST_STEPS) })).next(find).next(
      sfn.Choice.jsonata(this, 'Abandoned in its switch?')
        .when(sfn.Condition.jsonata('{% $fallBack != null %}'), start)
        .otherwise(sfn.Succeed.jsonata(this, 'Nothing to bring back')));

    const rescue = new WorkflowMachine(this, 'Machine', {
      workflow: begin,
      handlers: this,
      comment: 'Brings workloads back whose executions were ended in the middle of a switch.',
      timeout: Duration.hours(1),
      encryptionKey,
    });
    this.failureAlarm = rescue.failureAlarm;
    new events.Rule(this, 'ExecutionEnded', {
      description: 'An execution was ended from outside.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [machine.stateMachineArn], status: ['ABORTED', 'TIMED_OUT'] },
      },
      targets: [new targets.SfnStateMachine(rescue.machine, { retryAttempts: 185, maxEventAge: Duration.hours(24) })],
    });
  }
}
