import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { EdgeLocation } from './edge-location';
import { InstanceStoreSync } from './instance-store-sync';
import { Fleet } from './migration/fleet';
import { Replay } from './migration/replay';
import { migrationRescue } from './migration/rescue';
import { migrationWorkflow } from './migration/workflow';
import { MobilityLedger } from './mobility-ledger';
import { MovableInstances } from './movable-instances';
import { constructMetric } from './private/construct-metrics';
import { Ec2Arns } from './private/ec2-arns';
import { Janitor } from './private/janitor';
import { migrationBucket } from './private/migration-bucket';
import { ownerOf } from './private/ownership';
import { startServicesDocument } from './private/service-documents';
import { documentNames } from './private/verify-document';
import { WorkflowMachine } from './private/workflow-machine';

/** The shares of the machine's timeout that waiting for one approval, and holding a source, may take. */
const APPROVAL_SHARE = 0.1;
const HOLD_SHARE = 0.5;
/** What could not be removed because its Outpost was away is not left for a day. */
const SWEEP_EVERY = Duration.hours(1);

/**
 * Properties for `EdgeMigration`.
 */
export interface EdgeMigrationProps {
  /**
   * Which instances may be moved.
   */
  readonly instances: MovableInstances;

  /**
   * The places that instances are moved to, and back to. Executions name them.
   */
  readonly locations: EdgeLocation[];

  /**
   * The roles that a target may be given: those of the instances that are moved.
   *
   * @default - none: only instances without an instance profile can be moved
   */
  readonly passableRoles?: iam.IRoleRef[];

  /**
   * The customer managed keys that encrypt the EBS volumes of instances.
   *
   * @default - none: volumes that are not encrypted, or encrypted by the AWS managed key `aws/ebs`
   */
  readonly volumeKeys?: kms.IKeyRef[];

  /**
   * The target groups in which a target may take its source's place.
   *
   * @default - none
   */
  readonly targetGroups?: elbv2.ITargetGroupRef[];

  /**
   * The hosted zones in which records that name the source may be changed to name the target.
   *
   * @default - none
   */
  readonly hostedZones?: route53.IHostedZoneRef[];

  /**
   * Documents (type Command, in the stack's account and Region, without required parameters) by which an execution may judge its target: one
   * that names it as `verifyDocument` runs it there once the services run, and goes back to the source unless all its steps succeed. Nothing
   * of an execution's input reaches the document. Give `blocks` the same ones.
   *
   * @default - none: only what the library itself compares
   */
  readonly verifyDocuments?: ssm.IDocumentRef[];

  /**
   * The ledger that holds the leases on instances and the reservations on links; give all constructs of an account and Region the same.
   *
   * @default - a new ledger
   */
  readonly ledger?: MobilityLedger;

  /**
   * How long the move of one instance may take: waiting for its link and each round of snapshots a quarter of it, waiting for an
   * approval a tenth, holding the source a half.
   *
   * @default Duration.days(14)
   */
  readonly timeout?: Duration;

  /**
   * Where requests for approval and failure alarms go. The policy of a key that encrypts it has to admit CloudWatch (`cloudwatch.amazonaws.com`).
   *
   * @default - nowhere: executions can not ask for approval, and nobody is told of a failure
   */
  readonly notificationTopic?: sns.ITopic;

  /**
   * The key that encrypts logs, state machines, the ledger and the bucket. Its policy has to admit CloudWatch Logs and Step Functions,
   * and leave the rest to IAM policies: the steps' roles may use it by way of DynamoDB, and decrypt executions where they read what these were
   * asked. Whoever looks at executions needs `kms:Decrypt`, too.
   *
   * @default - the account's `aws/dynamodb` for the ledger, keys owned by AWS for the rest
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Sends the blocks of volumes from one instance to the other, for moves with `transport: "blocks"`: over your own link, at a rate of its
   * own, with a pause of seconds. Give it the same `ledger`, the same tag of instances, the subnets of the locations, and the target groups,
   * hosted zones and roles that moves need; it takes a stack of its own, with the ledger, for two constructs are more than the 500 resources of one.
   *
   * @default - none: AWS moves all bytes
   */
  readonly blocks?: InstanceStoreSync;

  /**
   * Prices that turn the plan's units into money, as in `InstanceClone`.
   *
   * @default - plans count units only
   */
  readonly prices?: { [unit: string]: number };
}

