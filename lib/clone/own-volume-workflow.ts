import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { leaseSteps, renewLease } from '../private/lease';
import { CREATED_BY_TAG, EXECUTION_TAG, madeBy, onlyTags } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { ShellDocument } from '../private/shell-document';
import { Allow, COMMAND_OUTPUT, DESCRIBE_MANAGED, describeEc2 } from '../private/statement';
import { attachWithVolumeKeys, useVolumeKeys } from '../private/volume-keys';
import { mountOwnDocument, releaseSharedDocument } from '../private/volume-documents';
import { releaseReservations, ReservationsProps } from './reservations';
import { ShareAlarms } from './share-alarms';
import { copyVolumes } from './volume-copies';

export interface OwnVolumeWorkflowProps extends ReservationsProps {
  readonly ledger: dynamodb.ITable;
  readonly volumeKeys: kms.IKeyRef[];
  readonly alarms: ShareAlarms;
  /** Mounts what is shared. */
  readonly mountReadOnly: ShellDocument;
  /** Mounts what is written to. */
  readonly joinCluster: ShellDocument;
}

/** EBS makes a copy usable in seconds, agents answer in seconds. */
const LONGEST_WAIT = Duration.minutes(15);

/** EBS loads the largest copies in a day (EBS user guide, "ebs-copying-volume"). */
const LONGEST_INITIALIZATION = Duration.hours(25);

/** EBS makes one copy of a volume at a time, and a few of a Region: what an alarm asks for can wait. */
const COPY_LATER = ['ConcurrentCopyVolumeLimitExceeded', 'CopyVolumesLimitExceeded'];

/** EBS tells of a copy up to five minutes late; and an execution that asks every quarter of an hour for a day has room in its history. */
const BETWEEN_COPIES = Duration.minutes(15);

/** What went wrong, in words. */
const told = "($cause := $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : ''; "
  + "$substring($cause, 0, 13) = '{\"errorType\":' and $substring($cause, -1) = '}' ? $parse($cause).errorMessage : $cause)";

/**
 * Check own request → (Is share degraded, where an alarm asks) → Acquire lease → Describe share → [ Copy shared volume →
 * Is own volume ready → Release share → Is share released → Swap volumes → Sign own volume ] → Mount own volume →
 * Is own volume mounted → Finish own volume → (Release reservations) → Release lease. A clone that writes to the share releases it before it is copied, so
 * that none of its writes is lost. A failure in the brackets, or a mount that fails, → Restore share; where an alarm asks, and another copy is
 * being made, it begins anew then.
 * Once the volume may have been mounted nothing is undone.
 */
