import { Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { freezeDocument, thawDocument } from '../private/filesystem-documents';
import { lambdaSteps, Patience } from '../private/lambda-step';
import { IsolatedProfile, launchInstances, launchLike, LaunchTargets } from '../private/launch-like';
import { leaseSteps, renewLease } from '../private/lease';
import { removeLitter } from '../private/litter';
import { CREATED_BY_TAG, EXECUTION_TAG, madeBy, taggedFor, tagOnCreate, takenBy } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { ShellDocument } from '../private/shell-document';
import { isElsewhere, onSource, SourcePlace } from '../private/source-place';
import { Allow } from '../private/statement';
import { cloneFleet } from './batch';
import { copyFromElsewhere } from './from-elsewhere';
import { checkIdentity, IdentityDocuments, isolateFirst, makeGroup } from './identity';
import { Lifetime } from './lifetime';
import { scheduleExpiry } from './schedule-expiry';
import { ShareAlarms } from './share-alarms';
import { shareVolumes } from './shared-volumes';
import { verifyClones } from './verify-clones';
import { copyVolumes, MAY_FALL_BACK, volumeCopies } from './volume-copies';
import { vssSnapshots } from './vss-snapshots';
import { WarmUpDocuments } from './warm-up';

/** After so long the instance thaws by itself: longer than Patience.SHORT retries, as short as a service can bear. */
const THAW_AFTER = Duration.seconds(60);

/** What went wrong, in words: Lambda's causes are JSON with a stack trace, which helps nobody in the console. */
const message = "($cause := $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : ''; "
  + "$substring($cause, 0, 13) = '{\"errorType\":' and $substring($cause, -1) = '}' ? $parse($cause).errorMessage : $cause)";

/** The share of the machine's timeout after which waiting for an approval ends, and after which snapshots and images have taken too long. */
const APPROVAL_SHARE = 0.5;
const WAIT_SHARE = 0.9;
/** After which clones are handed over although their volumes are cold. */
export const WARM_UP_SHARE = 0.85;

const BEGIN_ROLL_BACK = { polls: 0, quiet: false, removed: [], removedInAll: 0, leftOver: [], leftOverInAll: 0 };

export interface CloneWorkflowProps extends LaunchTargets {
  readonly owner: string;
  /** The instances that may be cloned. */
  readonly source: SourcePlace & {
    readonly arns: string[];
    readonly where?: Allow['where'];
    /** The keys there that encrypt their volumes. */
    readonly keys: kms.IKeyRef[];
    /** The key there under which another account's snapshots are copied that can not be shared. */
    readonly sharingKey?: kms.IKeyRef;
  };
  readonly ledger: dynamodb.ITable;
  readonly lifetime: Lifetime;
  readonly notificationTopic?: sns.ITopicRef;
  /** How long an execution may take: whatever waits too long is rolled back before. */
  readonly timeout: Duration;
  /** Price per unit, for the plan. */
  readonly prices: Record<string, number>;
  /** Address ranges that isolated clones may speak HTTPS to; empty: as the VPC has it. */
  readonly isolationEgress: string[];
  /** The profile of clones in isolation. */
  readonly isolated: IsolatedProfile;
  readonly identityDocuments: IdentityDocuments;
  readonly warmUpDocuments: WarmUpDocuments;
  readonly alarms: ShareAlarms;
  /** Mounts what clones share with their source. */
  readonly mountReadOnly: ShellDocument;
  readonly encryptionKey?: kms.IKey;
  /** The scope of another machine of the construct, whose handlers serve here where steps are the same. */
  readonly sharedHandlers?: Construct;
}

/**
 * Check request → Acquire lease → [ Describe source → Plan clone → approval → freeze → Snapshot volumes → thaw (Windows:
 * Take VSS snapshots) → Are snapshots ready → Make image → isolation → launch → identity → Verify clones → Schedule expiry → Tidy up ] → Release lease;
 * any failure in the brackets → Roll back.
 */
export function cloneWorkflow(scope: Construct, props: CloneWorkflowProps, batch: sfn.IStateMachine): sfn.IChainable {
  const { owner, ledger, lifetime, source, encryptionKey } = props;
  const arns = new Ec2Arns(scope);
  const isHere = !isElsewhere(source);
  // what is made of the source is made where it is
  const there = new Ec2Arns(scope, source.region);
  const step = lambdaSteps(scope, { folder: 'clone', owner, encryptionKey, sharedHandlers: props.sharedHandlers, source });
  const lease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $request.sourceInstanceId %}' });
  const freeze = freezeDocument(scope);
  const thaw = thawDocument(scope);

  const share = (part: number): Duration => Duration.seconds(Math.floor(props.timeout.toSeconds() * part));
  const approvalTimeout = share(APPROVAL_SHARE);
  const beforeTimeout = { atMost: share(WAIT_SHARE), since: '$states.context.Execution.StartTime' };

  const describe = (...what: string[]): Allow => ({
    actions: what.map(name => `ec2:Describe${name}`), on: ['*'], because: 'EC2 describes have no resource-level permissions',
  });
  const readUefiData: Allow = { actions: ['ec2:GetInstanceUefiData'], on: source.arns, where: source.where, because: 'an image needs the UEFI variables of its source to boot' };
  const commandOutput: Allow = { actions: ['ssm:GetCommandInvocation'], on: ['*'], because: 'command invocations have no resource-level permissions' };
  const sendCommand = (documentArn: string): Allow[] => [
    { actions: ['ssm:SendCommand'], on: [documentArn], because: 'runs this one document' },
    ...(isHere ? [{ actions: ['ssm:SendCommand'], on: source.arns, where: source.where, because: 'and only on what may be cloned' }] : []),
  ];
  const createSnapshots = (...more: Allow[]): Allow[] => onSource(source, [
    { actions: ['ec2:CreateSnapshots'], on: source.arns, where: source.where, because: 'snapshots only what may be cloned' },
    { actions: ['ec2:CreateSnapshots'], on: [there.volumes], because: 'volumes need not carry the tag of their instance' },
    { actions: ['ec2:CreateSnapshots'], on: [there.snapshots], where: taggedFor(owner), because: 'new snapshots have no id yet; they carry the owner tag' },
    ...(isHere ? [
      { actions: ['ec2:CreateImage'], on: source.arns, where: source.where, because: 'billing codes survive only in an image made from the instance' },
      { actions: ['ec2:CreateImage'], on: [arns.images, arns.snapshots], where: taggedFor(owner), because: 'a new image has no id yet; it carries the owner tag' },
      tagOnCreate(owner, [arns.snapshots, arns.images], 'CreateSnapshots', 'CreateImage'),
    ] : [tagOnCreate(owner, [there.snapshots], 'CreateSnapshots')]),
    ...more,
  ]);

  const checkRequest = step('Check request', {
    input: { request: '{% $states.context.Execution.Input %}', approvable: props.notificationTopic !== undefined },
    assign: { request: '{% $states.result.Payload.request %}' },
    allow: [],
  });

  const describeSource = step('Describe source', {
    input: { request: '{% $request %}', passableRoleArns: props.passableRoles.map(role => role.roleRef.roleArn) },
    assign: { source: '{% $states.result.Payload.source %}' },
    allow: [
      describe(...(source.role ? [] : ['Instances', 'InstanceCreditSpecifications', 'Volumes', 'NetworkInterfaces', 'Images', 'KeyPairs']), 'InstanceTypes', 'SecurityGroups'),
      ...onSource(source, [
        { actions: ['ec2:DescribeInstanceAttribute'], on: source.arns, where: source.where, because: 'reads protections, shutdown behaviour and the hash of the user data' },
        readUefiData,
      ]),
      {
        actions: ['iam:GetInstanceProfile'],
        on: [Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'instance-profile', resourceName: '*' })],
        because: "tells the role of the source's instance profile, whichever that is",
      },
      ...(source.role ? [] : [{ actions: ['ssm:DescribeInstanceInformation'], on: ['*'], because: 'the action has no resource-level permissions' }]),
    ],
  });

  const planClone = step('Plan clone', {
    input: {
      request: '{% $request %}', source: '{% $source %}', prices: props.prices, isolationEgress: props.isolationEgress,
      ...(source.role && { sharing: { keys: source.keys.map(key => key.keyRef.keyArn), sharingKey: source.sharingKey?.keyRef.keyArn ?? null } }),
      subnetIds: (props.subnets ?? []).map(subnet => subnet.subnetRef.subnetId),
    },
    assign: {
      plan: '{% $states.result.Payload.plan %}', route: '{% $states.result.Payload.plan.route %}',
      attempt: 0, freezing: null, frozenInterval: null, snapshots: [], copies: [], shares: [], imageId: null, failure: null,
      isolationGroupId: null, found: [], identity: null, warmUp: null, expiresAt: null, batch: null, failures: null,
    },
    allow: [
      describe('Instances', 'Subnets', 'Volumes', 'VolumeStatus', 'Snapshots', 'VpcEndpoints', 'NetworkInterfaces'),
      ...copyVolumes(arns, owner),
      ...launchInstances(arns, owner, props, {
        actions: ['ec2:RunInstances'], on: [arns.images], because: "a DryRun is authorised like the call itself; it names the source's own image",
      }),
      ...createSnapshots(),
      ...makeGroup(arns, owner),
      { actions: ['servicequotas:GetServiceQuota', 'servicequotas:GetAWSDefaultServiceQuota'], on: ['*'], because: 'tells before anything is made that a quota is in the way' },
    ],
  });

  const freezeFilesystems = step('Freeze filesystems', {
    input: { plan: '{% $plan %}', documentName: freeze.documentName, attempt: '{% $attempt %}', seconds: THAW_AFTER.toSeconds() },
    assign: { commandId: '{% $states.result.Payload.commandId %}', ...BEGIN_WAIT },
    allow: sendCommand(freeze.documentArn),
  });

  const areFrozen = step('Are filesystems frozen', {
    input: { instanceId: '{% $plan.sourceInstanceId %}', commandId: '{% $commandId %}', polls: '{% $polls %}' },
    assign: { ...LOOKED, freezing: '{% $states.result.Payload.freeze %}', filesystemsFrozen: '{% $states.result.Payload.frozen %}' },
    allow: [commandOutput],
    retry: ['InvocationDoesNotExist'],
    patience: Patience.SHORT,
  });

  const snapshotVolumes = step('Snapshot volumes', {
    input: { plan: '{% $plan %}', route: '{% $route %}', attempt: '{% $attempt %}' },
    assign: { snapshots: '{% $states.result.Payload.snapshots %}', imageId: '{% $states.result.Payload.imageId %}', ...BEGIN_WAIT },
    allow: [
      ...(source.role ? [] : [describe('Snapshots', 'Images')]),
      ...createSnapshots({ actions: ['ec2:DeleteSnapshot'], on: [there.snapshots], where: takenBy(owner), because: 'CreateSnapshots has no client token: a repeated call is undone' }),
    ],
    retry: ['SnapshotCreationPerVolumeRateExceeded', 'ConcurrentSnapshotLimitExceeded', 'ConcurrentCreateImageNoRebootLimitExceeded', 'IncorrectState', 'SnapshotsNotVisible', 'InvalidAMIName.Duplicate'],
    patience: Patience.SHORT,
  });

  const thawFilesystems = step('Thaw filesystems', {
    input: { instanceId: '{% $plan.sourceInstanceId %}', documentName: thaw.documentName, attempt: '{% $attempt %}' },
    assign: { commandId: '{% $states.result.Payload.commandId %}', ...BEGIN_WAIT },
    allow: sendCommand(thaw.documentArn),
  });

  const areThawed = step('Are filesystems thawed', {
    input: {
      plan: '{% $plan %}', commandId: '{% $commandId %}', attempt: '{% $attempt %}', polls: '{% $polls %}',
      freeze: '{% $freezing %}', copies: '{% $copies %}', verify: '{% $failure = null %}',
    },
    assign: { ...LOOKED, frozenInterval: '{% $states.result.Payload.interval %}', filesystemsThawed: '{% $states.result.Payload.thawed %}' },
    allow: [commandOutput, describe('Snapshots')],
    retry: ['InvocationDoesNotExist'],
  });

  const areReady = step('Are snapshots ready', {
    input: { plan: '{% $plan %}', attempt: '{% $attempt %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, snapshots: '{% $states.result.Payload.snapshots %}', snapshotsReady: '{% $states.result.Payload.ready %}' },
    allow: [
      ...onSource(source, [
        describe('Snapshots'),
        { actions: ['ec2:CreateTags'], on: [there.snapshots], where: madeBy(owner), because: 'each snapshot gets its device as a tag; CreateSnapshots and CreateImage give all the same' },
      ]),
      renewLease(ledger),
    ],
    retry: ['InvalidSnapshot.NotFound'],
  });

  const makeImage = step('Make image', {
    input: { plan: '{% $plan %}', route: '{% $route %}', attempt: '{% $attempt %}', snapshots: '{% $snapshots %}', imageId: '{% $imageId %}' },
    assign: { imageId: '{% $states.result.Payload.imageId %}', ...BEGIN_WAIT },
    allow: [
      describe('Images'),
      { actions: ['ec2:RegisterImage'], on: [arns.images], where: taggedFor(owner), because: 'a new image has no id yet; it carries the owner tag' },
      { actions: ['ec2:RegisterImage'], on: [arns.snapshots], where: madeBy(owner), because: 'registers only snapshots of this construct' },
      tagOnCreate(owner, [arns.images], 'RegisterImage'),
      ...onSource(source, [readUefiData]),
    ],
    retry: ['InvalidAMIName.Duplicate'],
  });

  const isReady = step('Is image ready', {
    input: { plan: '{% $plan %}', route: '{% $route %}', imageId: '{% $imageId %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, imageState: '{% $states.result.Payload.state %}' },
    allow: [describe('Images'), renewLease(ledger)],
    retry: ['InvalidAMIID.NotFound'],
  });

  const discardImage = step('Discard image', {
    input: { imageId: '{% $imageId %}', attempt: '{% $attempt %}' },
    assign: { route: '{% $states.result.Payload.route %}', attempt: '{% $attempt + 1 %}', snapshots: [], imageId: null, freezing: null },
    allow: [
      describe('Snapshots'),
      { actions: ['ec2:DeregisterImage'], on: [arns.images], where: takenBy(owner), because: 'the image would bill the clone wrongly' },
      { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots], where: takenBy(owner), because: 'CreateImage takes its own snapshots' },
    ],
    retry: ['InvalidSnapshot.InUse'],
  });

  const verify = verifyClones(scope, { owner, encryptionKey, sharedHandlers: props.sharedHandlers });

  const tidyUp = step('Tidy up', {
    input: { plan: '{% $plan %}', clones: '{% $clones %}', imageId: '{% $imageId %}', snapshots: '{% $snapshots %}', isolationGroupId: '{% $isolationGroupId %}' },
    assign: { kept: '{% $states.result.Payload.kept %}', leftOver: '{% $states.result.Payload.leftOver %}' },
    allow: [
      describe('Instances', 'Snapshots'),
      { actions: ['ec2:DeregisterImage'], on: [arns.images], where: takenBy(owner), because: 'the image has served' },
      { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots, ...(source.role ? [] : arns.snapshotsIn(source.region))], where: takenBy(owner), because: 'so have the snapshots that need not be kept' },
      ...(source.role ? onSource(source, []) : []),
      { actions: ['ec2:DeleteSecurityGroup'], on: [arns.securityGroups], where: madeBy(owner), because: 'the group that isolated the clones has served' },
      { actions: ['ec2:ModifyInstanceAttribute'], on: [arns.instances], where: madeBy(owner), because: 'protects the clone like its source' },
      ...([['ec2:CreateTags', CREATED_BY_TAG], ['ec2:DeleteTags', EXECUTION_TAG]] as const).map(([action, tag]) => ({
        actions: [action],
        on: [arns.instances, arns.volumes, arns.networkInterfaces, arns.snapshots],
        where: { ...madeBy(owner), 'ForAllValues:StringEquals': { 'aws:TagKeys': [tag] } },
        because: 'a finished clone carries created-by instead of execution',
      })),
    ],
  });

  const rollBack = step('Roll back', {
    input: {
      sourceInstanceId: '{% $request.sourceInstanceId %}', scheduleGroup: lifetime.schedules.groupName,
      polls: '{% $rollBack.polls %}', quiet: '{% $rollBack.quiet %}', removed: '{% $rollBack.removed %}', removedInAll: '{% $rollBack.removedInAll %}',
    },
    assign: { rollBack: "{% $merge([$states.result.Payload, {'polls': $rollBack.polls + 1}]) %}" },
    allow: removeLitter(arns, owner, { schedules: lifetime.schedules, source }),
  });

  // -- order, from the end to the beginning where a state must exist before it is named

  const failed = sfn.Fail.jsonata(scope, 'Clone failed', { error: '{% $outcome.error %}', cause: '{% $outcome.cause %}' });
  const cloned = sfn.Succeed.jsonata(scope, 'Cloned', { outputs: '{% $outcome.output %}' });
  const finish = sfn.Choice.jsonata(scope, 'Was it cloned?')
    .when(sfn.Condition.jsonata('{% $outcome.succeeded %}'), cloned)
    .otherwise(failed);
  const release = lease.release.next(finish);
  // a lease that could not be given back expires by itself; what was cloned is cloned
  lease.release.addCatch(finish);

  const reportRollBack = sfn.Pass.jsonata(scope, 'Report roll back', {
    assign: {
      outcome: {
        succeeded: false,
        error: '{% $outcome.error %}',
        // a cause holds 32,768 characters: long lists are cut, and their length told
        cause: "{% $string({'message': $substring($outcome.message, 0, 8000), 'removed': [$rollBack.removed[[0..149]]], 'removedInAll': $rollBack.removedInAll, "
          + "'leftOver': [$rollBack.leftOver[[0..29]]], 'leftOverInAll': $rollBack.leftOverInAll}) %}",
      },
    },
  });
  reportRollBack.next(release);
  // clones of a fleet that failed are removed in the same way, and change nothing for the others
  const reportFailed = sfn.Pass.jsonata(scope, 'Report failed clones', {
    assign: { outcome: "{% $merge([$outcome, {'output': $merge([$outcome.output, {'leftOver': [$outcome.output.leftOver[$not(id in $rollBack.removed.id)], $rollBack.leftOver]}])}]) %}" },
  });
  reportFailed.next(release);
  const told = sfn.Choice.jsonata(scope, 'Others succeeded?')
    .when(sfn.Condition.jsonata('{% $outcome.succeeded %}'), reportFailed)
    .otherwise(reportRollBack);
  const rolledBack = sfn.Choice.jsonata(scope, 'Rolled back?')
    .when(sfn.Condition.jsonata('{% $rollBack.done %}'), told)
    .otherwise(sfn.Wait.jsonata(scope, 'Wait for terminations', { time: sfn.WaitTime.seconds('{% $rollBack.waitSeconds %}') }).next(rollBack));
  rollBack.next(rolledBack);
  rollBack.addCatch(told, {
    assign: {
      rollBack: "{% $merge([$rollBack, {'leftOverInAll': 1, 'leftOver': [{'id': 'unknown', 'type': 'unknown', 'reason': 'the roll back itself failed: ' & $states.errorOutput.Error & '; the janitor goes on'}]}]) %}",
    },
  });

  const done = sfn.Pass.jsonata(scope, 'Report clones', {
    outputs: {
      clones: '{% $clones %}', failures: '{% $failures = null ? [] : $failures %}', shares: '{% $shares %}', plan: '{% $plan %}',
      kept: '{% $kept %}', leftOver: '{% $leftOver %}',
      freeze: '{% $frozenInterval %}', identity: '{% $identity %}', warmUp: '{% $warmUp %}', expiresAt: '{% $expiresAt %}',
    },
  });
  const planned = sfn.Pass.jsonata(scope, 'Report plan', { outputs: { plan: '{% $plan %}' } });

  const watchShares = step('Watch shares', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', alarmPrefix: props.alarms.prefix },
    allow: [props.alarms.manage('a share that becomes too busy ends by itself', 'PutMetricAlarm')],
  });
  // the clones are finished: an alarm that could not be made undoes none of them
  watchShares.addCatch(done, { assign: { leftOver: "{% $append($leftOver, [{'id': 'alarms', 'type': 'alarm', 'reason': 'not made: ' & $states.errorOutput.Error}]) %}" } });
  watchShares.next(done);
  tidyUp.next(sfn.Choice.jsonata(scope, 'Watch shares?')
    .when(sfn.Condition.jsonata('{% $plan.ownVolumeAbove != null %}'), watchShares)
    .otherwise(done));
  const expires = scheduleExpiry(scope, { ...props, ...lifetime, then: tidyUp });
  const identity = { ...props, step, warmUpWithin: share(WARM_UP_SHARE) };
  verify.next(sfn.Choice.jsonata(scope, 'Share volumes?')
    .when(sfn.Condition.jsonata('{% $count($plan.shared) > 0 %}'), shareVolumes(scope, { ...props, then: expires }))
    .otherwise(expires));
  const { launch, waitForInstances } = launchLike(scope, { ...props, then: checkIdentity(scope, { ...identity, then: verify }) });
  const freezeFirst = sfn.Choice.jsonata(scope, 'Freeze first?');
  const copying = '$plan.copying';
  const launchHow = sfn.Choice.jsonata(scope, 'Launch how?');
  const isolate = isolateFirst(scope, { ...identity, then: launchHow });
  const copies = volumeCopies(scope, { ...props, whenReady: isolate, then: waitForInstances, again: freezeFirst });
  launchHow.when(sfn.Condition.jsonata(`{% ${copying} %}`), copies.launch)
    .when(sfn.Condition.jsonata('{% $plan.fleet != null %}'), cloneFleet(scope, { batch, then: tidyUp }))
    .otherwise(launch);

  poll(scope, { look: isReady, question: 'Image ready?', until: "{% $imageState = 'available' %}", then: isolate, wait: 'Wait for image', ...beforeTimeout })
    .when(sfn.Condition.jsonata("{% $imageState = 'wrong-platform' %}"), discardImage.next(freezeFirst));
  makeImage.next(isReady);
  const bring = isHere ? makeImage : copyFromElsewhere(scope, { ...props, step, then: makeImage, wait: beforeTimeout });
  poll(scope, { look: areReady, question: 'Snapshots ready?', until: `{% $snapshotsReady and $not(${copying}) %}`, then: bring, wait: 'Wait for snapshots', ...beforeTimeout })
    .when(sfn.Condition.jsonata('{% $snapshotsReady %}'), copies.areReady);

  const snapshotsTaken = sfn.Choice.jsonata(scope, 'Snapshots taken?')
    .when(sfn.Condition.jsonata('{% $failure = null and $plan.snapshotting %}'), areReady)
    .when(sfn.Condition.jsonata('{% $failure = null %}'), copies.areReady)
    .when(sfn.Condition.jsonata(`{% ${copying} and ${MAY_FALL_BACK} %}`), copies.fallBack)
    .otherwise(sfn.Fail.jsonata(scope, 'No snapshots', {
      error: '{% $failure.Error %}', cause: "{% $exists($failure.Cause) ? $failure.Cause : '' %}",
    }));
  poll(scope, { look: areThawed, question: 'Filesystems thawed?', until: '{% $filesystemsThawed %}', then: snapshotsTaken, wait: 'Wait for thaw', atMost: Duration.minutes(10) });
  thawFilesystems.next(areThawed);
  const thawNow = sfn.Choice.jsonata(scope, 'Thaw now?')
    .when(sfn.Condition.jsonata('{% $plan.freeze %}'), thawFilesystems)
    .otherwise(snapshotsTaken);
  snapshotVolumes.next(thawNow);
  copies.copy.next(sfn.Choice.jsonata(scope, 'Snapshot the others?')
    .when(sfn.Condition.jsonata('{% $plan.snapshotting %}'), snapshotVolumes)
    .otherwise(thawNow));
  poll(scope, { look: areFrozen, question: 'Filesystems frozen?', until: `{% $filesystemsFrozen and $not(${copying}) %}`, then: snapshotVolumes, wait: 'Wait for freeze', atMost: THAW_AFTER, tooLong: thawNow })
    .when(sfn.Condition.jsonata('{% $filesystemsFrozen %}'), copies.copy);
  freezeFilesystems.next(areFrozen);
  // whatever happens from here to the snapshots, the filesystems are thawed before anything else
  for (const state of [freezeFilesystems, areFrozen, snapshotVolumes, copies.copy]) {
    state.addCatch(thawNow, { assign: { failure: '{% $states.errorOutput %}', ...BEGIN_WAIT } });
  }
  // the first failure is the one to tell; the timer on the instance thaws what the command could not
  for (const state of [thawFilesystems, areThawed]) {
    state.addCatch(snapshotsTaken, { assign: { failure: '{% $failure = null ? $states.errorOutput : $failure %}' } });
  }
  freezeFirst.when(sfn.Condition.jsonata('{% $plan.freeze %}'), freezeFilesystems);
  // no document reaches into another Region or account: sources there are neither frozen, which is refused, nor do they take snapshots themselves
  if (isHere) freezeFirst.when(sfn.Condition.jsonata('{% $plan.vss %}'), vssSnapshots(scope, { ...props, step, then: areReady }));
  freezeFirst.when(sfn.Condition.jsonata(`{% ${copying} %}`), copies.copy)
    .otherwise(snapshotVolumes);

  const plan = describeSource.next(planClone).next(sfn.Choice.jsonata(scope, 'Plan only?')
    .when(sfn.Condition.jsonata('{% $request.planOnly %}'), planned)
    .otherwise(approved(scope, freezeFirst)));

  const clone = sfn.Parallel.jsonata(scope, 'Clone', {
    assign: { outcome: { succeeded: true, output: '{% $states.result[0] %}' } },
    outputs: {},
  }).branch(plan);
  clone.addCatch(rollBack, {
    assign: {
      outcome: { succeeded: false, error: '{% $states.errorOutput.Error %}', message: `{% ${message} %}` },
      rollBack: BEGIN_ROLL_BACK,
    },
    outputs: {},
  });
  clone.next(sfn.Choice.jsonata(scope, 'Did some fail?')
    .when(sfn.Condition.jsonata('{% $exists($outcome.output.failures) and $count($outcome.output.failures) > 0 %}'), rollBack, { assign: { rollBack: BEGIN_ROLL_BACK } })
    .otherwise(release));

  const refused = {
    assign: {
      outcome: {
        succeeded: false,
        error: '{% $states.errorOutput.Error %}',
        cause: `{% $string({'message': $substring(${message}, 0, 20000), 'removed': [], 'leftOver': []}) %}`,
      },
    },
  };
  checkRequest.addCatch(failed, refused);
  lease.acquire.addCatch(failed, refused);
  return checkRequest.next(lease.acquire).next(clone);

  /** Awaits approval where the request asks for it and there is somebody to ask. */
  function approved(within: Construct, then: sfn.IChainable): sfn.IChainable {
    if (!props.notificationTopic) return then;
    const { topicArn } = props.notificationTopic.topicRef;
    const awaitApproval = step('Await approval', {
      input: {
        topicArn, plan: '{% $plan %}', lease: '{% $lease %}',
        taskToken: '{% $states.context.Task.Token %}', timeoutSeconds: approvalTimeout.toSeconds(),
      },
      allow: [
        { actions: ['sns:Publish'], on: [topicArn], because: 'asks for approval' },
        renewLease(ledger),
      ],
      answerWithin: approvalTimeout,
    });
    return sfn.Choice.jsonata(within, 'Needs approval?')
      .when(sfn.Condition.jsonata('{% $plan.approve %}'), awaitApproval.next(then))
      .otherwise(then);
  }
}
