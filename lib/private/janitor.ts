import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from './ec2-arns';
import { describeExecutions } from './executions';
import { lambdaSteps, STEP_TIMEOUT } from './lambda-step';
import { leaseItems } from './lease';
import { removeLitter } from './litter';
import { Schedules } from './schedules';
import { SourcePlace } from './source-place';
import { WorkflowMachine } from './workflow-machine';

export interface JanitorProps {
  /** The machines whose executions are swept up after. */
  readonly machines: readonly sfn.StateMachine[];
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  /** Of clones that expire. */
  readonly schedules?: Schedules;
  /**
   * Whether executions make security groups.
   * @default true
   */
  readonly groups?: boolean;
  /**
   * How often it looks for what events missed, and for what could not be removed.
   * @default Duration.days(1)
   */
  readonly every?: Duration;
  /** Where the source is, if not where the stack is. */
  readonly source?: SourcePlace;
  readonly encryptionKey?: kms.IKey;
}

/** Passes without a find before an execution counts as swept; they lie at least one function timeout apart. */
const CLEAN_PASSES = 2;

/** A step that still ran when its execution was ended has written its last when this is over. */
const BETWEEN_PASSES = STEP_TIMEOUT.plus(Duration.seconds(30));

/** More passes than any honest litter needs: snapshots of hours are deleted at once, instances terminate in minutes. */
const MOST_PASSES = 40;

/**
 * Sweeps up after executions that were ended from outside (aborted, timed out) and so could not roll back: Sweep, until
 * two passes in a row find nothing. Status events are best effort, therefore it also looks for what they missed, by a schedule.
 */
export class Janitor extends Construct {
  readonly machine: sfn.StateMachine;
  readonly failureAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: JanitorProps) {
    super(scope, id);
    const { owner, ledger, schedules, encryptionKey } = props;
    const step = lambdaSteps(this, { folder: 'janitor', owner, encryptionKey, source: props.source });

    const sweep = step('Sweep', {
      input: { table: ledger.tableName, scheduleGroup: schedules?.groupName ?? null, executionToSweep: '{% $executionToSweep %}' },
      assign: {
        passes: '{% $passes + 1 %}',
        cleanPasses: '{% $states.result.Payload.clean ? $cleanPasses + 1 : 0 %}',
        leftOver: '{% $states.result.Payload.leftOver %}',
      },
      allow: [
        ...removeLitter(new Ec2Arns(this), owner, { schedules, groups: props.groups, source: props.source }),
        describeExecutions(
          this, props.machines.map(({ stateMachineName }) => stateMachineName), 'only what belongs to an execution that is over is litter', encryptionKey,
        ),
        leaseItems(ledger, ['UpdateItem'], 'frees the lease of a swept execution'),
      ],
      // so EventBridge Scheduler says that it is busy
      retry: ['InternalServerException'],
    });

    const begin = sfn.Pass.jsonata(this, 'Begin', {
      assign: {
        executionToSweep: '{% $exists($states.input.detail.executionArn) ? $states.input.detail.executionArn : null %}',
        passes: 0,
        cleanPasses: 0,
      },
    });
    const wait = sfn.Wait.jsonata(this, 'Wait between passes', { time: sfn.WaitTime.duration(BETWEEN_PASSES) });
    begin.next(sweep).next(sfn.Choice.jsonata(this, 'Swept clean?')
      .when(sfn.Condition.jsonata(`{% $cleanPasses >= ${CLEAN_PASSES} %}`), sfn.Succeed.jsonata(this, 'Swept'))
      .when(sfn.Condition.jsonata(`{% $passes >= ${MOST_PASSES} %}`), sfn.Fail.jsonata(this, 'Litter left', {
        error: 'LitterLeft',
        cause: '{% "These resources could not be removed; remove them by hand: " & $string($leftOver) %}',
      }))
      .otherwise(wait.next(sweep)));

    const machine = new WorkflowMachine(this, 'Machine', {
      workflow: begin,
      handlers: this,
      comment: 'Removes what executions left that were aborted or timed out.',
      timeout: Duration.hours(6),
      encryptionKey,
    });
    this.machine = machine.machine;
    this.failureAlarm = machine.failureAlarm;

    const target = new targets.SfnStateMachine(this.machine, { retryAttempts: 185, maxEventAge: Duration.hours(24) });
    new events.Rule(this, 'ExecutionEnded', {
      description: 'An execution was ended from outside, or failed although it had to roll back.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: props.machines.map(({ stateMachineArn }) => stateMachineArn), status: ['ABORTED', 'TIMED_OUT', 'FAILED'] },
      },
      targets: [target],
    });
    new events.Rule(this, 'Daily', {
      description: 'Status events are best effort: from time to time everything is looked through.',
      schedule: events.Schedule.rate(props.every ?? Duration.days(1)),
      targets: [target],
    });
  }
}
