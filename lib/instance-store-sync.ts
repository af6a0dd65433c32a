import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { MobilityLedger } from './mobility-ledger';
import { MovableInstances } from './movable-instances';
import { Ec2Arns } from './private/ec2-arns';
import { Janitor } from './private/janitor';
import { ownerOf } from './private/ownership';
import { replicationDocuments } from './private/replication-documents';
import { constructMetric } from './private/construct-metrics';
import { replicationNetwork } from './private/replication-ports';
import { Retirement } from './private/retirement';
import { WorkflowMachine } from './private/workflow-machine';
import { RetirementResponse } from './retirement-response';
import { fallBackWorkflow } from './sync/fall-back-workflow';
import { syncRescue } from './sync/rescue';
import { approvalTimeoutOf, syncWorkflow } from './sync/workflow';

/** Beyond this somebody has to look: the source serves again long before. */
const FALL_BACK_TIMEOUT = Duration.hours(6);

/**
 * Properties for `InstanceStoreSync`.
 */
export interface InstanceStoreSyncProps {
  /**
   * Which instances may be moved, and which existing ones may be moved to.
   */
  readonly instances: MovableInstances;

  /**
   * The VPC of the instances; those of another are refused. Both join a security group in it while they replicate, which admits nothing but the
   * replication.
   *
   * @default - the security groups of the instances already admit TCP 7788 to 7795 and UDP 7788 between them
   */
  readonly vpc?: ec2.IVPCRef;

  /**
   * The subnets that targets may be launched into.
   *
   * @default - any subnet: the one of the source, unless an execution asks for another
   */
  readonly subnets?: ec2.ISubnetRef[];

  /**
   * The roles that a launched target may be given. It needs one that Systems Manager reaches it by.
   *
   * @default - none: executions can only move to existing instances
   */
  readonly passableRoles?: iam.IRoleRef[];

  /**
   * The customer managed keys that encrypt the EBS volumes of sources.
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
   * of an execution's input reaches the document.
   *
   * @default - none: only what the library itself compares
   */
  readonly verifyDocuments?: ssm.IDocumentRef[];

  /**
   * What happens when AWS announces that the host of a movable instance is retired.
   *
   * @default - nothing: executions are started by hand
   */
  readonly onRetirement?: RetirementResponse;

  /**
   * The ledger that holds the leases on instances; give all constructs of an account and Region the same.
   *
   * @default - a new ledger
   */
  readonly ledger?: MobilityLedger;

  /**
   * How long an execution may take: synchronising and verifying may each take 60 % of it, waiting for an approval 10 %.
   *
   * @default Duration.days(7)
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
   * Prices that turn the plan's units into money, as in `InstanceClone`.
   *
   * @default - plans count units only
   */
  readonly prices?: { [unit: string]: number };
}

