import { isIP } from 'net';
import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { CloneBatch, mayRunBatches } from './clone/batch';
import { identityDocuments, isolatedProfile } from './clone/identity';
import { Lifetime } from './clone/lifetime';
import { ownVolumeWorkflow } from './clone/own-volume-workflow';
import { ShareAlarms } from './clone/share-alarms';
import { reportWorkflow } from './clone/report-workflow';
import { warmUpDocuments } from './clone/warm-up';
import { CloneSourceProps } from './clone/source-rights';
import { cloneWorkflow } from './clone/workflow';
import { CloneWorkflowProps } from './clone/workflow-props';
import { CloneSource } from './clone-source';
import { MobilityLedger } from './mobility-ledger';
import { Ec2Arns } from './private/ec2-arns';
import { Janitor } from './private/janitor';
import { ownerOf } from './private/ownership';
import { externalIdOf, SourcePlace } from './private/source-place';
import { joinClusterDocument, mountReadOnlyDocument, reserveDocument } from './private/volume-documents';
import { WorkflowMachine } from './private/workflow-machine';

/** A security group holds sixty rules. */
const MOST_RANGES = 60;

/** A Standard workflow ends after a year at the latest. */
const LONGEST_EXECUTION = Duration.days(365);
/** A swap takes minutes; but where an alarm asks for it, a volume that is being loaded is waited for, a day at most. */
const OWN_VOLUME_TIMEOUT = Duration.hours(28);

/**
 * Properties for `InstanceClone`.
 */
export interface InstanceCloneProps {
  /**
   * Which instances may be cloned.
   */
  readonly source: CloneSource;

  /**
   * The subnets that clones may be launched into.
   *
   * @default - any subnet: the one of the source, unless an execution asks for another
   */
  readonly subnets?: ec2.ISubnetRef[];

  /**
   * The roles that clones may be given, by the instance profile of their source or by one that an execution names.
   *
   * @default - none: an instance with a profile can only be cloned without it (`"instanceProfile": "none"`)
   */
  readonly passableRoles?: iam.IRoleRef[];

  /**
   * The customer managed keys that encrypt the volumes of sources, and those that executions may ask for.
   *
   * @default - none: volumes that are not encrypted, or encrypted by the AWS managed key `aws/ebs`
   */
  readonly volumeKeys?: kms.IKeyRef[];

  /**
   * The ledger that holds the leases on instances; give all constructs of an account and Region the same.
   *
   * @default - a new ledger
   */
  readonly ledger?: MobilityLedger;

  /**
   * How long an execution may take before it is stopped and swept up; snapshots of large volumes take hours.
   *
   * @default Duration.hours(24)
   */
  readonly timeout?: Duration;

  /**
   * Where requests for approval and failure alarms go. The policy of a key that encrypts it has to admit CloudWatch (`cloudwatch.amazonaws.com`).
   *
   * @default - nowhere: executions can not ask for approval, and nobody is told of a failure
   */
  readonly notificationTopic?: sns.ITopic;

  /**
   * The key that encrypts logs, state machines and the ledger. Its policy has to admit CloudWatch Logs and Step Functions,
   * and leave the rest to IAM policies: the steps' roles may use it by way of DynamoDB, and decrypt executions where they read what these were
   * asked. Whoever looks at executions needs `kms:Decrypt`, too.
   *
   * @default - the account's `aws/dynamodb` for the ledger, keys owned by AWS for the rest
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The address ranges that isolated clones may speak HTTPS to: those of the interface endpoints of Systems Manager, where
   * these are not in the VPC of the clones.
   *
   * @default - the endpoints in the VPC of the clones; where it has none, every public IPv4 address
   */
  readonly isolationEgress?: string[];

  /**
   * Prices that turn the plan's units into money, by unit: `snapshot-gib-month`, `volume-gib-month:<type>`,
   * `volume-iops-month:<type>`, `volume-mibps-month:gp3`, `instance-hour:<instance type>`, `public-ipv4-hour`, `initialized-gib`,
   * `copied-gib`, `gib-between-regions`.
   *
   * @default - plans count units only
   */
  readonly prices?: { [unit: string]: number };

