import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { approval } from '../private/approval';
import { attempt, MESSAGE } from '../private/attempt';
import { cutOver, Traffic } from '../private/cut-over';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { LaunchTargets } from '../private/launch-like';
import { leaseSteps, renewLease } from '../private/lease';
import { removeLitter } from '../private/litter';
import { CREATED_BY_TAG, EXECUTION_TAG, madeBy, PHASE_TAG, SWITCH_TAGS, takenBy, VERIFIED_TAG } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { LEASES, Replication } from '../private/replication';
import { ReplicationDocuments } from '../private/replication-documents';
import { replicationPorts } from '../private/replication-ports';
import { Allow, describeEc2 } from '../private/statement';
import { documentNames, verifyByDocument } from '../private/verify-document';
import { findTarget } from './find-target';

/** The share of the machine's timeout after which waiting for one approval ends, and that synchronising and verifying may each take. */
const APPROVAL_SHARE = 0.1;
const SYNC_SHARE = 0.6;
/** The share after which nobody waits for caches of clients any more: the source is then kept. */
const CACHE_SHARE = 0.1;

export interface SyncWorkflowProps extends LaunchTargets, Traffic {
  readonly owner: string;
  /** The instances that may take part, as source or target. */
  readonly hosts: { readonly arns: string[]; readonly where: NonNullable<Allow['where']>; readonly tag: { readonly key: string; readonly value: string } };
  readonly ledger: dynamodb.ITable;
  readonly documents: ReplicationDocuments;
  /** By which users judge a target themselves. */
  readonly verifyDocuments: ssm.IDocumentRef[];
  /** Lets the two instances reach each other while they replicate. */
  readonly securityGroup?: ec2.ISecurityGroupRef;
  /** Started when an execution that asked for it fails after the switch. */
  readonly fallBackMachine: sfn.StateMachine;
  readonly notificationTopic?: sns.ITopicRef;
  readonly timeout: Duration;
  readonly approvalTimeout: Duration;
  /** Price per unit, for the plan. */
  readonly prices: Record<string, number>;
  readonly encryptionKey?: kms.IKeyRef;
}

/** How long one approval may be waited for. */
export function approvalTimeoutOf(timeout: Duration): Duration {
  return Duration.seconds(Math.floor(timeout.toSeconds() * APPROVAL_SHARE));
}

/**
 * Check request → Acquire lease(s) → [ Find target ] → [ Prepare hosts ] → [ Switch ] → [ Serve ] → Release lease.
 *
 * Each bracket is tried as a whole. What fails in the first two is rolled back; a failed switch goes back to the source first; what
 * fails after the switch leaves both instances as they are.
 */
