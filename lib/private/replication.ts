import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { HostCommand, HostCommandProps, inOrder } from './host-command';
import { lambdaSteps, Patience } from './lambda-step';
import { renewLease } from './lease';
import { metricPlace, PUT_METRICS } from './construct-metrics';
import { documentOf, ReplicationDocuments, ReplicationStep } from './replication-documents';
import { Allow, describeEc2 } from './statement';

/** The leases that are held: on the source, and on a target that was not launched for it. */
export const LEASES = '{% $targetLease = null ? [$lease] : [$lease, $targetLease] %}';

/** The document may take half an hour. */
const LONGEST_PAUSE = Duration.minutes(35);

/**
 * Assigned when it begins to go back to the source: from then on nobody else can serve, so that a step which is still at work on the host, or a
 * host that reboots, is waited for.
 */
export const BEGIN_TO_GO_BACK = { goingBackSince: '{% $states.context.State.EnteredTime %}' };
const WAITED_FOR = { within: Duration.minutes(20), since: '$goingBackSince' };
/** The lock that the steps on one host share is held: no step that goes back has other reasons to say so. */
const STEP_AT_WORK = 'HeldByAnother';

const BEGIN_PROGRESS = { progress: { synchronised: false, pace: null, percent: 0, since: '{% $states.context.State.EnteredTime %}', waitSeconds: 0 } };

const READ_RATE_LIMIT: Allow = {
  actions: ['ec2:DescribeInstances'], on: ['*'], because: 'the rate limit is a tag of the source while it is changed; EC2 describes have no resource-level permissions',
};

export interface ReplicationProps {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly encryptionKey?: kms.IKeyRef;
  readonly documents: ReplicationDocuments;
  /** The instances that documents may be sent to, both sources and targets. */
  readonly hosts: Allow['on'];
  readonly where?: Allow['where'];
}

/**
 * Replicates block devices between two instances.
 *
 * Reads `$session`, `$hosts` (`source` and `target`, each `{ instanceId, address }`), `$request`, `$lease` and `$targetLease`, and from
 * 'Prepare target' on `$replication`, what the hosts were matched to, of which the engine says whose documents are sent. Each command is
 * made when it is asked for, so that a machine has only the functions that it uses.
 */
export class Replication {
  private readonly step;

  constructor(private readonly scope: Construct, private readonly props: ReplicationProps) {
    this.step = lambdaSteps(scope, { folder: 'replication', owner: props.owner, encryptionKey: props.encryptionKey });
  }

  /** What the source has; sets `$inspected`. */
  inspectSource(): HostCommand {
    return this.command('Inspect source', 'inspect', {
      look: 'Is source inspected',
      // with EBS volumes all that lies on them has to be known
      input: { instanceId: '{% $request.sourceInstanceId %}', mountPoints: '{% $request.ebsVolumes ? [] : $request.mountPoints %}', services: '{% $request.services %}' },
      assign: { inspected: '{% $states.result.Payload.host %}' },
      atMost: Duration.minutes(10),
    });
  }

  /** What the target has; sets `$targetHost`. */
  inspectTarget(): HostCommand {
    return this.command('Inspect target', 'inspect', {
      look: 'Is target inspected',
      input: { instanceId: '{% $hosts.target.instanceId %}', services: '{% $request.services %}' },
      assign: { targetHost: '{% $states.result.Payload.host %}' },
      atMost: Duration.minutes(10),
    });
  }

  /** What replicates, how, and with which engine; sets `$matched`. */
  match(): tasks.LambdaInvoke {
    return this.step('Match hosts', {
      input: { request: '{% $request %}', hosts: '{% $hosts %}', sourceHost: '{% $sourceHost %}', targetHost: '{% $targetHost %}' },
      assign: { matched: '{% $states.result.Payload.replication %}' },
      allow: [describeEc2('Instances', 'InstanceTypes')],
    });
  }