/**
 * Defines a state machine that moves a workload whose data lies on instance store to another EC2 instance: the new instance
 * serves first, within seconds, and the data follows while it does.
 *
 * Start an execution of `stateMachine` for each move:
 *
 * ```json
 * { "sourceInstanceId": "i-0123456789abcdef0", "services": ["postgresql.service"], "mountPoints": ["/data"],
 *   "target": { "launch": { "instanceType": "i4i.2xlarge" } }, "installPackages": true, "planOnly": false }
 * ```
 *
 * **Input.** `sourceInstanceId` (required); `target` (`{ "launch": { "instanceType", "subnetId", "securityGroupIds", "keyName",
 * "instanceProfile", "tags", "volumes" } }`, default `{ "launch": {} }`: like the source, or `{ "instanceId" }`: an existing instance); `mountPoints`
 * (default: all that lie on instance store); `ebsVolumes` (default false: what lies on EBS volumes may be moved, too, to empty ones of
 * the target); `services` (systemd units that use the data, in the order in which they are stopped;
 * default none); `engine` (`auto` | `drbd` | `md`, default `auto`: DRBD, where both instances have it); `encryption` (`wireguard` | `nitro` |
 * `none`, default `wireguard`);
 * `installPackages` and `overwriteTarget` (default false); `rateLimit` (MiB/s); `favour` (`balanced` | `application` | `sync`, default
 * `balanced`); `finishBy` (ISO 8601); `copy` (`post-copy` | `pre-copy` | `auto`, default `post-copy`: whether the blocks follow the switch or go
 * before it) and `switchBy` (ISO 8601: when a copy ahead ends at the latest); `metadataDirectory`
 * (default `/var/lib/instance-mobility`); `traffic` (`targetGroupArns`,
 * `records`, `elasticIps`: what follows the workload; `callback`: waits until somebody has redirected the rest); `approve` (list of
 * `switch`, `release`); `releaseSource` (`keep` | `stop` | `terminate`, default `keep`); `onFailure` (`wait` | `fall-back`, default
 * `wait`); `verifyDocument` (the name of one of the `verifyDocuments`: it judges the target in the switch; default none); `continueSession`
 * (a session of an earlier execution that ended after the switch); `planOnly` (default false). Unknown fields and malformed ids are refused
 * before anything happens.
 *
 * **Output.** `session`, `source`, `target`, `engine`, `volumes`, `switchedAt`, `pauseSeconds` (from the first service stopped on the
 * source to the last one started on the target), `preCopy` (what was copied ahead), `verified`, `traffic`, `sourceReleased`. With `planOnly`
 * the output is `plan` alone.
 *
 * **Errors.** Before the switch whatever fails is undone and the source never noticed. A switch that fails goes back to the source.
 * A failure after the switch removes nothing: both instances are kept, and the cause says how to continue or fall back (with `onFailure`
 * `fall-back` that begins by itself). `docs/sync.md` tells for each error what to do, and what happens to every byte in every failure.
 *
 * The source is neither stopped nor terminated before every block was compared.
 */
export class InstanceStoreSync extends Construct {
  /**
   * The state machine that moves.
   */
  public readonly stateMachine: sfn.StateMachine;

  /**
   * The state machine that brings a workload back to its source, with all that was written since:
   * `{ "sourceInstanceId": "i-…", "targetInstanceId": "i-…", "session": "…", "targetLost": false }`.
   */
  public readonly fallBackMachine: sfn.StateMachine;

  /**
   * In alarm when an execution failed, timed out or was aborted in the last five minutes.
   */
  public readonly failureAlarm: cloudwatch.Alarm;

  /**
   * In alarm when something of an ended execution could not be swept up.
   */
  public readonly janitorAlarm: cloudwatch.Alarm;

  /**
   * In alarm when a fall back did not succeed: nobody may serve.
   */
  public readonly fallBackAlarm: cloudwatch.Alarm;

  /**
   * In alarm when a move or a fall back that was ended from outside in its middle could not be brought back: nobody may serve.
   */
  public readonly rescueAlarm: cloudwatch.Alarm;

  /**
   * In alarm when AWS announced that a host is retired, and no execution could be started for it. There is one only with `onRetirement`.
   */
  public readonly retirementAlarm?: cloudwatch.Alarm;

  /** @internal */
  public readonly _ledger: MobilityLedger;

  /** @internal */
  public readonly _instances: MovableInstances;

  /** @internal */
  public readonly _verifyDocuments: ssm.IDocumentRef[];

  /** @internal */
  public readonly _vpc?: ec2.IVPCRef;

  /** @internal */
  public readonly _encryptionKey?: kms.IKey;

  private readonly owner: string;