  /**
   * The most that the clones of one execution may cost, from their launch until they expire or else in a month, in the money of
   * `prices`. Executions may ask for a lower limit (`maxCost`), never for a higher one; a unit without a price is refused.
   *
   * @default - no limit but what an execution asks for
   */
  readonly maxCost?: number;
}

/**
 * Defines a state machine that clones a running (or stopped) EC2 instance by copies or snapshots of its EBS volumes.
 *
 * Start an execution of `stateMachine` for each clone, from the Step Functions console or from your own workflow:
 *
 * ```json
 * { "sourceInstanceId": "i-0123456789abcdef0", "count": 2, "consistency": "filesystem", "planOnly": false }
 * ```
 *
 * **Input.** `sourceInstanceId` (required); `count` (1–1000, default 1); `minCount` (default `count`: fewer clones undo all);
 * `subnetId`, `instanceType`, `keyName`,
 * `securityGroupIds` (default: as the source); `instanceProfile` (`source` | `none` | a name, default `source`);
 * `userData` (`none` | `source` | base64, default `none`); `tags` (added to the source's); `consistency` (`crash` |
 * `filesystem`, default `crash`); `strategy` (`auto` | `volume-copy` | `snapshot`, default `auto`); `volumes` (by device name:
 * `exclude`, or `strategy` (also `shared`: the source's own volume, read-only, by `reservation` `write-exclusive` kept so by EBS itself; or, of
 * a gfs2 or ocfs2, by `access` `read-write` with `clusterServices` and `services`), `type`, `iops`, `throughput`, `size`, `kmsKeyId`);
 * `isolation` (default true: no network and no profile but for Systems Manager until the identity is verified); `identity` (`reset` |
 * `keep`, default `reset`); `ready` (`launched` | `warmed`, default `launched`) and `warmUp` (`auto` | `wait` | `read`, default `auto`: who
 * loads the volumes then); `volumeInitializationRate` (100–300 MiB/s);
 * `keepSnapshots` (`none` | `latest` | `all`, default `none`); `expireAfter` (such as `P7D` or `PT8H`, default: never): each clone is
 * then removed by a schedule of its own; `ownVolumeAbove` (`{}`, or limits `latencyMillis` and `queueDepth`; default: never): shares whose
 * volume is busier for ten of fifteen minutes end in a volume of the clone's own; `maxCost` (in the money of `prices`, default: no limit);
 * `approve` and `planOnly` (default false). Unknown
 * fields and malformed ids are refused before anything happens.
 *
 * **Output.** `clones` (instance ids, addresses, volumes with the snapshot or volume each came from), `failures` (clones of a fleet
 * that did not come to be, by reason), `plan` (what was created, how each volume came about and why, what differs from the source and
 * why, checks, expected seconds and cost), `shares` (what the clones read of the source's volumes, and where), `kept` (snapshots),
 * `leftOver`, `freeze` (the interval in which filesystems were frozen, or null), `identity` (with whom the clones were compared, and
 * what they still share), `warmUp` (how far their volumes were loaded, in percent), `expiresAt` (when the clones are removed, or
 * null). With `planOnly` the output is `plan` alone.
 *
 * **Errors.** Whatever fails, all that the execution made is removed, and the execution ends with the first error; its
 * cause lists what was removed and what was left. `docs/clone.md` tells for each error what to do.
 *
 * The source is never stopped, rebooted or modified.
 */
export class InstanceClone extends Construct {
  /**
   * Whose everything is that executions make: the value of the tag `instance-mobility:owner`, made of the names of the stack and of this construct.
   * `CloneSourceAccess` in another account asks for it.
   */
  public readonly owner: string;

  /**
   * The state machine that clones.
   */
  public readonly stateMachine: sfn.StateMachine;

