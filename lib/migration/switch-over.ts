import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { freezeDocument, thawDocument } from '../private/filesystem-documents';
import { HostCommand } from '../private/host-command';
import { DefineStep, Patience } from '../private/lambda-step';
import { launchLike } from '../private/launch-like';
import { renewLease } from '../private/lease';
import { markHosts, markMade, unmarkHosts } from '../private/marks';
import { madeBy, PEER_TAG, PHASE_TAG, SESSION_TAG, taggedFor, tagOnCreate, VERIFIED_TAG } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { quiesceDocument } from '../private/service-documents';
import { ShellDocument } from '../private/shell-document';
import { DESCRIBE_MANAGED, describeEc2 } from '../private/statement';
import { verifyByDocument } from '../private/verify-document';
import { commandHosts } from './back-to-source';
import { oneSet, SNAPSHOT_RETRY, snapshotMoved } from './copy-ahead';
import { imageMoved } from './find-destination';
import type { MigrationWorkflowProps } from './workflow-props';

/** After so long the instance thaws by itself. */
const THAW_AFTER = Duration.seconds(60);
/** `maxDowntime` ends each of these waits long before; this bounds them where somebody allows days. */
const LONGEST_LOOK = Duration.hours(24);

/**
 * Mark switching → Quiesce services → [ Stop source | Freeze filesystems ] → Snapshot quiesced volumes → [ Thaw filesystems ] → Are quiesced
 * snapshots ready → Make image → launch fragment → Is target managed → Start services → [ Verify by document ] → Verify target → Mark serving.
 * Ends with `{ hosts, snapshots, volumes, bytes, verified, pausedAt, frozen }`.
 */