export function ownVolumeWorkflow(scope: Construct, props: OwnVolumeWorkflowProps): sfn.IChainable {
  const { owner, ledger, alarms, encryptionKey } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'own-volume', owner, encryptionKey });
  const lease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $request.cloneInstanceId %}' });
  const release = releaseSharedDocument(scope);
  const mountOwn = mountOwnDocument(scope);
  const mountShared = props.mountReadOnly;

  const tell = (...documentArns: string[]): Allow[] => [
    { actions: ['ssm:SendCommand'], on: documentArns, because: 'runs this document' },
    { actions: ['ssm:SendCommand'], on: [arns.instances], where: madeBy(owner), because: 'and only on clones of this construct' },
  ];
  /** Shared volumes come and go; of an own volume one step needs one of both. */
  const swap = (own: 'AttachVolume' | 'DetachVolume'): Allow[] => [
    { actions: ['ec2:AttachVolume', 'ec2:DetachVolume'], on: [arns.instances], where: madeBy(owner), because: 'only clones of this construct change their volumes' },
    {
      actions: ['ec2:AttachVolume', 'ec2:DetachVolume'], on: [arns.namedVolumes], where: { StringEquals: { 'ec2:VolumeType': 'io2' } },
      because: 'a shared volume is the source\'s and need not carry the tag of its instance; only io2 can be shared',
    },
    { actions: [`ec2:${own}`], on: [arns.volumes], where: madeBy(owner), because: 'an own volume, of whatever type, is one that this construct made' },
    ...attachWithVolumeKeys(props.volumeKeys),
  ];
  const tags = (action: string, tag: string, because: string): Allow => ({
    actions: [`ec2:${action}`], on: [arns.volumes], where: onlyTags(madeBy(owner), tag), because,
  });

  const checkRequest = step('Check own request', {
    input: { request: '{% $states.context.Execution.Input %}' },
    assign: { request: '{% $states.result.Payload.request %}', ownVolumeId: null, copiedAt: null, mount: null, pausedAt: null, pauseSeconds: null, verification: null, notStarted: [], leftOver: [], again: false, ...BEGIN_WAIT },
    allow: [],
  });
  const isDegraded = step('Is share degraded', {
    input: { request: '{% $request %}', alarmPrefix: alarms.prefix, since: '{% $since %}' },
    assign: { ...LOOKED, verdict: '{% $states.result.Payload.verdict %}' },
    allow: [describeEc2('Volumes', 'VolumeStatus'), alarms.find('tells whether the alarm stands')],
  });
  const describeShare = step('Describe share', {
    input: { request: '{% $request %}' },
    assign: { share: '{% $states.result.Payload.share %}' },
    allow: [describeEc2('Instances', 'Volumes'), DESCRIBE_MANAGED],
  });
  const copy = step('Copy shared volume', {
    input: { share: '{% $share %}' },
    assign: { ownVolumeId: '{% $states.result.Payload.ownVolumeId %}', copiedAt: '{% $states.result.Payload.copiedAt %}', ...BEGIN_WAIT },
    allow: [...copyVolumes(arns, owner), ...useVolumeKeys(props.volumeKeys)],
  });
  const isReady = step('Is own volume ready', {
    input: { ownVolumeId: '{% $ownVolumeId %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, ownReady: '{% $states.result.Payload.ready %}' },
    allow: [describeEc2('Volumes'), renewLease(ledger)],
  });
  const releaseShare = step('Release share', {
    input: { share: '{% $share %}', documentName: release.documentName },
    assign: { commandId: '{% $states.result.Payload.commandId %}', ...BEGIN_WAIT },
    allow: tell(release.documentArn),
  });
  const isReleased = step('Is share released', {
    input: { share: '{% $share %}', commandId: '{% $commandId %}', lease: '{% $lease %}' },
    assign: {
      ...LOOKED, shareReleased: '{% $states.result.Payload.released %}', mount: '{% $states.result.Payload.mount %}', pausedAt: '{% $states.result.Payload.pausedAt %}',
    },
    allow: [COMMAND_OUTPUT, renewLease(ledger)],
  });
  const swapVolumes = step('Swap volumes', {
    input: { share: '{% $share %}', ownVolumeId: '{% $ownVolumeId %}' },
    assign: { ...LOOKED, swapped: '{% $states.result.Payload.swapped %}' },
    allow: [describeEc2('Volumes'), ...swap('AttachVolume')],
  });
  const sign = step('Sign own volume', {
    input: { ownVolumeId: '{% $ownVolumeId %}' },
    allow: [tags('CreateTags', CREATED_BY_TAG, 'what the clone may have written to is nobody\'s litter')],
  });
  const mountOwnVolume = step('Mount own volume', {
    input: { share: '{% $share %}', ownVolumeId: '{% $ownVolumeId %}', mount: '{% $mount %}', documentName: mountOwn.documentName },
    assign: { commandId: '{% $states.result.Payload.commandId %}', ...BEGIN_WAIT },
    allow: tell(mountOwn.documentArn),
  });
  const isMounted = step('Is own volume mounted', {
    input: { share: '{% $share %}', commandId: '{% $commandId %}', mount: '{% $mount %}', pausedAt: '{% $pausedAt %}', lease: '{% $lease %}' },
    assign: {
      ...LOOKED, ownMounted: '{% $states.result.Payload.mounted %}', pauseSeconds: '{% $states.result.Payload.pauseSeconds %}',
      verification: '{% $states.result.Payload.verification %}', notStarted: '{% $states.result.Payload.notStarted %}',
    },
    allow: [COMMAND_OUTPUT, renewLease(ledger)],
  });
  const finish = step('Finish own volume', {
    input: { share: '{% $share %}', ownVolumeId: '{% $ownVolumeId %}', alarmPrefix: alarms.prefix },
    allow: [
      describeEc2('Volumes'),
      alarms.find('what watched the share'), alarms.manage('goes with it', 'DeleteAlarms'),
      { actions: ['ec2:ModifyInstanceAttribute'], on: [arns.instances, arns.volumes], where: madeBy(owner), because: 'an own volume goes with its clone' },
      tags('DeleteTags', EXECUTION_TAG, 'a finished volume carries created-by instead of execution'),
    ],
    retry: ['OwnVolumeDiffers'],
  });
  const restore = step('Restore share', {
    input: { share: '{% $share %}', ownVolumeId: '{% $ownVolumeId %}' },
    assign: { ...LOOKED, restored: '{% $states.result.Payload.restored %}' },
    allow: [
      describeEc2('Instances', 'Images', 'Snapshots', 'Volumes', 'NetworkInterfaces', 'SecurityGroups'), ...swap('DetachVolume'),
      tags('DeleteTags', CREATED_BY_TAG, 'the copy was never mounted, whatever it was signed for'),
      {
        actions: ['ec2:DeleteVolume'], on: [arns.volumes],
        where: { ...madeBy(owner), Null: { [`aws:ResourceTag/${CREATED_BY_TAG}`]: 'true' } }, because: 'deletes the copy that nobody has used',
      },
    ],
    // the tag was taken off a moment ago, and permissions may still see it
    retry: ['UnauthorizedOperation'],
  });
  const mountAgain = step('Mount share again', {
    input: { share: '{% $share %}', documentName: mountShared.documentName, joinDocumentName: props.joinCluster.documentName },
    assign: { commandId: '{% $states.result.Payload.commandId %}', ...BEGIN_WAIT },
    allow: tell(mountShared.documentArn, props.joinCluster.documentArn),
  });
  const isMountedAgain = step('Is share mounted again', {
    input: { share: '{% $share %}', commandId: '{% $commandId %}' },
    assign: { ...LOOKED, mountedAgain: '{% $states.result.Payload.mounted %}' },
    allow: [COMMAND_OUTPUT],
  });

  // -- order, from the end to the beginning

  /** Who writes lets go first, and is copied then; who only reads can read on while it is copied. */
  const first = (question: string, writing: sfn.IChainable, reading: sfn.IChainable): sfn.Choice =>
    sfn.Choice.jsonata(scope, question).when(sfn.Condition.jsonata('{% $share.writable %}'), writing).otherwise(reading);

  const failed = sfn.Fail.jsonata(scope, 'No own volume', { error: '{% $outcome.error %}', cause: '{% $outcome.cause %}' });
  const given = sfn.Succeed.jsonata(scope, 'Given own volume', {
    outputs: {
      instanceId: '{% $share.instanceId %}', device: '{% $share.device %}', volumeId: '{% $ownVolumeId %}', sharedVolumeId: '{% $share.volumeId %}',
      copiedAt: '{% $copiedAt %}', mount: '{% $mount %}', pauseSeconds: '{% $pauseSeconds %}', verification: '{% $verification %}', notStarted: '{% $notStarted %}',
      leftOver: '{% $leftOver %}',
    },
  });
  const sinceBegin = '$toMillis($states.context.State.EnteredTime) - $toMillis($states.context.Execution.StartTime)';
  // the alarms of all who share one volume go off together: it stays in alarm, so that nothing would ask for those who came second again
  const waitForCopies = sfn.Wait.jsonata(scope, 'Wait for other copies', { time: sfn.WaitTime.duration(BETWEEN_COPIES) });
  waitForCopies.next(isDegraded);
  const was = sfn.Choice.jsonata(scope, 'Was it given?').when(sfn.Condition.jsonata('{% $outcome.succeeded %}'), given)
    .when(sfn.Condition.jsonata(`{% $again and ${sinceBegin} < ${LONGEST_INITIALIZATION.toMilliseconds()} %}`), waitForCopies, { assign: { again: false } })
    .otherwise(failed);
  const over = lease.release.next(was);
  lease.release.addCatch(was);
  const failure = (what: string): Record<string, unknown> => ({
    outcome: {
      succeeded: false, error: '{% $states.errorOutput.Error %}', cause: `{% $string({'message': $substring(${told}, 0, 20000), 'share': '${what}'}) %}`,
    },
  });
  const broken = (error: string): Record<string, unknown> => ({
    again: false,
    outcome: `{% $merge([$outcome, {'cause': $string({'message': $parse($outcome.cause).message, 'share': 'could not be restored: ' & ${error}})}]) %}`,
  });
  const stuck = sfn.Pass.jsonata(scope, 'Share not restored', { assign: broken('$failure.Error') });
  stuck.next(over);

  poll(scope, {
    look: isMountedAgain, question: 'Share mounted again?', until: '{% $mountedAgain %}', then: over, wait: 'Wait for the share', atMost: LONGEST_WAIT,
    tooLong: stuck,
  });
  mountAgain.next(isMountedAgain);
  const beginRestore = sfn.Pass.jsonata(scope, 'Begin to restore', { assign: BEGIN_WAIT });
  beginRestore.next(restore);
  poll(scope, { look: restore, question: 'Share restored?', until: '{% $restored %}', then: mountAgain, wait: 'Wait for volumes', atMost: LONGEST_WAIT, tooLong: stuck });
  for (const state of [restore, mountAgain, isMountedAgain]) state.addCatch(over, { assign: broken('$states.errorOutput.Error') });

  const done = sfn.Pass.jsonata(scope, 'Own volume serves', { assign: { outcome: { succeeded: true } } });
  done.next(over);
  finish.next(releaseReservations(scope, {
    ...props, when: '{% $share.reservedBy != null %}', sourceInstanceId: '{% $share.reservedBy %}',
    report: left => ({ leftOver: `{% $append($leftOver, ${left}) %}` }), then: done,
  }));
  const unknown = sfn.Pass.jsonata(scope, 'Own volume unknown', {
    assign: { outcome: {
      succeeded: false, error: '{% $failure.Error %}', cause: "{% $string({'message': $failure.Cause, 'share': 'both volumes are kept: look whether the clone has mounted its own'}) %}",
    } },
  });
  unknown.next(over);
  poll(scope, {
    look: isMounted, question: 'Own volume mounted?', until: '{% $ownMounted %}', then: finish, wait: 'Wait for the own volume', atMost: LONGEST_WAIT, tooLong: unknown,
  });
  mountOwnVolume.next(isMounted);
  isMounted.addCatch(beginRestore, { errors: ['OwnVolumeFailed'], assign: failure('is as it was') });
  for (const state of [mountOwnVolume, isMounted, finish]) state.addCatch(over, { assign: failure('both volumes are kept: look at the clone') });

  const late = sfn.Pass.jsonata(scope, 'Too late to swap', {
    assign: { outcome: { succeeded: false, error: '{% $failure.Error %}', cause: "{% $string({'message': $failure.Cause, 'share': 'is as it was'}) %}" } },
  });
  late.next(beginRestore);
  const bounded = { atMost: LONGEST_WAIT, tooLong: late };
  sign.next(mountOwnVolume);
  poll(scope, { look: swapVolumes, question: 'Volumes swapped?', until: '{% $swapped %}', then: sign, wait: 'Wait for swap', ...bounded });
  poll(scope, { look: isReleased, question: 'Share released?', until: '{% $shareReleased %}', then: first('Copy now?', copy, swapVolumes), wait: 'Wait for release', ...bounded });
  releaseShare.next(isReleased);
  poll(scope, { look: isReady, question: 'Own volume ready?', until: '{% $ownReady %}', then: first('Is it released?', swapVolumes, releaseShare), wait: 'Wait for the copy', ...bounded });
  copy.next(isReady);
  copy.addCatch(beginRestore, {
    errors: COPY_LATER,
    assign: {
      ...failure('is as it was'),
      // who writes stops its services for each try: only for what 'Is share degraded' sees the end of
      again: "{% $request.byAlarm and ($not($share.writable) or $states.errorOutput.Error = 'ConcurrentCopyVolumeLimitExceeded') %}",
    },
  });
  // until the clone is told to mount it, the copy has been written to by nobody
  for (const state of [copy, isReady, releaseShare, isReleased, swapVolumes, sign]) state.addCatch(beginRestore, { assign: failure('is as it was') });

  describeShare.addCatch(over, { assign: failure('is as it was') });
  const refused = { assign: failure('is as it was') };
  checkRequest.addCatch(failed, refused);
  lease.acquire.addCatch(failed, refused);
  lease.acquire.next(describeShare).next(first('Does the clone write?', releaseShare, copy));
  poll(scope, { look: isDegraded, question: 'Share degraded?', until: "{% $verdict = 'degraded' %}", then: lease.acquire, wait: 'Wait for initialization', atMost: LONGEST_INITIALIZATION, since: '$states.context.Execution.StartTime' })
    .when(sfn.Condition.jsonata("{% $verdict = 'recovered' %}"), sfn.Succeed.jsonata(scope, 'Share has recovered', { outputs: { given: false } }));
  isDegraded.addCatch(failed, refused);
  return checkRequest.next(sfn.Choice.jsonata(scope, 'Asked by an alarm?')
    .when(sfn.Condition.jsonata('{% $request.byAlarm %}'), isDegraded)
    .otherwise(lease.acquire));
}