  /**
   * The state machine that changes when a clone is removed, as `docs/clone.md` tells:
   * `{ "cloneInstanceId": "i-…", "expireAfter": "P7D" }`, counted from then on, or `"never"`.
   */
  public readonly extendStateMachine: sfn.StateMachine;

  /**
   * The state machine that gives a clone a volume of its own in the place of one that it shares with its source. Start it with
   * `{ "cloneInstanceId": "i-…", "volumeId": "vol-…" }`, and `type`, `iops`, `throughput` where it shall not be as the shared one;
   * its output tells the new volume, for how long nothing could be read, and how it was verified.
   */
  public readonly ownVolumeStateMachine: sfn.StateMachine;

  /**
   * The state machine that tells what the clones of this construct cost, in units, and what is left over of those that
   * are gone: `{}`, or `{ "sourceInstanceId": "i-…" }` for those of one source.
   */
  public readonly reportStateMachine: sfn.StateMachine;

  /**
   * In alarm when an execution failed, timed out or was aborted in the last five minutes.
   */
  public readonly failureAlarm: cloudwatch.Alarm;

  /**
   * In alarm when something of an ended execution could not be swept up.
   */
  public readonly janitorAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: InstanceCloneProps) {
    super(scope, id);
    const timeout = props.timeout ?? Duration.hours(24);
    validate(props, timeout);
    if (props.source._region !== undefined && props.source._region === Stack.of(this).region) {
      throw new Error(`source is said to be in another Region, but ${props.source._region} is the stack's own: leave inRegion out`);
    }
    const owner = ownerOf(this);
    const arns = new Ec2Arns(this, props.source._region);
    const { _instanceId: instanceId, _tag: tag, _region: region, _keys: sourceKeys, _account: account } = props.source;
    if (account !== undefined && account.accountId === Stack.of(this).account) {
      throw new Error(`source is said to be in another account, but ${account.accountId} is the stack's own: leave inAccount out`);
    }
    this.owner = owner;
    const place: SourcePlace = { region, role: account && { arn: account.roleArn, accountId: account.accountId, externalId: externalIdOf(owner) } };
    const ledger = (props.ledger ?? new MobilityLedger(this, 'Ledger', { encryptionKey: props.encryptionKey }))._tableFor(this);

    const source: CloneSourceProps = {
      ...place,
      keys: sourceKeys,
      sharingKey: account?.sharingKey,
      arns: [instanceId ? arns.instance(instanceId) : arns.instances],
      where: tag && { StringEquals: { [`aws:ResourceTag/${tag.key}`]: tag.value } },
    };
    const reserve = reserveDocument(this);
    const alarms = new ShareAlarms(this, 'ShareAlarms');
    const lifetime = new Lifetime(this, 'Lifetime', { owner, ledger, alarms, source, reserve, encryptionKey: props.encryptionKey });

    const shared: CloneWorkflowProps = {
      owner,
      ledger,
      lifetime,
      source,
      subnets: props.subnets,
      passableRoles: props.passableRoles ?? [],
      volumeKeys: props.volumeKeys ?? [],
      notificationTopic: props.notificationTopic,
      timeout,
      prices: props.prices ?? {},
      maxCost: props.maxCost ?? null,
      isolationEgress: props.isolationEgress ?? [],
      isolated: isolatedProfile(this),
      identityDocuments: identityDocuments(this),
      warmUpDocuments: warmUpDocuments(this),
      alarms,
      reserve,
      releasedBy: lifetime.expireSteps,
      mountReadOnly: mountReadOnlyDocument(this),
      joinCluster: joinClusterDocument(this),
      encryptionKey: props.encryptionKey,
    };
    const { machine: batch, handlers } = new CloneBatch(this, 'Batch', shared);
    const workflow = new Construct(this, 'Workflow');
    const machine = new WorkflowMachine(this, 'Machine', {
      handlers: workflow,
      workflow: cloneWorkflow(workflow, { ...shared, sharedHandlers: handlers }, batch),
      comment: 'Clones an EC2 instance.',
      timeout,
      encryptionKey: props.encryptionKey,
    });
    this.stateMachine = machine.machine;
    mayRunBatches(this.stateMachine, batch, props.encryptionKey);
    this.failureAlarm = machine.failureAlarm;

    const swaps = new Construct(this, 'OwnVolume');
    const swapSteps = new Construct(swaps, 'Workflow');
    const ownVolume = new WorkflowMachine(swaps, 'Machine', {
      handlers: swapSteps,
      workflow: ownVolumeWorkflow(swapSteps, shared),
      comment: 'Gives a clone a volume of its own instead of a shared one.',
      timeout: OWN_VOLUME_TIMEOUT,
      encryptionKey: props.encryptionKey,
    });
    this.ownVolumeStateMachine = ownVolume.machine;
    alarms.start(this.ownVolumeStateMachine);

    const { schedules } = lifetime;
    this.janitorAlarm = new Janitor(this, 'Janitor', {
      machines: [this.stateMachine, this.ownVolumeStateMachine], owner, ledger, schedules, source: place, encryptionKey: props.encryptionKey,
    }).failureAlarm;
    this.extendStateMachine = lifetime.extend;
    const reports = new Construct(this, 'Report');
    const reportSteps = new Construct(reports, 'Workflow');
    const report = new WorkflowMachine(reports, 'Machine', {
      handlers: reportSteps,
      workflow: reportWorkflow(reportSteps, {
        owner, schedules, clone: this.stateMachine, prices: props.prices ?? {}, encryptionKey: props.encryptionKey,
      }),
      comment: 'Tells what the clones cost and what is left over.',
      timeout: Duration.hours(1),
      encryptionKey: props.encryptionKey,
    });
    this.reportStateMachine = report.machine;
    if (props.notificationTopic) {
      const alarms = [this.failureAlarm, this.janitorAlarm, ...lifetime.failureAlarms, ownVolume.failureAlarm, report.failureAlarm];
      for (const alarm of alarms) alarm.addAlarmAction(new actions.SnsAction(props.notificationTopic));
    }
  }

  /**
   * The number of executions that cloned.
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
   * How long executions took, in milliseconds.
   *
   * @default - average over 5 minutes
   */
  public metricDuration(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricTime(options);
  }
}

