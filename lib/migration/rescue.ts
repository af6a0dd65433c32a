import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { lambdaSteps, STEP_TIMEOUT } from '../private/lambda-step';
import { leaseItems } from '../private/lease';
import { MovedHosts } from '../private/marks';
import { ShellDocument } from '../private/shell-document';
import { describeEc2 } from '../private/statement';
import { WorkflowMachine } from '../private/workflow-machine';
import { backToSource, REACH_WITHIN } from './back-to-source';

export interface RescueProps {
  /** The machine whose executions may be ended from outside in the middle of a switch. */
  readonly machine: sfn.StateMachine;
  /** The scope of its handlers, some of which serve here, too. */
  readonly handlers: Construct;
  readonly hosts: MovedHosts;
  readonly startDocument: ShellDocument;
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly encryptionKey?: kms.IKey;
}

/** A step that still ran when its execution was ended has done its last when this is over. */
const LAST_STEPS = STEP_TIMEOUT.plus(Duration.seconds(30));

/**
 * Makes the source serve again whose execution was aborted, or timed out, in its pause: Wait → Find abandoned switch → Discard target →
 * Resume services → Mark preparing. Without it nobody would serve until a person comes.
 */
export class Rescue extends Construct {
  readonly failureAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: RescueProps) {
    super(scope, id);
    const { machine, owner, ledger, encryptionKey } = props;
    // what is done here belongs to the execution that was ended
    const step = lambdaSteps(this, { folder: 'migration', owner, encryptionKey, execution: '{% $abandoned %}', sharedHandlers: props.handlers });
    const find = step('Find abandoned switch', {
      input: { table: ledger.tableName },
      assign: { source: '{% $states.result.Payload.source %}' },
      allow: [
        describeEc2('Instances'),
        {
          actions: ['states:DescribeExecution'],
          on: [Stack.of(this).formatArn({ service: 'states', resource: 'execution', resourceName: `${machine.stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
          because: 'reads what the execution had been asked for, and that it is over',
        },
        leaseItems(ledger, ['UpdateItem'], 'frees the lease of an execution that is over'),
      ],
    });
    const back = backToSource(this, step, {
      ...props, document: props.startDocument, instanceId: '{% $source.instanceId %}', services: '$source.services', stopped: '{% $source.stopped %}',
      then: sfn.Pass.jsonata(this, 'Source serves again'),
    });
    const begin = sfn.Pass.jsonata(this, 'Begin', { assign: { abandoned: '{% $states.input.detail.executionArn %}' } });
    begin.next(sfn.Wait.jsonata(this, 'Wait for last steps', { time: sfn.WaitTime.duration(LAST_STEPS) })).next(find).next(
      sfn.Choice.jsonata(this, 'Abandoned in its pause?')
        .when(sfn.Condition.jsonata('{% $source != null %}'), back)
        .otherwise(sfn.Succeed.jsonata(this, 'Nothing to bring back')));

    const rescue = new WorkflowMachine(this, 'Machine', {
      workflow: begin,
      handlers: this,
      comment: 'Makes sources serve again whose moves were ended in the middle of the pause.',
      timeout: REACH_WITHIN.plus(Duration.hours(2)),
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
