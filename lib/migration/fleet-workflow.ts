import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { askBy } from '../private/approval';
import { describeExecutions } from '../private/executions';
import { readInstanceMetrics } from '../private/instance-metrics';
import { DefineStep, lambdaSteps } from '../private/lambda-step';
import { bucketObjects } from '../private/migration-bucket';
import { RESERVING, reservationItems } from '../private/reservations';
import { Allow, DESCRIBE_MEMBERS, describeEc2 } from '../private/statement';

/** All that a fleet's executions make belongs to the one that it began with. */
const ROOT = '{% $root %}';

/** One vCPU, which the planner is measured on. */
const PLANNER_MEMORY = 1769;

/** Days of metrics: two weeks at the same time of day for the last slot of a plan of a week. */
const HISTORY_DAYS = 21;

/**
 * A day of a fleet is one execution: some 2,500 events, far from the 25,000 at which Step Functions ends it ("Service quotas"), and a history
 * that can be read.
 */
const MOST_TICKS = 96;

export interface FleetWorkflowProps {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly bucket: s3.IBucket;
  /** The places, as handlers are told of them. */
  readonly locations: readonly object[];
  /** What an instance must carry to be moved. */
  readonly tag: { readonly key: string; readonly value: string };
  /** The machine that moves one instance. */
  readonly instanceMachine: sfn.StateMachine;
  readonly volumeKeys: readonly kms.IKeyRef[];
  /** Whether moves can send blocks. */
  readonly replicates: boolean;
  readonly notificationTopic?: sns.ITopic;
  readonly approvalTimeout: Duration;
  /**
   * Quarters of an hour after which a fleet goes on as another execution.
   * @default 96
   */
  readonly ticksPerExecution?: number;
  readonly encryptionKey?: kms.IKeyRef;
}

/**
 * Check fleet request → Describe fleet → Check destination → Read metrics → Forecast links → Plan migrations → [ Await plan approval ] →
 * every quarter of an hour ( Are migrations running → Read new points → Decide starts → Start migrations ) → Report fleet.
 *
 * What is large lies in the bucket; the execution has counts only. It makes nothing that has to be removed: a fleet that is aborted
 * starts nothing more, what moves goes on by itself, and room that was taken for a start that never came runs out within half an hour.
 */