function validate(props: InstanceCloneProps, timeout: Duration): void {
  if (timeout.toSeconds() < 600 || timeout.toSeconds() > LONGEST_EXECUTION.toSeconds()) {
    throw new Error(`timeout must be between 10 minutes and 365 days, got ${timeout.toHumanString()}`);
  }
  if (props.subnets?.length === 0) {
    throw new Error('subnets must name at least one subnet, got an empty list; leave it out to allow every subnet');
  }
  // of a list that only the deployment knows nothing can be said, as of a CloudFormation parameter
  const ranges = Token.isUnresolved(props.isolationEgress) ? undefined : props.isolationEgress;
  if (ranges !== undefined && (ranges.length === 0 || ranges.length > MOST_RANGES)) {
    throw new Error(`isolationEgress must name 1 to ${MOST_RANGES} address ranges, got ${ranges.length}; leave it out to take the endpoints of the VPC`);
  }
  for (const cidr of ranges ?? []) {
    if (!Token.isUnresolved(cidr) && !isRange(cidr)) throw new Error(`isolationEgress must be address ranges like 10.0.1.0/24, got '${cidr}'`);
  }
  for (const [unit, price] of Object.entries(props.prices ?? {})) {
    if (!Token.isUnresolved(price) && !(price >= 0)) throw new Error(`prices must not be negative, got ${price} for '${unit}'`);
  }
  if (props.maxCost !== undefined && !Token.isUnresolved(props.maxCost)) {
    if (!(props.maxCost > 0)) throw new Error(`maxCost must be above 0, got ${props.maxCost}`);
    if (!props.prices) throw new Error('maxCost needs prices: without them an execution knows only units');
  }
}

/** An IPv4 or IPv6 range as EC2 takes it. */
function isRange(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const kind = isIP(address);
  return kind !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 4 ? 32 : 128);
}