/**
 * Defines state machines that move running EC2 instances between a Region and its edge, an Outpost or a Local Zone, and back.
 *
 * Start an execution of `stateMachine` for each instance:
 *
 * ```json
 * { "instanceId": "i-0123456789abcdef0", "destination": "factory", "services": ["app.service"], "maxDowntime": "PT10M", "planOnly": false }
 * ```
 *
 * **Input.** `instanceId` and `destination` (required: the name of one of the `locations`); `services` (systemd units that write, in the
 * order in which they are stopped; default none); `consistency` (`crash` | `filesystem`: filesystems are frozen for the last snapshots;
 * default `crash`); `maxDowntime` (ISO 8601 duration, default `PT15M`: a switch that takes longer goes back to the source); `deadline`
 * (ISO 8601: the target serves by then, or the source goes on); `traffic` (`targetGroupArns`, `records`, `elasticIps`: what follows the
 * instance; `callback`: waits until somebody has redirected the rest); `keepSource` (ISO 8601 duration or `forever`, default `PT24H`: for so long
 * the source is held, its services stopped, then it is **terminated**);
 * `stopSource` (default false: the source runs on, its services stopped) and `acceptCapacityLoss` (its room at an Outpost may be gone when
 * it has to start again); `approve` (list of `cut-over`, `release`); `transport` (`auto` | `ebs` | `blocks`, default `auto`: `ebs` where its
 * pause is tolerated); `installPackages` (what sends blocks may be installed; default false); `verifyDocument` (the name of one of the
 * `verifyDocuments`: it judges the target before clients are led there; default none); `volumes`; `reservation` and `root`
 * (what a fleet has reserved); `gate` (those with which it switches together);
 * `planOnly` (default false). Unknown fields and malformed ids are refused before anything happens.
 *
 * **Output.** `instanceId`, `destination`, `targetInstanceId`, `plan`, `volumes` (`device`, `volumeId`, `sourceVolumeId`, `transport`,
 * `copy`, `rounds`, `bytes`), `bytes`, `rounds`, `startedAt`, `switchedAt`, `copiedAt` (by blocks), `endedAt`, `pauseSeconds`, `preCopy`,
 * `frozen`, `heldUntil`, `sourceReleased`, `verified`, `traffic`. With `planOnly` the output is `plan` alone.
 *
 * **Fleets.** Start an execution of `fleetMachine` to move many, each when it is cheap for it and its link has room:
 *
 * ```json
 * { "instances": { "tag": { "key": "site", "value": "factory-7" } }, "destination": "factory", "timeZone": "Europe/Berlin", "planOnly": true }
 * ```
 *
 * `docs/migration-fleet.md` has its input, its output and what it reads of CloudWatch. Its plans and reports lie in `bucket`.
 *
 * **Replay.** Before anything is moved, an execution of `replayMachine` tells what moving these instances would have cost in the past
 * weeks under each strategy, from their own metrics: `docs/migration-replay.md`.
 *
 * **Errors.** Until clients are led to the target whatever fails is undone by itself, and the source serves; the cause tells how long it
 * was paused. From then on a failure removes nothing: both instances are kept. `docs/migration.md` tells for each error what to do.
 */
export class EdgeMigration extends Construct {
  /**
   * The state machine that moves one instance.
   */
  public readonly stateMachine: sfn.StateMachine;

  /**
   * The state machine that plans and starts the moves of a fleet, up to 10,000 instances.
   */
  public readonly fleetMachine: sfn.StateMachine;

  /**
   * The state machine that tells what moving would have cost in the past weeks. It moves nothing and makes nothing.
   */
  public readonly replayMachine: sfn.StateMachine;

  /**
   * Plans, reports and what else of fleets is too large for an execution. It is encrypted, and kept when the stack is deleted.
   */
  public readonly bucket: s3.Bucket;

  /**
   * In alarm when an execution failed, timed out or was aborted in the last five minutes.
   */
  public readonly failureAlarm: cloudwatch.Alarm;

  /**
   * In alarm when the execution of a fleet failed, timed out or was aborted in the last five minutes; its moves go on by themselves.
   */
  public readonly fleetAlarm: cloudwatch.Alarm;

  /**
   * In alarm when something of an ended execution could not be swept up.
   */
  public readonly janitorAlarm: cloudwatch.Alarm;

  /**
   * In alarm when a source could not be made to serve again after its move was ended from outside: nobody may serve.
   */
  public readonly rescueAlarm: cloudwatch.Alarm;