export function fleetWorkflow(scope: Construct, props: FleetWorkflowProps): sfn.IChainable {
  const { owner, ledger, bucket, locations, tag, instanceMachine, encryptionKey } = props;
  const step = lambdaSteps(scope, { folder: 'fleet', owner, execution: ROOT, encryptionKey });
  const store = { bucket: bucket.bucketName, prefix: '{% $prefix %}' };
  const objects = (...actions: ('GetObject' | 'PutObject')[]): Allow[] =>
    bucketObjects(bucket, 'fleets', actions, 'what is known and decided of a fleet lies in the bucket, for it is too large for an execution');
  const metrics: Allow = {
    actions: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'], on: ['*'], because: 'CloudWatch has no resource-level permissions for reading metrics',
  };

  const begin = sfn.Pass.jsonata(scope, 'Begin fleet', {
    assign: {
      root: '{% $exists($states.input.continue.root) ? $states.input.continue.root : $states.context.Execution.Id %}',
      prefix: '{% $exists($states.input.continue.prefix) ? $states.input.continue.prefix : null %}',
      shards: '{% $exists($states.input.continue.shards) ? $states.input.continue.shards : 0 %}',
      part: '{% $exists($states.input.continue.part) ? $states.input.continue.part : 1 %}',
      ticks: 0,
    },
  });
  const checkRequest = step('Check fleet request', {
    input: { request: '{% $states.context.Execution.Input %}', approvable: props.notificationTopic !== undefined, locations, bucket: bucket.bucketName },
    assign: {
      prefix: '{% $states.result.Payload.prefix %}', planOnly: '{% $states.result.Payload.planOnly %}', approvePlan: '{% $states.result.Payload.approvePlan %}',
    },
    allow: objects('PutObject'),
  });
  const describeFleet = step('Describe fleet', {
    input: { ...store, locations, tag },
    allow: [
      describeEc2('Instances', 'Volumes', 'InstanceTypes'), DESCRIBE_MEMBERS, ...objects('GetObject', 'PutObject'),
    ],
  });
  const checkDestination = step('Check destination', {
    input: { ...store, table: ledger.tableName, locations, volumeKeyArns: props.volumeKeys.map(key => key.keyRef.keyArn), replicates: props.replicates },
    assign: { shards: '{% $states.result.Payload.shards %}' },
    allow: [
      describeEc2('Instances', 'Subnets', 'InstanceTypeOfferings', 'Snapshots'),
      { actions: ['cloudwatch:GetMetricData'], on: ['*'], because: 'tells what an Outpost has free; CloudWatch has no resource-level permissions for reading metrics' },
      reservationItems(ledger, ['GetItem'], 'what is promised to moves under way is not free'),
      ...objects('GetObject', 'PutObject'),
    ],
  });
  const readMetrics = readInstanceMetrics(scope, { owner, bucket, folder: 'fleets', execution: ROOT, from: HISTORY_DAYS, to: null, encryptionKey });
  const forecastLinks = step('Forecast links', {
    input: { ...store, table: ledger.tableName, locations },
    allow: [
      metrics, reservationItems(ledger, ['GetItem'], 'what others have reserved is not free'), ...objects('GetObject', 'PutObject'),
      ...bucketObjects(bucket, 'past', ['GetObject'], 'durations are forecast from what past moves took'),
      { actions: ['s3:ListBucket'], on: [bucket.bucketArn], where: { StringEquals: { 's3:prefix': 'past/' } }, because: 'finds what past fleets took' },
    ],
  });
  const planMigrations = step('Plan migrations', {
    input: { ...store, locations, shards: '{% $shards %}', metricsRequested: '{% $metricsRequested %}' },
    assign: { plan: '{% $states.result.Payload %}' },
    allow: objects('GetObject', 'PutObject'),
    memorySize: PLANNER_MEMORY,
  });

  const reportFleet = step('Report fleet', {
    input: store,
    assign: { report: '{% $states.result.Payload %}' },
    allow: [
      ...objects('GetObject', 'PutObject'),
      ...bucketObjects(bucket, 'past', ['PutObject'], 'keeps what the moves took, for the forecasts of later fleets'),
    ],
  });
  reportFleet.next(sfn.Succeed.jsonata(scope, 'Fleet moved', { outputs: '{% $report %}' }));

  // -- every quarter of an hour

  const readNewPoints = step('Read new points', {
    input: { ...store, table: ledger.tableName, locations },
    allow: [metrics, reservationItems(ledger, ['GetItem'], 'what others have reserved is not free'), ...objects('GetObject', 'PutObject')],
  });
  const decideStarts = step('Decide starts', {
    input: { ...store, table: ledger.tableName, shards: '{% $shards %}' },
    allow: [reservationItems(ledger, RESERVING, 'takes room on a link for who starts now'), ...objects('GetObject', 'PutObject')],
    memorySize: PLANNER_MEMORY,
  });
  const startMigrations = step('Start migrations', {
    input: { ...store, table: ledger.tableName, locations, machine: instanceMachine.stateMachineArn },
    assign: { nextLook: '{% $states.result.Payload.nextLook %}' },
    allow: [
      { actions: ['states:StartExecution'], on: [instanceMachine.stateMachineArn], because: 'each move is an execution of its own, which ends by itself' },
      reservationItems(ledger, RESERVING, 'hands the room over to the move'),
      ...objects('GetObject', 'PutObject'),
    ],
    retry: ['LinkIsContended'],
  });
  const areMigrationsRunning = step('Are migrations running', {
    input: { ...store, table: ledger.tableName, ticks: '{% $ticks %}' },
    assign: { progress: '{% $states.result.Payload %}', ticks: '{% $ticks + 1 %}' },
    allow: [
      describeExecutions(scope, [instanceMachine.stateMachineName], 'moves are executions of the one machine that moves', encryptionKey),
      { actions: ['ec2:DescribeInstances'], on: ['*'], because: 'EC2 describes have no resource-level permissions; the phase on a source tells that its target serves' },
      { actions: ['cloudwatch:GetMetricData'], on: ['*'], because: 'tells how busy an instance was while it was copied; CloudWatch has no resource-level permissions for reading metrics' },
      reservationItems(ledger, RESERVING, 'gives back the room of a move that failed'),
      ...objects('GetObject', 'PutObject'),
    ],
    retry: ['LinkIsContended'],
  });
  const isLong = sfn.Choice.jsonata(scope, 'Many turns?')
    .when(sfn.Condition.jsonata(`{% $ticks >= ${props.ticksPerExecution ?? MOST_TICKS} %}`), continueFleet(scope))
    .otherwise(areMigrationsRunning);
  const wait = (name: string, time: sfn.WaitTime): sfn.Chain => sfn.Wait.jsonata(scope, name, { time }).next(isLong);
  // whoever has left a link, or failed, makes room in the same turn
  areMigrationsRunning.next(sfn.Choice.jsonata(scope, 'All moved?')
    .when(sfn.Condition.jsonata('{% $progress.done %}'), reportFleet)
    .when(sfn.Condition.jsonata('{% $progress.waiting + $progress.copying > 0 %}'),
      readNewPoints.next(decideStarts).next(startMigrations).next(wait('Wait for next slot', sfn.WaitTime.timestamp('{% $nextLook %}'))))
    // nobody waits, and nothing goes over a link: sources are held, and let go some day
    .otherwise(wait('Wait for releases', sfn.WaitTime.duration(Duration.hours(1)))));

  const isAnything = sfn.Choice.jsonata(scope, 'Anything to move?')
    .when(sfn.Condition.jsonata('{% $plan.moves > 0 %}'), areMigrationsRunning)
    .otherwise(reportFleet);
  const approved = planApproval(scope, props, step, store, objects('GetObject'), isAnything);
  const planned = sfn.Succeed.jsonata(scope, 'Planned', {
    outputs: { plan: '{% $plan %}', bucket: bucket.bucketName, key: "{% $prefix & '/plan.json' %}", page: "{% $prefix & '/plan.html' %}" },
  });
  planMigrations.next(sfn.Choice.jsonata(scope, 'Plan only?')
    .when(sfn.Condition.jsonata('{% $planOnly %}'), planned)
    .otherwise(approved));
  checkRequest.next(describeFleet).next(checkDestination).next(readMetrics).next(forecastLinks).next(planMigrations);
  return begin.next(sfn.Choice.jsonata(scope, 'Continued?')
    .when(sfn.Condition.jsonata('{% $exists($states.context.Execution.Input.continue) %}'), areMigrationsRunning)
    .otherwise(checkRequest));
}