  /** Prepare target → Prepare source → Connect target: all that can be done and proved while the source serves. */
  prepare(then: sfn.IChainable): sfn.IChainable {
    const side = { session: '{% $session %}', replication: '{% $replication %}', hosts: '{% $hosts %}' };
    const atMost = Duration.minutes(20); // packages may have to be installed
    return inOrder([
      this.command('Prepare target', 'prepare-target', {
        look: 'Is target prepared', input: side, assign: { targetKey: '{% $states.result.Payload.publicKey %}' }, atMost,
      }),
      this.command('Prepare source', 'prepare-source', {
        look: 'Is source prepared', input: { ...side, peerKey: '{% $targetKey %}' }, assign: { sourceKey: '{% $states.result.Payload.publicKey %}' }, atMost,
      }),
      this.command('Connect target', 'prepare-target', {
        look: 'Is target connected', input: { ...side, peerKey: '{% $sourceKey %}' }, judge: { replication: '{% $replication %}' }, atMost,
      }),
    ], then);
  }

  /**
   * Mirror target → Mirror source → ( Ask for pre-copy → Is pre-copied ), until the target has every block or it is time to switch. The source
   * serves, but for a pause as the engine gets under its mounts; sets `$ahead`.
   */
  preCopy(atMost: Duration, then: sfn.IChainable): sfn.IChainable {
    const loop = new HostLoop(this.scope, {
      command: this.command('Ask for pre-copy', 'status', {
        within: 'pre-copy',
        patience: Patience.DAYS,
        look: 'Is pre-copied',
        input: { ...this.on('target'), pace: '{% $progress.pace %}', sourceInstanceId: '{% $hosts.source.instanceId %}' },
        judge: this.watched(),
        allow: this.watching(),
        assign: {
          progress: '{% $states.result.Payload.progress %}', preCopied: '{% $states.result.Payload.ready %}',
          ahead: "{% $merge([$ahead, {'percent': $states.result.Payload.progress.percent, 'bytesLeft': $states.result.Payload.progress.bytesLeft, 'endedAt': $states.context.State.EnteredTime}]) %}",
        },
        atMost: Duration.minutes(10),
      }),
      question: 'Pre-copied?',
      until: '{% $preCopied %}',
      wait: 'Wait for pre-copy',
      begin: BEGIN_PROGRESS,
      name: 'Begin pre-copy',
      since: '$progress.since',
      seconds: '{% $progress.waitSeconds %}',
      atMost,
      then,
    });
    return inOrder([
      this.command('Mirror target', 'pre-copy', { look: 'Is target mirrored', input: this.on('target'), atMost: Duration.minutes(15) }),
      this.command('Mirror source', 'pre-copy', {
        look: 'Is source mirrored', input: this.on('source'), judge: { metrics: metricPlace(this.props.owner) }, allow: [PUT_METRICS],
        assign: { ahead: "{% {'pauseSeconds': $states.result.Payload.pauseSeconds, 'beganAt': $states.context.State.EnteredTime} %}" }, atMost: LONGEST_PAUSE,
      }),
    ], loop);
  }

  /** Stops the services, unmounts, offers the blocks. A failure leaves the source serving. */
  switchSource(): HostCommand {
    return this.command('Switch source', 'switch-source', {
      look: 'Is source switched',
      input: this.on('source'),
      assign: { hotFiles: '{% $states.result.Payload.hotFiles %}', paused: '{% $states.result.Payload.paused %}' },
      atMost: LONGEST_PAUSE,
    });
  }

  /** Serves from the target. */
  switchTarget(): HostCommand {
    return this.command('Switch target', 'switch-target', {
      look: 'Is target serving',
      input: { ...this.on('target'), hotFiles: '{% $hotFiles %}' },
      judge: { paused: '{% $paused %}', metrics: metricPlace(this.props.owner) },
      allow: [PUT_METRICS],
      assign: { pause: '{% $states.result.Payload.pauseSeconds %}' },
      atMost: Duration.minutes(15),
    });
  }