export function switchOver(scope: Construct, step: DefineStep, props: MigrationWorkflowProps, startDocument: ShellDocument): sfn.IChainable {
  const { owner, hosts, ledger } = props;
  const arns = new Ec2Arns(scope);
  const command = (name: string, more: Omit<ConstructorParameters<typeof HostCommand>[4], 'atMost'>): HostCommand =>
    new HostCommand(scope, step, commandHosts(hosts), name, { ...more, atMost: Duration.minutes(15) });
  const sourceId = '{% $plan.sourceInstanceId %}';

  const markSwitching = step('Mark switching', {
    input: { sourceInstanceId: sourceId, session: '{% $session %}' },
    allow: [
      describeEc2('Instances'), markHosts(hosts, PHASE_TAG, SESSION_TAG),
      // what an earlier move verified says nothing about this one
      unmarkHosts(hosts, VERIFIED_TAG),
    ],
  });
  const quiesce = command('Quiesce services', {
    look: 'Are services quiesced', document: quiesceDocument(scope),
    input: { instanceId: sourceId, services: '{% $plan.services %}' },
    assign: { stopped: '{% $states.result.Payload.stopped %}', pauseBegan: '{% $states.result.Payload.pausedAt %}' },
  });
  const stopSource = step('Stop source', {
    input: { instanceId: sourceId },
    allow: [{ actions: ['ec2:StopInstances'], on: hosts.arns, where: hosts.where, because: 'the request asks for it' }],
  });
  const isStopped = step('Is source stopped', {
    input: { plan: '{% $plan %}', lease: '{% $lease %}', pausedAt: '{% $pauseBegan %}' },
    assign: { ...LOOKED, sourceStopped: '{% $states.result.Payload.stopped %}' },
    allow: [describeEc2('Instances'), renewLease(ledger)],
  });
  const freeze = command('Freeze filesystems', {
    look: 'Are filesystems frozen', document: freezeDocument(scope),
    input: { plan: '{% $plan %}', round: '{% $lastRound %}', seconds: THAW_AFTER.toSeconds() },
    assign: { mounts: '{% $states.result.Payload.frozen %}' },
  });
  const snapshotQuiesced = step('Snapshot quiesced volumes', {
    input: { plan: '{% $plan %}', round: '{% $lastRound %}', last: true },
    assign: { snapshots: '{% $states.result.Payload.snapshots %}', imageId: '{% $states.result.Payload.imageId %}', ...BEGIN_WAIT },
    allow: [...oneSet(arns, owner), describeEc2('Images'), ...snapshotMoved(arns, props), ...imageMoved(arns, props)],
    retry: [...SNAPSHOT_RETRY, 'ConcurrentCreateImageNoRebootLimitExceeded', 'InvalidAMIName.Duplicate'],
    patience: Patience.SHORT,
  });
  const thaw = command('Thaw filesystems', {
    look: 'Are filesystems thawed', document: thawDocument(scope),
    input: { instanceId: sourceId, round: '{% $lastRound %}' },
    judge: { frozen: '{% $mounts %}', snapshots: '{% $snapshots %}' },
    assign: { interval: '{% $states.result.Payload.interval %}' },
  });
  const areReady = step('Are quiesced snapshots ready', {
    input: { plan: '{% $plan %}', round: '{% $lastRound %}', lease: '{% $lease %}', since: '{% $since %}', pausedAt: '{% $pauseBegan %}' },
    assign: { ...LOOKED, snapshots: '{% $states.result.Payload.snapshots %}', snapshotsReady: '{% $states.result.Payload.ready %}' },
    allow: [describeEc2('Snapshots'), renewLease(ledger)],
    retry: ['InvalidSnapshot.NotFound'],
  });
  const makeImage = step('Make image', {
    input: { plan: '{% $plan %}', round: '{% $lastRound %}', snapshots: '{% $snapshots %}', imageId: '{% $imageId %}' },
    assign: { imageId: '{% $states.result.Payload.imageId %}', ...BEGIN_WAIT },
    allow: [
      describeEc2('Images'),
      { actions: ['ec2:RegisterImage'], on: [arns.images], where: taggedFor(owner), because: 'a new image has no id yet; it carries the owner tag' },
      { actions: ['ec2:RegisterImage'], on: [arns.snapshots], where: madeBy(owner), because: 'registers only snapshots of this construct' },
      tagOnCreate(owner, [arns.images], 'RegisterImage'),
      { actions: ['ec2:GetInstanceUefiData'], on: hosts.arns, where: hosts.where, because: 'an image needs the UEFI variables of its source to boot' },
    ],
    retry: ['InvalidAMIName.Duplicate'],
  });
  const isReady = step('Is image ready', {
    input: { plan: '{% $plan %}', imageId: '{% $imageId %}', lease: '{% $lease %}', since: '{% $since %}', pausedAt: '{% $pauseBegan %}' },
    assign: { ...LOOKED, imageReady: '{% $states.result.Payload.ready %}' },
    allow: [describeEc2('Images'), renewLease(ledger)],
    retry: ['InvalidAMIID.NotFound'],
  });
  const isManaged = step('Is target managed', {
    input: { plan: '{% $plan %}', hosts: '{% $hosts %}', instanceIds: '{% $instanceIds %}', lease: '{% $lease %}', pausedAt: '{% $pauseBegan %}' },
    assign: { ...LOOKED, targetManaged: '{% $states.result.Payload.managed %}', pair: '{% $states.result.Payload.hosts %}' },
    allow: [describeEc2('Instances'), DESCRIBE_MANAGED, renewLease(ledger)],
  });
  const start = command('Start services', {
    look: 'Are services started', document: startDocument,
    input: { instanceId: '{% $pair.target.instanceId %}', services: '{% $stopped %}' },
    assign: { active: '{% $states.result.Payload.active %}' },
  });
  const verifyTarget = step('Verify target', {
    input: {
      plan: '{% $plan %}', instanceId: '{% $pair.target.instanceId %}', snapshots: '{% $snapshots %}', rounds: '{% $rounds %}', moved: '{% $moved %}',
      services: '{% $active %}', pausedAt: '{% $pauseBegan %}',
    },
    assign: { comparison: '{% $states.result.Payload %}' },
    allow: [describeEc2('Instances', 'Volumes')],
  });
  const markServing = step('Mark serving', {
    input: { plan: '{% $plan %}', hosts: '{% $pair %}', session: '{% $session %}', pausedAt: '{% $pauseBegan %}' },
    allow: [
      describeEc2('Volumes', 'NetworkInterfaces'), markHosts(hosts, PHASE_TAG, SESSION_TAG, PEER_TAG), markMade(owner, [arns.volumes, arns.networkInterfaces], PHASE_TAG),
    ],
  });

  // -- from the end to the beginning

  markServing.next(sfn.Pass.jsonata(scope, 'Switched', {
    outputs: {
      hosts: '{% $pair %}', volumes: '{% $comparison.volumes %}', bytes: '{% $comparison.bytes %}', verified: '{% $comparison.verified %}', pausedAt: '{% $pauseBegan %}',
      frozen: '{% $interval %}',
    },
  }));
  verifyTarget.next(markServing);
  const limit = "{% {'sourceInstanceId': $plan.sourceInstanceId, 'maxDowntime': $plan.maxDowntime, 'deadline': $plan.deadline, 'pausedAt': $pauseBegan} %}";
  const judged = verifyByDocument(scope, {
    owner, encryptionKey: props.encryptionKey, documents: props.verifyDocuments, on: commandHosts(hosts), instanceId: '{% $pair.target.instanceId %}',
    limit,
    then: verifyTarget,
  });
  const startFirst = sfn.Choice.jsonata(scope, 'Services to start?')
    .when(sfn.Condition.jsonata('{% $count($stopped) > 0 %}'), start.next(judged))
    .otherwise(judged);
  poll(scope, { look: isManaged, question: 'Target managed?', until: '{% $targetManaged %}', then: startFirst, wait: 'Wait for agent', atMost: Duration.minutes(30) });
  const beginAgent = sfn.Pass.jsonata(scope, 'Begin wait for agent', { assign: BEGIN_WAIT }).next(isManaged);
  const { launch } = launchLike(scope, { ...props, subnets: props.subnets, limit, then: beginAgent });
  poll(scope, { look: isReady, question: 'Image ready?', until: '{% $imageReady %}', then: launch, wait: 'Wait for image', atMost: LONGEST_LOOK });
  makeImage.next(isReady);
  poll(scope, { look: areReady, question: 'Quiesced snapshots ready?', until: '{% $snapshotsReady %}', then: makeImage, wait: 'Wait for quiesced snapshots', atMost: LONGEST_LOOK });
  snapshotQuiesced.next(sfn.Choice.jsonata(scope, 'Thaw?')
    .when(sfn.Condition.jsonata('{% $mounts != null %}'), thaw.next(areReady))
    .otherwise(areReady));
  poll(scope, { look: isStopped, question: 'Source stopped?', until: '{% $sourceStopped %}', then: snapshotQuiesced, wait: 'Wait for stop', atMost: LONGEST_LOOK });
  stopSource.next(sfn.Pass.jsonata(scope, 'Begin wait for stop', { assign: BEGIN_WAIT }).next(isStopped));
  const how = sfn.Choice.jsonata(scope, 'Stop or freeze?')
    .when(sfn.Condition.jsonata('{% $plan.stopSource %}'), stopSource)
    .when(sfn.Condition.jsonata('{% $plan.freeze %}'), freeze.next(snapshotQuiesced))
    .otherwise(snapshotQuiesced);
  markSwitching.next(sfn.Choice.jsonata(scope, 'Services to stop?')
    .when(sfn.Condition.jsonata('{% $count($plan.services) > 0 %}'), quiesce.next(how))
    .otherwise(how));
  const begin = sfn.Pass.jsonata(scope, 'Begin pause', {
    assign: {
      stopped: [], active: [], pauseBegan: '{% $states.context.State.EnteredTime %}', mounts: null, interval: null, batch: null, failures: null, imageId: null, snapshots: [],
    },
  });
  return begin.next(markSwitching);
}