export function syncWorkflow(scope: Construct, props: SyncWorkflowProps): sfn.IChainable {
  const { owner, ledger, hosts, encryptionKey, timeout } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'sync', owner, encryptionKey });
  const replication = new Replication(scope, { owner, ledger, encryptionKey, documents: props.documents, hosts: hosts.arns, where: hosts.where });
  const lease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $request.sourceInstanceId %}' });
  const targetLease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $request.target.instanceId %}', what: 'target' });
  const syncTimeout = Duration.seconds(Math.floor(timeout.toSeconds() * SYNC_SHARE));
  const ports = replicationPorts(scope, { owner, encryptionKey, securityGroup: props.securityGroup });
  const describeInstances: Allow = describeEc2('Instances');
  const parts = [arns.volumes, arns.networkInterfaces];
  /** What the launch of a target made is found by its tags. */
  const describeParts: Allow = { ...describeInstances, actions: ['ec2:DescribeVolumes', 'ec2:DescribeNetworkInterfaces'] };
  /** The right to tell on the instances how far it is. */
  const markInstances = (...keys: string[]): Allow => ({
    actions: ['ec2:CreateTags'], on: hosts.arns, where: { ...hosts.where, 'ForAllValues:StringEquals': { 'aws:TagKeys': keys } },
    because: 'the phase is told on both instances, so that nothing destroys what serves',
  });
  const mark = (...keys: string[]): Allow[] => [
    markInstances(...keys),
    { actions: ['ec2:CreateTags'], on: parts, where: { ...madeBy(owner), 'ForAllValues:StringEquals': { 'aws:TagKeys': keys } }, because: 'and on what was launched for it' },
  ];
  const unmark = (...keys: string[]): Allow => ({
    actions: ['ec2:DeleteTags'], on: hosts.arns, where: { ...hosts.where, 'ForAllValues:StringEquals': { 'aws:TagKeys': keys } },
    because: 'takes back what was told before',
  });
  const unmarkParts = (on: string[], ...keys: string[]): Allow => ({
    actions: ['ec2:DeleteTags'], on, where: { ...madeBy(owner), 'ForAllValues:StringEquals': { 'aws:TagKeys': keys } }, because: 'and on what was launched for it',
  });

  const checkRequest = step('Check request', {
    input: {
      request: '{% $states.context.Execution.Input %}', approvable: props.notificationTopic !== undefined,
      targetGroupArns: props.targetGroups.map(group => group.targetGroupRef.targetGroupArn),
      hostedZoneIds: props.hostedZones.map(zone => zone.hostedZoneRef.hostedZoneId),
      verifyDocuments: documentNames(props.verifyDocuments),
    },
    assign: {
      request: '{% $states.result.Payload.request %}', session: '{% $states.result.Payload.session %}', lease: null, targetLease: null,
      sourceFinalized: false,
    },
    allow: [],
  });

  // -- how it ends, from the end to the beginning where a state must exist before it is named

  const failed = sfn.Fail.jsonata(scope, 'Sync failed', { error: '{% $outcome.error %}', cause: '{% $outcome.cause %}' });
  const synchronised = sfn.Succeed.jsonata(scope, 'Synchronised', { outputs: '{% $outcome.output %}' });
  const startFallBack = tasks.StepFunctionsStartExecution.jsonata(scope, 'Start fall back', {
    stateMachine: props.fallBackMachine,
    input: sfn.TaskInput.fromObject({
      sourceInstanceId: '{% $hosts.source.instanceId %}', targetInstanceId: '{% $hosts.target.instanceId %}', session: '{% $session %}', traffic: '{% $request.traffic %}',
    }),
    outputs: {},
    assign: { outcome: "{% $merge([$outcome, {'cause': $string($merge([$parse($outcome.cause), {'fallBack': $states.result.ExecutionArn}]))}]) %}" },
  });
  startFallBack.addCatch(failed);
  startFallBack.next(failed);
  const end = sfn.Choice.jsonata(scope, 'Was it synchronised?')
    .when(sfn.Condition.jsonata('{% $outcome.succeeded %}'), synchronised)
    .when(sfn.Condition.jsonata("{% $outcome.phase = 'serving' and $request.onFailure = 'fall-back' %}"), startFallBack)
    .otherwise(failed);
  // a lease that could not be given back expires by itself
  lease.release.addCatch(end);
  lease.release.next(end);
  const release = sfn.Choice.jsonata(scope, 'Was target leased?')
    .when(sfn.Condition.jsonata('{% $targetLease != null %}'), targetLease.release.next(lease.release))
    .otherwise(lease.release);
  targetLease.release.addCatch(lease.release);

  const failure = (phase: string, advice: string): Record<string, unknown> => ({
    outcome: {
      succeeded: false, phase, error: '{% $states.errorOutput.Error %}',
      message: `{% $substring(${MESSAGE}, 0, 20000) & '${advice}' %}`,
    },
    rollBack: { polls: 0, quiet: false, removed: [], removedInAll: 0, leftOver: [], leftOverInAll: 0 },
    notUndone: [],
  });
  const tell = (name: string): sfn.Pass => sfn.Pass.jsonata(scope, name, {
    assign: {
      outcome: "{% $merge([$outcome, {'cause': $string({'message': $outcome.message, 'phase': $outcome.phase, 'session': $session, "
        + "'removed': [$rollBack.removed[[0..149]]], 'leftOver': [$append($notUndone, $rollBack.leftOver)[[0..29]]]})}]) %}",
    },
  });

  const rollBack = step('Roll back', {
    input: {
      sourceInstanceId: '{% $request.sourceInstanceId %}', polls: '{% $rollBack.polls %}', quiet: '{% $rollBack.quiet %}', removed: '{% $rollBack.removed %}',
      removedInAll: '{% $rollBack.removedInAll %}',
    },
    assign: { rollBack: "{% $merge([$states.result.Payload, {'polls': $rollBack.polls + 1}]) %}" },
    allow: removeLitter(arns, owner, { groups: false }),
  });
  const reportRollBack = tell('Report roll back').next(release);
  rollBack.next(sfn.Choice.jsonata(scope, 'Rolled back?')
    .when(sfn.Condition.jsonata('{% $rollBack.done %}'), reportRollBack)
    .otherwise(sfn.Wait.jsonata(scope, 'Wait for terminations', { time: sfn.WaitTime.seconds('{% $rollBack.waitSeconds %}') }).next(rollBack)));
  rollBack.addCatch(reportRollBack, {
    assign: {
      rollBack: "{% $merge([$rollBack, {'leftOver': [{'id': 'unknown', 'type': 'unknown', 'reason': 'the roll back itself failed: ' & $states.errorOutput.Error & '; the janitor goes on'}]}]) %}",
    },
  });
  // each part is undone whether the others can be or not
  const notUndone = (what: string): sfn.CatchProps => ({
    assign: { problems: `{% $append($problems, [{'id': $session, 'type': '${what}', 'reason': $states.errorOutput.Error & ': ' & ${MESSAGE}}]) %}` },
  });
  const undone = sfn.Pass.jsonata(scope, 'Undone', { outputs: { problems: '{% $problems %}' } });
  const closePorts = ports.close('Close ports again', undone);
  const undoTarget = replication.undo('target').addCatch(closePorts, notUndone('preparations on the target')).next(closePorts);
  const undoSource = replication.undo('source').addCatch(undoTarget, notUndone('preparations on the source')).next(undoTarget);
  const undo = attempt(scope, 'Undo preparations', {
    // a source that fell back was finalized: it has left the replication already; before hosts match nothing is done on them
    of: sfn.Pass.jsonata(scope, 'Begin to undo', { assign: { problems: [] } }).next(sfn.Choice.jsonata(scope, 'What was prepared?')
      .when(sfn.Condition.jsonata('{% $replication = null %}'), closePorts)
      .when(sfn.Condition.jsonata('{% $sourceFinalized %}'), undoTarget)
      .otherwise(undoSource)),
    assign: { notUndone: '{% $states.result[0].problems %}' },
    then: rollBack,
    failing: {
      notUndone: "{% [{'id': $session, 'type': 'replication', 'reason': 'the preparations could not be undone: ' & $states.errorOutput.Error}] %}",
    },
    otherwise: rollBack,
  });

  const keepBoth = tell('Keep both').next(release);

  // -- serving: nothing removes the target any more

  const tidyUp = step('Tidy up', {
    input: { hosts: '{% $hosts %}', session: '{% $session %}' },
    allow: [
      { ...describeInstances, actions: ['ec2:DescribeInstances', 'ec2:DescribeImages', 'ec2:DescribeSnapshots', ...describeParts.actions] },
      { actions: ['ec2:DeregisterImage'], on: [arns.images], where: takenBy(owner), because: 'the image has served' },
      { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots], where: takenBy(owner), because: 'so have its snapshots' },
      { actions: ['ec2:ModifyInstanceAttribute'], on: [arns.instances], where: madeBy(owner), because: 'protects the target like its source' },
      ...mark(CREATED_BY_TAG),
      unmarkParts([arns.instances, ...parts], EXECUTION_TAG, PHASE_TAG),
      unmark(...SWITCH_TAGS),
    ],
  });
  const releaseSource = step('Release source', {
    input: {
      hosts: '{% $hosts %}', release: '{% $request.releaseSource %}', cachedUntil: '{% $traffic.cachedUntil %}',
      longestWait: Math.floor(timeout.toSeconds() * CACHE_SHARE), leases: LEASES,
    },
    assign: { ...LOOKED, released: '{% $states.result.Payload.released %}' },
    allow: [
      describeInstances, renewLease(ledger),
      {
        actions: ['ec2:StopInstances', 'ec2:TerminateInstances'],
        on: hosts.arns,
        where: { ...hosts.where, Null: { [`aws:ResourceTag/${VERIFIED_TAG}`]: 'false' } },
        because: 'stopping erases instance store: only after every block was verified; the handler compares the tag with this execution',
      },
    ],
  });
  const done = sfn.Pass.jsonata(scope, 'Report sync', {
    outputs: {
      session: '{% $session %}', source: '{% $hosts.source %}', target: '{% $hosts.target %}', engine: '{% $replication.engine %}',
      volumes: '{% $volumes %}', switchedAt: '{% $switchedAt %}', pauseSeconds: '{% $pauseSeconds %}', preCopy: '{% $preCopy %}', verified: "{% $merge([$verification, {'document': $request.verifyDocument}]) %}", traffic: '{% $traffic %}', sourceReleased: '{% $released %}',
    },
  });
  const markVerified = step('Mark verified', {
    input: { hosts: '{% $hosts %}' },
    allow: [describeParts, ...mark(PHASE_TAG, VERIFIED_TAG)],
  });
  tidyUp.next(done);
  poll(scope, {
    look: releaseSource, question: 'Source released?', until: '{% $released != null %}', then: tidyUp, wait: 'Wait for caches', atMost: timeout,
  });
  const beginRelease = sfn.Pass.jsonata(scope, 'Begin release', { assign: BEGIN_WAIT }).next(releaseSource);
  markVerified.next(replication.finalizeTarget().next(replication.releaseSource().next(ports.close('Close ports', beginRelease))));
  const approveRelease = approval(scope, {
    step, topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout,
    name: 'Await release approval', question: 'Needs release approval?', when: "{% 'release' in $request.approve %}",
    input: { hosts: '{% $hosts %}', session: '{% $session %}', verification: '{% $verification %}', targetLease: '{% $targetLease %}' }, then: markVerified,
  });
  // a session that is continued may have got so far before; that its traffic has followed is seen to again, for its caches are waited for
  const verifiedBefore = sfn.Choice.jsonata(scope, 'Verified before?')
    .when(sfn.Condition.jsonata('{% $verifiedBefore %}'), sfn.Pass.jsonata(scope, 'Already verified', {
      assign: { verification: { verified: true, rounds: 0, percent: 100 } },
    }).next(markVerified))
    .otherwise(replication.synchronise(syncTimeout, replication.verify(syncTimeout, approveRelease)));
  const traffic = cutOver(scope, {
    ...props, hosts: hosts.arns, where: hosts.where, from: '{% $hosts.source %}', to: '{% $hosts.target %}', then: verifiedBefore,
    callback: { topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout },
  });
  const serve = attempt(scope, 'Serve', {
    of: traffic,
    assign: { outcome: { succeeded: true, output: '{% $states.result[0] %}' } },
    then: release,
    failing: failure('serving', '. The target serves, the source still holds its blocks: both are kept. Mend the cause and start an execution that continues this session, or fall back.'),
    otherwise: keepBoth,
  });

  // -- the switch: either the target serves, or the source again

  const markPreparing = step('Mark preparing', {
    input: { hosts: '{% $hosts %}' }, allow: [describeParts, unmark(...SWITCH_TAGS), unmarkParts(parts, PHASE_TAG)],
  });
  markPreparing.next(sfn.Pass.jsonata(scope, 'Back on source', { outputs: { finalized: "{% $sourcePhase = 'fallen-back' %}" } }));
  const markSourceServing = step('Mark source serving', {
    input: { hosts: '{% $hosts %}' }, allow: [markInstances(PHASE_TAG)],
  });
  const promote = replication.promoteSource().next(sfn.Choice.jsonata(scope, 'Had source switched?')
    .when(sfn.Condition.jsonata("{% $sourcePhase = 'fallen-back' %}"), markSourceServing.next(replication.finalizeSource().next(markPreparing)))
    .otherwise(markPreparing));
  const backToSource = attempt(scope, 'Back to source', {
    // a target that can not be asked is seen by the source's own engine: it takes over only where the target has not
    of: replication.demoteTarget().addCatch(promote).next(promote),
    assign: { sourceFinalized: '{% $states.result[0].finalized %}' },
    then: undo,
    failing: {
      outcome: "{% $merge([$outcome, {'phase': 'switching', 'message': $outcome.message & '. Going back to the source failed too (' & $states.errorOutput.Error "
        + "& '): whether the target serves is not known. Look at both instances, then fall back.'}]) %}",
    },
    otherwise: keepBoth,
  });
  const markSwitching = step('Mark switching', {
    input: { hosts: '{% $hosts %}', session: '{% $session %}', replication: '{% $replication %}' },
    assign: { ahead: null },
    allow: [describeInstances, describeParts, ...mark(...SWITCH_TAGS), unmark(VERIFIED_TAG)],
  });
  const markServing = step('Mark serving', {
    input: { hosts: '{% $hosts %}' }, allow: [markInstances(PHASE_TAG)],
  });
  markServing.next(sfn.Pass.jsonata(scope, 'Switched', {
    outputs: { pauseSeconds: '{% $pause %}', switchedAt: '{% $states.context.State.EnteredTime %}', preCopy: '{% $ahead %}' },
  }));
  const judged = verifyByDocument(scope, {
    owner, encryptionKey, documents: props.verifyDocuments, on: replication.commandHosts, instanceId: '{% $hosts.target.instanceId %}', limit: null, then: markServing,
  });
  // what was not said to be copied first is approved before the target is launched
  const takeOver = approval(scope, {
    step, topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout,
    name: 'Await take-over approval', question: 'Needs take-over approval?', when: "{% 'switch' in $request.approve and $request.copy != 'post-copy' %}",
    input: { hosts: '{% $hosts %}', session: '{% $session %}', preCopy: '{% $ahead %}', targetLease: '{% $targetLease %}' },
    then: replication.switchSource().next(replication.switchTarget().next(judged)),
  });
  const switchOver = attempt(scope, 'Switch', {
    of: markSwitching.next(sfn.Choice.jsonata(scope, 'Copy ahead?')
      .when(sfn.Condition.jsonata('{% $replication.preCopy %}'), replication.preCopy(syncTimeout, takeOver))
      .otherwise(takeOver)),
    assign: {
      pauseSeconds: '{% $states.result[0].pauseSeconds %}', switchedAt: '{% $states.result[0].switchedAt %}', preCopy: '{% $states.result[0].preCopy %}', targetLost: false, verifiedBefore: false,
    },
    then: serve,
    failing: { ...failure('switching', ''), targetLost: false },
    otherwise: backToSource,
  });

  // -- before the switch: whatever fails is rolled back

  const prepare = attempt(scope, 'Prepare hosts', {
    of: replication.prepare(sfn.Pass.jsonata(scope, 'Hosts ready')),
    then: switchOver,
    failing: failure('preparing', ''),
    otherwise: undo,
  });
  // apart from the preparations, for what undoes them has to know the engine
  const compare = attempt(scope, 'Compare hosts', {
    of: ports.open(replication.inspectTarget().next(replication.match().next(sfn.Pass.jsonata(scope, 'Hosts match', { outputs: { replication: '{% $matched %}' } })))),
    assign: { replication: '{% $states.result[0].replication %}' },
    then: prepare,
    failing: failure('preparing', ''),
    otherwise: undo,
  });
  const plannedOnly = sfn.Choice.jsonata(scope, 'Only planned?')
    .when(sfn.Condition.jsonata('{% $found.planned %}'), sfn.Pass.jsonata(scope, 'Planned', {
      assign: { outcome: { succeeded: true, output: { plan: '{% $found.plan %}' } } },
    }).next(release))
    .otherwise(sfn.Pass.jsonata(scope, 'Begin', {
      assign: { hosts: '{% $found.hosts %}', sourceHost: '{% $found.sourceHost %}', found: null, replication: null },
    }).next(compare));
  const find = attempt(scope, 'Find target', {
    of: findTarget(scope, step, replication, props),
    assign: { found: '{% $states.result[0] %}' },
    then: plannedOnly,
    failing: failure('preparing', ''),
    otherwise: rollBack,
  });

  // an execution that goes on where another one stopped
  const adopt = step('Adopt session', {
    input: { request: '{% $request %}', session: '{% $session %}' },
    assign: { hosts: '{% $states.result.Payload.hosts %}', replication: '{% $states.result.Payload.replication %}', verifiedBefore: '{% $states.result.Payload.verified %}', pauseSeconds: null, switchedAt: null, preCopy: null },
    allow: [describeInstances],
  });
  adopt.addCatch(keepBoth, { assign: failure('serving', '') });
  adopt.next(serve);
  const go = sfn.Choice.jsonata(scope, 'Continue session?')
    .when(sfn.Condition.jsonata('{% $request.continueSession != null %}'), adopt)
    .otherwise(find);

  const refused = { assign: { ...failure('preparing', ''), hosts: null } };
  const refuse = tell('Refuse');
  refuse.next(failed);
  checkRequest.addCatch(refuse, { assign: { ...refused.assign, session: null } });
  lease.acquire.addCatch(refuse, refused);
  targetLease.acquire.addCatch(reportRollBack, refused);
  targetLease.acquire.next(go);
  return checkRequest.next(lease.acquire).next(sfn.Choice.jsonata(scope, 'Existing target?')
    .when(sfn.Condition.jsonata('{% $request.target.instanceId != null %}'), targetLease.acquire)
    .otherwise(go));
}