  /**
   * Ask for status → Is synchronised, again and again until every block is on the target: sets the pace by what it sees.
   * `atMost` counts from the beginning of the loop.
   */
  synchronise(atMost: Duration, then: sfn.IChainable): HostLoop {
    return new HostLoop(this.scope, {
      command: this.command('Ask for status', 'status', {
        patience: Patience.DAYS,
        look: 'Is synchronised',
        input: { ...this.on('target'), pace: '{% $progress.pace %}' },
        judge: this.watched(),
        allow: this.watching(),
        assign: { progress: '{% $states.result.Payload.progress %}' },
        atMost: Duration.minutes(10),
      }),
      question: 'Synchronised?',
      until: '{% $progress.synchronised %}',
      wait: 'Wait for blocks',
      begin: BEGIN_PROGRESS,
      name: 'Begin synchronisation',
      since: '$progress.since',
      seconds: '{% $progress.waitSeconds %}',
      atMost,
      then,
    });
  }

  /** Verify blocks → Are blocks verified, until every block was compared: goes on at the pace of the synchronisation, and sets it by what it sees. */
  verify(atMost: Duration, then: sfn.IChainable): HostLoop {
    return new HostLoop(this.scope, {
      command: this.command('Verify blocks', 'verify', {
        patience: Patience.DAYS,
        look: 'Are blocks verified',
        input: { ...this.on('target'), restart: '{% $verification.restart %}', pace: '{% $verification.pace %}' },
        judge: { request: '{% $request %}', sourceInstanceId: '{% $hosts.source.instanceId %}', verification: '{% $verification %}', leases: LEASES },
        allow: [renewLease(this.props.ledger), READ_RATE_LIMIT],
        assign: { verification: '{% $states.result.Payload.verification %}' },
        atMost: Duration.minutes(10),
      }),
      question: 'Verified?',
      until: '{% $verification.verified %}',
      wait: 'Wait for verification',
      begin: { verification: { verified: false, restart: true, rounds: 0, percent: 0, pace: '{% $progress.pace %}', since: '{% $states.context.State.EnteredTime %}', waitSeconds: 0 } },
      name: 'Begin verification',
      since: '$verification.since',
      seconds: '{% $verification.waitSeconds %}',
      atMost,
      then,
    });
  }

  /** Leaves the plain device under the running target. */
  finalizeTarget(): HostCommand {
    return this.command('Finalize target', 'finalize', {
      look: 'Is target finalized', input: this.on('target'), assign: { volumes: '{% $states.result.Payload.volumes %}' }, atMost: Duration.minutes(15),
    });
  }

  /** Takes the engine off the source, which keeps its blocks. */
  releaseSource(): HostCommand {
    return this.command('Disconnect source', 'release-source', {
      look: 'Is source disconnected', input: this.on('source'), atMost: Duration.minutes(15),
    });
  }

  /** Undoes what was prepared on an instance before any switch. */
  undo(side: 'source' | 'target'): HostCommand {
    return this.command(`Undo ${side}`, 'release-source', {
      look: `Is ${side} undone`, input: this.on(side), atMost: Duration.minutes(15),
    });
  }

  /** Whether the source takes commands, before a target that serves is told to hand over to it. */
  askSource(): HostCommand {
    return this.command('Ask source', 'inspect', {
      look: 'Is source there', input: { instanceId: '{% $hosts.source.instanceId %}' }, atMost: Duration.minutes(10),
    });
  }

  /** Whether a target that was told to hand over serves all the same. */
  askTarget(): HostCommand {
    return this.command('Ask target', 'status', { look: 'Is target still serving', input: this.on('target'), atMost: Duration.minutes(10) });
  }

  /** The target hands over, or does not answer and it goes on `otherwise`. Reads `$goingBackSince`. */
  demoteTarget(otherwise?: sfn.IChainable): HostCommand {
    return this.command('Demote target', 'fall-back', {
      look: 'Is target demoted', input: this.on('target'), assign: { paused: '{% $states.result.Payload.paused %}' }, atMost: LONGEST_PAUSE,
      whenSilent: otherwise, sendAgain: { after: [STEP_AT_WORK], ...WAITED_FOR, otherwise },
    });
  }