function planApproval(
  scope: Construct, { notificationTopic, approvalTimeout }: FleetWorkflowProps, step: DefineStep, store: Record<string, unknown>, objects: Allow[],
  then: sfn.IChainable,
): sfn.IChainable {
  if (!notificationTopic) return then;
  const { topicArn } = notificationTopic;
  const ask = step('Await plan approval', {
    input: { ...store, topicArn, taskToken: '{% $states.context.Task.Token %}' },
    allow: [askBy(notificationTopic), ...objects],
    answerWithin: approvalTimeout,
  });
  return sfn.Choice.jsonata(scope, 'Needs plan approval?')
    .when(sfn.Condition.jsonata('{% $approvePlan %}'), ask.next(then))
    .otherwise(then);
}

/**
 * A fleet that takes long goes on as another execution of its machine, with the same root: same names, same reservations, same folder. The
 * machine starts itself; the state names it by the context, for a definition can not hold its own ARN.
 */
function continueFleet(scope: Construct): sfn.IChainable {
  const again = new sfn.CustomState(scope, 'Continue fleet', {
    stateJson: {
      Type: 'Task',
      QueryLanguage: 'JSONata',
      Resource: Stack.of(scope).formatArn({
        service: 'states', region: '', account: '', resource: 'aws-sdk', resourceName: 'sfn:startExecution', arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      Arguments: {
        StateMachineArn: '{% $states.context.StateMachine.Id %}',
        // the same for every retry; a name has 80 characters, and two that begin alike are two
        Name: "{% ($name := $split($root, ':')[7]; ($length($name) > 70 ? $substring($name, 0, 61) & '-' & $substring($hash($name, 'SHA-256'), 0, 8) : $name) & '-part' & $string($part + 1)) %}",
        Input: "{% $string({'continue': {'root': $root, 'prefix': $prefix, 'shards': $shards, 'part': $part + 1}}) %}",
      },
      Output: { continuedBy: '{% $states.result.ExecutionArn %}' },
      Retry: [{
        ErrorEquals: ['Sfn.SfnException', 'Sfn.SdkClientException', 'States.Timeout'],
        IntervalSeconds: 5, MaxAttempts: 8, BackoffRate: 2, MaxDelaySeconds: 120, JitterStrategy: 'FULL',
      }],
      TimeoutSeconds: 60,
    },
  });
  return again.next(sfn.Succeed.jsonata(scope, 'Goes on'));
}