  constructor(scope: Construct, id: string, props: InstanceStoreSyncProps) {
    super(scope, id);
    const timeout = props.timeout ?? Duration.days(7);
    validate(props, timeout);
    const { encryptionKey } = props;
    const owner = this.owner = ownerOf(this);
    const { key, value } = props.instances._tag;
    this._instances = props.instances;
    this._verifyDocuments = props.verifyDocuments ?? [];
    this._vpc = props.vpc;
    this._encryptionKey = encryptionKey;
    this._ledger = props.ledger ?? new MobilityLedger(this, 'Ledger', { encryptionKey });
    const ledger = this._ledger._tableFor(this);
    const shared = {
      owner,
      ledger,
      hosts: { arns: [new Ec2Arns(this).instances], where: { StringEquals: { [`aws:ResourceTag/${key}`]: value } }, tag: { key, value } },
      documents: replicationDocuments(new Construct(this, 'Documents')),
      network: props.vpc && replicationNetwork(this, props.vpc),
      targetGroups: props.targetGroups ?? [],
      hostedZones: props.hostedZones ?? [],
      notificationTopic: props.notificationTopic,
      encryptionKey,
    };

    const fallBack = new Construct(this, 'FallBack');
    const fallBackMachine = new WorkflowMachine(fallBack, 'Machine', {
      handlers: fallBack,
      workflow: fallBackWorkflow(fallBack, { ...shared, approvalTimeout: approvalTimeoutOf(FALL_BACK_TIMEOUT) }),
      comment: 'Brings a workload back to the instance it came from.',
      whenItFails: 'It did not succeed. Nobody may serve: look which instance does, mend what its cause says, and start the fall back again with the same input.',
      timeout: FALL_BACK_TIMEOUT,
      encryptionKey,
    });
    this.fallBackMachine = fallBackMachine.machine;
    this.fallBackAlarm = fallBackMachine.failureAlarm;

    const workflow = new Construct(this, 'Workflow');
    const machine = new WorkflowMachine(this, 'Machine', {
      handlers: workflow,
      workflow: syncWorkflow(workflow, {
        ...shared,
        fallBackMachine: this.fallBackMachine,
        subnets: props.subnets,
        passableRoles: props.passableRoles ?? [],
        volumeKeys: props.volumeKeys ?? [],
        verifyDocuments: this._verifyDocuments,
        timeout,
        approvalTimeout: approvalTimeoutOf(timeout),
        prices: props.prices ?? {},
      }),
      comment: 'Moves a workload with instance-store data to another EC2 instance.',
      timeout,
      encryptionKey,
    });
    this.stateMachine = machine.machine;
    this.failureAlarm = machine.failureAlarm;
    this.janitorAlarm = new Janitor(this, 'Janitor', {
      // fall backs make nothing, but hold a lease: who ended one starts the next at once
      machines: [this.stateMachine, this.fallBackMachine], owner, ledger, groups: false, encryptionKey,
    }).failureAlarm;
    const rescue = syncRescue(this, { machine: this.stateMachine, fallBackMachine: this.fallBackMachine, owner, ledger, encryptionKey });
    this.rescueAlarm = rescue.failureAlarm;
    if (props.onRetirement) {
      this.retirementAlarm = new Retirement(this, 'Retirement', {
        machine: this.stateMachine, tag: { key, value }, request: props.onRetirement._request, owner, encryptionKey,
      }).failureAlarm;
    }
    if (props.notificationTopic) {
      const alarms = [this.failureAlarm, this.janitorAlarm, this.fallBackAlarm, this.rescueAlarm, ...this.retirementAlarm ? [this.retirementAlarm] : []];
      for (const alarm of alarms) alarm.addAlarmAction(new actions.SnsAction(props.notificationTopic));
    }
  }

  /**
   * The number of executions that moved a workload.
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

  /**
   * The bytes that one copy only has, while a synchronisation runs.
   *
   * @default - maximum over 5 minutes
   */
  public metricBytesLeft(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return constructMetric(this.owner, 'BytesLeft', options);
  }

  /**
   * For how many seconds a workload was paused by its switch.
   *
   * @default - maximum over 5 minutes
   */
  public metricSecondsPaused(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return constructMetric(this.owner, 'SecondsPaused', options);
  }
}

function validate(props: InstanceStoreSyncProps, timeout: Duration): void {
  if (timeout.toSeconds() < 3600 || timeout.toDays({ integral: false }) > 365) {
    throw new Error(`timeout must be between 1 hour and 365 days, got ${timeout.toHumanString()}`);
  }
  if (props.subnets?.length === 0) {
    throw new Error('subnets must name at least one subnet, got an empty list; leave it out to allow every subnet');
  }
  const asks = props.onRetirement?._request['approve'];
  if (Array.isArray(asks) && asks.length > 0 && !props.notificationTopic) {
    throw new Error(`onRetirement asks for approval (${asks.join(', ')}), but there is no notificationTopic to ask anybody through`);
  }
  for (const [unit, price] of Object.entries(props.prices ?? {})) {
    if (!Token.isUnresolved(price) && !(price >= 0)) throw new Error(`prices must not be negative, got ${price} for '${unit}'`);
  }
}