  /**
   * The source serves again, with all that was written since the switch; `$sourcePhase` tells whether there had been one. Reads
   * `$goingBackSince`.
   */
  promoteSource(): HostCommand {
    return this.command('Promote source', 'fall-back', {
      look: 'Is source serving',
      input: { ...this.on('source'), peerLost: '{% $targetLost %}' },
      assign: { sourcePhase: '{% $states.result.Payload.phase %}' },
      atMost: LONGEST_PAUSE,
      sendAgain: { after: [STEP_AT_WORK, 'HostUnreachable'], ...WAITED_FOR },
    });
  }

  /** After a fall-back: the plain device under the source. */
  finalizeSource(): HostCommand {
    return this.command('Finalize source', 'finalize', { look: 'Is source finalized', input: this.on('source'), atMost: Duration.minutes(15) });
  }

  /** After a fall-back: takes the engine off the target. */
  releaseTarget(): HostCommand {
    return this.command('Disconnect target', 'release-source', { look: 'Is target disconnected', input: this.on('target'), atMost: Duration.minutes(15) });
  }

  /** What the steps that look at the copying are told. */
  private watched(): Record<string, unknown> {
    return {
      request: '{% $request %}', sourceInstanceId: '{% $hosts.source.instanceId %}', progress: '{% $progress %}', leases: LEASES, metrics: metricPlace(this.props.owner),
    };
  }

  private watching(): Allow[] {
    return [renewLease(this.props.ledger), PUT_METRICS, READ_RATE_LIMIT];
  }

  private on(side: 'source' | 'target'): Record<string, unknown> {
    return { session: '{% $session %}', instanceId: `{% $hosts.${side}.instanceId %}` };
  }

  private command(name: string, document: ReplicationStep, { within, ...props }: CommandProps): HostCommand {
    return new HostCommand(this.scope, this.step, this.commandHosts, name, {
      ...props, document: documentOf(this.props.documents, document, '$replication.engine', within),
      // what the host does it does whether anybody looks or not, and going back needs the same AWS
      patience: props.patience ?? Patience.LONG,
    });
  }

  /** The right to send documents to the instances. */
  get commandHosts(): Allow[] {
    const { hosts, where } = this.props;
    return [{ actions: ['ssm:SendCommand'], on: hosts, where, because: 'and only on instances that may be moved' }];
  }
}

interface CommandProps extends Omit<HostCommandProps, 'document'> {
  /** Of what the command is a part: engines that can not do that are not asked. */
  readonly within?: ReplicationStep;
}

interface HostLoopProps {
  readonly command: HostCommand;
  readonly name: string;
  /** Variables set before the first turn. */
  readonly begin: Record<string, unknown>;
  readonly question: string;
  readonly until: string;
  readonly wait: string;
  /** From when `atMost` counts, as a JSONata expression. */
  readonly since: string;
  readonly seconds: string;
  readonly atMost: Duration;
  readonly then: sfn.IChainable;
}

/** A command that is sent again and again until what it tells is enough. */
class HostLoop implements sfn.IChainable {
  readonly id: string;
  readonly startState: sfn.State;
  readonly endStates: sfn.INextable[] = [];

  constructor(scope: Construct, props: HostLoopProps) {
    const { command } = props;
    const wait = sfn.Wait.jsonata(scope, props.wait, { time: sfn.WaitTime.seconds(props.seconds) }).next(command.startState);
    const tooLong = sfn.Fail.jsonata(scope, `${props.wait}: too long`, {
      error: 'TookTooLong', cause: `'${command.id}' went on for more than ${props.atMost.toHumanString()}.`,
    });
    command.next(sfn.Choice.jsonata(scope, props.question)
      .when(sfn.Condition.jsonata(props.until), props.then)
      .when(sfn.Condition.jsonata(`{% $toMillis($states.context.State.EnteredTime) - $toMillis(${props.since}) > ${props.atMost.toMilliseconds()} %}`), tooLong)
      .otherwise(wait));
    this.id = props.name;
    this.startState = sfn.Pass.jsonata(scope, props.name, { assign: props.begin }).next(command.startState).startState;
  }
}