  /**
   * In alarm while a source that has to serve again can not be reached, as when its Outpost is cut off: nobody may serve. It is tried again
   * for two days.
   */
  public readonly unreachableAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: EdgeMigrationProps) {
    super(scope, id);
    const timeout = props.timeout ?? Duration.days(14);
    validate(props, timeout);
    const { encryptionKey } = props;
    const share = (part: number): Duration => Duration.seconds(Math.floor(timeout.toSeconds() * part));
    const owner = ownerOf(this);
    const tag = props.instances._tag;
    const ledger = (props.ledger ?? new MobilityLedger(this, 'Ledger', { encryptionKey }))._tableFor(this);
    const startDocument = startServicesDocument(this);
    const shared = {
      owner, ledger, startDocument, encryptionKey,
      hosts: { arns: [new Ec2Arns(this).instances], where: { StringEquals: { [`aws:ResourceTag/${tag.key}`]: tag.value } } },
    };
    this.bucket = migrationBucket(this, encryptionKey);
    const locations = props.locations.map(toLocation);
    const workflow = new Construct(this, 'Workflow');
    const machine = new WorkflowMachine(this, 'Machine', {
      handlers: workflow,
      workflow: migrationWorkflow(workflow, {
        ...shared, tag, timeout, bucket: this.bucket,
        locations,
        subnets: props.locations.map(({ _place }) => _place.subnet),
        passableRoles: props.passableRoles ?? [],
        volumeKeys: props.volumeKeys ?? [],
        targetGroups: props.targetGroups ?? [],
        hostedZones: props.hostedZones ?? [],
        verifyDocuments: props.verifyDocuments ?? [],
        notificationTopic: props.notificationTopic,
        replicationMachine: props.blocks?.stateMachine,
        replicationVpc: props.blocks?._vpc,
        replicationKey: props.blocks?._encryptionKey,
        approvalTimeout: share(APPROVAL_SHARE),
        longestHold: share(HOLD_SHARE),
        prices: props.prices ?? {},
      }),
      comment: 'Moves an EC2 instance between a Region and its edge.',
      timeout,
      encryptionKey,
    });
    this.stateMachine = machine.machine;
    this.failureAlarm = machine.failureAlarm;
    this.janitorAlarm = new Janitor(this, 'Janitor', {
      machines: [this.stateMachine], owner, ledger, groups: false, every: SWEEP_EVERY, encryptionKey,
    }).failureAlarm;
    this.rescueAlarm = migrationRescue(this, { ...shared, machines: [this.stateMachine], handlers: workflow, volumeKeys: props.volumeKeys ?? [] }).failureAlarm;
    this.unreachableAlarm = constructMetric(owner, 'UnreachableSources', { statistic: 'Sum' }).createAlarm(this, 'Unreachable', {
      alarmDescription: 'A source that has to serve again after a switch can not be reached. Nobody may serve: look at the line to it.',
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    const fleet = new Fleet(this, 'Fleet', {
      owner, ledger, bucket: this.bucket, locations, tag, instanceMachine: this.stateMachine, volumeKeys: props.volumeKeys ?? [],
      replicates: props.blocks !== undefined, notificationTopic: props.notificationTopic, approvalTimeout: share(APPROVAL_SHARE), encryptionKey,
    });
    this.fleetMachine = fleet.machine;
    this.fleetAlarm = fleet.failureAlarm;
    // whoever starts a replay waits for it, and nothing depends on it: its alarm wakes nobody
    this.replayMachine = new Replay(this, 'Replay', { owner, bucket: this.bucket, locations, encryptionKey }).machine;
    if (props.notificationTopic) {
      const alarms = [this.failureAlarm, this.janitorAlarm, this.rescueAlarm, this.unreachableAlarm, this.fleetAlarm];
      for (const alarm of alarms) alarm.addAlarmAction(new actions.SnsAction(props.notificationTopic));
    }
  }

  /**
   * The number of executions that moved an instance.
   *
   * @default - sum over 5 minutes
   */
  public metricSucceeded(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricSucceeded(options);
  }

  /**
   * The number of executions that failed.
   *
   * @default - sum over 5 minutes
   */
  public metricFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricFailed(options);
  }

  /**
   * How long executions took, in milliseconds, the time included in which they held their sources.
   *
   * @default - average over 5 minutes
   */
  public metricDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricTime(options);
  }
}

/** A location as handlers are told of it; they have the same shape in `lambda/shared/locations.ts`. */
function toLocation({ name, _kind: kind, _place: { subnet, tunnels, outpostArn, availabilityZone = '' } }: EdgeLocation): object {
  return { name, kind, subnetId: subnet.subnetRef.subnetId, availabilityZone, outpostArn, links: tunnels.map(tunnel => tunnel._link()) };
}

function validate({ locations, blocks, instances, ledger, verifyDocuments = [], prices = {} }: EdgeMigrationProps, timeout: Duration): void {
  if (timeout.toSeconds() < 3600 || timeout.toDays({ integral: false }) > 365) {
    throw new Error(`timeout must be between 1 hour and 365 days, got ${timeout.toHumanString()}`);
  }
  if (blocks && blocks._ledger !== ledger) {
    throw new Error(`blocks and this construct must have the same ledger, or an instance could be moved twice at a time: give both one MobilityLedger, got ${ledger ? 'two' : 'none here'}`);
  }
  const [mine, theirs] = [instances._tag, blocks?._instances._tag ?? instances._tag];
  if (mine.key !== theirs.key || mine.value !== theirs.value) {
    throw new Error(`blocks must move the same instances, those tagged ${mine.key}=${mine.value}, got ${theirs.key}=${theirs.value}`);
  }
  const foreign = blocks ? documentNames(verifyDocuments).find(name => !documentNames(blocks._verifyDocuments).includes(name)) : undefined;
  if (foreign !== undefined) throw new Error(`blocks must have the same verifyDocuments, for it runs them in moves by blocks: it lacks '${foreign}'`);
  if (locations.length === 0) throw new Error('locations must name at least one place, got an empty list');
  const names = locations.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`locations must have different names, got '${twice}' twice`);
  for (const [unit, price] of Object.entries(prices)) {
    if (!Token.isUnresolved(price) && !(price >= 0)) throw new Error(`prices must not be negative, got ${price} for '${unit}'`);
  }
}
