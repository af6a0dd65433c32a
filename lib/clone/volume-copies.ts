import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps, Patience } from '../private/lambda-step';
import { isolation, IsolatedProfile, launchInstances, LaunchTargets } from '../private/launch-like';
import { renewLease } from '../private/lease';
import { removeLitter } from '../private/litter';
import { madeBy, taggedFor, tagOnCreate, unfinished } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { Allow, describeEc2 } from '../private/statement';
import { attachWithVolumeKeys, useVolumeKeys } from '../private/volume-keys';

/** What tells that there can be no copies, and that snapshots may do; whatever else fails, fails the clone. */
const CALLS_FOR_SNAPSHOTS = [
  'CopyVolumesLimitExceeded', 'ConcurrentCopyVolumeLimitExceeded', 'IncorrectState', 'IncorrectModificationState', 'IncorrectInstanceState',
  'InvalidParameterValue', 'InvalidParameterCombination', 'UnsupportedOperation', 'InvalidVolume.ZoneMismatch',
  'CopyFailed', 'WritesNotHeld', 'NotFrozenAtSnapshot', 'PlaceholderFailed', 'RootNotReplaced', 'TookTooLong',
];

/** The condition that a failure is one of these. */
export const MAY_FALL_BACK = `$failure.Error in [${CALLS_FOR_SNAPSHOTS.map(error => `'${error}'`).join(', ')}]`;

/** EBS makes a copy usable in seconds, EC2 starts and reboots an instance in minutes. */
const LONGEST_WAIT = Duration.minutes(30);

/** The right to copy volumes: of a source no condition can be stated, so the handler copies only what the plan names. */
export function copyVolumes(arns: Ec2Arns, owner: string): Allow[] {
  return [
    { actions: ['ec2:CopyVolumes'], on: [arns.namedVolumes], because: 'volumes need not carry the tag of their instance, and EC2 fills no key for the source of a copy' },
    { actions: ['ec2:CopyVolumes'], on: [arns.volumes], where: taggedFor(owner), because: 'a copy has no id yet; it carries the owner tag' },
    tagOnCreate(owner, [arns.volumes], 'CopyVolumes'),
  ];
}

export interface VolumeCopiesProps extends LaunchTargets {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly encryptionKey?: kms.IKeyRef;
  /** The profile of clones that begin in the group `$isolationGroupId`. */
  readonly isolated: IsolatedProfile;
  /** What comes when the copies can be attached, and leads to `launch`. */
  readonly whenReady: sfn.IChainable;
  /** What comes when the instance reboots from the copied root; `$instanceIds` is set. */
  readonly then: sfn.IChainable;
  /** Where the clone begins anew, by snapshots. */
  readonly again: sfn.IChainable;
}

/** The parts of the way by copies. */
export interface VolumeCopies {
  /** Takes the copies, while filesystems may be frozen; what fails is handled by who freezes. */
  readonly copy: tasks.LambdaInvoke;
  /** Waits until the copies can be attached. */
  readonly areReady: sfn.State;
  /** From the copies to the clone; reads `$plan`, `$copies`, `$snapshots`, `$attempt`, `$isolationGroupId` and `$lease`. */
  readonly launch: sfn.State;
  /** Begins anew by snapshots; reads `$failure`. */
  readonly fallBack: sfn.State;
}

/**
 * Copy volumes → Are copies ready → (isolation) → Launch placeholder → Is placeholder running → Attach copies → Are copies attached → Replace root →
 * Is root replaced; where EC2 can not, Fall back to snapshots.
 */
export function volumeCopies(scope: Construct, props: VolumeCopiesProps): VolumeCopies {
  const { owner, ledger } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'volume-copies', owner, encryptionKey: props.encryptionKey });

  const copy = step('Copy volumes', {
    input: { plan: '{% $plan %}', attempt: '{% $attempt %}', freezing: '{% $freezing %}' },
    assign: { copies: '{% $states.result.Payload.copies %}', ...BEGIN_WAIT },
    allow: [...copyVolumes(arns, owner), ...useVolumeKeys(props.volumeKeys)],
    patience: Patience.SHORT,
  });

  const areReady = step('Are copies ready', {
    input: { copies: '{% $copies %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, copiesReady: '{% $states.result.Payload.ready %}' },
    allow: [describeEc2('Volumes'), renewLease(ledger)],
  });

  const launch = step('Launch placeholder', {
    input: { plan: '{% $plan %}', attempt: '{% $attempt %}', snapshots: '{% $snapshots %}', isolation: isolation(props.isolated) },
    assign: { instanceIds: '{% $states.result.Payload.instanceIds %}', ...BEGIN_WAIT, since: '{% $states.result.Payload.launchedAt %}' },
    allow: [
      ...launchInstances(arns, owner, props, {
        actions: ['ec2:RunInstances'], on: [arns.images], because: "a placeholder is launched from the source's own image, whosever that is",
      }, props.isolated),
      { actions: ['ec2:RunInstances'], on: [arns.snapshots], where: madeBy(owner), because: 'volumes that are not copied come from snapshots of this construct' },
      ...useVolumeKeys(props.volumeKeys),
    ],
    retry: ['InvalidSnapshot.NotFound', 'InsufficientInstanceCapacity'],
  });

  const isRunning = step('Is placeholder running', {
    input: { instanceIds: '{% $instanceIds %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, placeholderRunning: '{% $states.result.Payload.running %}' },
    allow: [describeEc2('Instances'), renewLease(ledger)],
  });

  const attach = step('Attach copies', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', copies: '{% $copies %}' },
    assign: BEGIN_WAIT,
    allow: [
      { actions: ['ec2:AttachVolume'], on: [arns.instances, arns.volumes], where: unfinished(madeBy(owner)), because: 'attaches only what this construct made to what it made' },
      ...attachWithVolumeKeys(props.volumeKeys),
    ],
    retry: ['InvalidInstanceID.NotFound', 'InvalidVolume.NotFound'],
  });

  const areAttached = step('Are copies attached', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', copies: '{% $copies %}', since: '{% $since %}' },
    assign: { ...LOOKED, copiesAttached: '{% $states.result.Payload.attached %}' },
    allow: [describeEc2('Volumes')],
  });

  const replaceRoot = step('Replace root', {
    input: { plan: '{% $plan %}', attempt: '{% $attempt %}', instanceIds: '{% $instanceIds %}', copies: '{% $copies %}' },
    assign: { taskId: '{% $states.result.Payload.taskId %}', ...BEGIN_WAIT },
    allow: [
      { actions: ['ec2:CreateReplaceRootVolumeTask'], on: [arns.instances], where: unfinished(madeBy(owner)), because: 'replaces the root of what this construct launched' },
      {
        actions: ['ec2:CreateReplaceRootVolumeTask'], on: [arns.volumes, arns.replaceRootVolumeTasks],
        because: 'EC2 fills no tags of the volume that becomes the root; the task has no id yet',
      },
      ...attachWithVolumeKeys(props.volumeKeys),
    ],
    retry: ['InvalidInstanceID.NotFound', 'InvalidVolume.NotFound'],
  });

  const isReplaced = step('Is root replaced', {
    input: { plan: '{% $plan %}', instanceIds: '{% $instanceIds %}', taskId: '{% $taskId %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, rootReplaced: '{% $states.result.Payload.replaced %}' },
    allow: [
      describeEc2('ReplaceRootVolumeTasks'),
      { actions: ['ec2:ModifyInstanceAttribute'], on: [arns.instances, arns.volumes], where: madeBy(owner), because: 'attached volumes go with the clone where those of the source do' },
      renewLease(ledger),
    ],
  });

  const fallBack = step('Fall back to snapshots', {
    input: { plan: '{% $plan %}', failure: '{% $failure %}', polls: '{% $polls %}', quiet: '{% $fallenQuiet %}' },
    assign: {
      polls: '{% $polls + 1 %}', fallenQuiet: '{% $states.result.Payload.quiet %}', fallenBack: '{% $states.result.Payload.done %}',
      waitSeconds: '{% $states.result.Payload.waitSeconds %}', plan: '{% $states.result.Payload.plan %}',
    },
    allow: removeLitter(arns, owner, { launched: false }),
  });

  // -- order, from the end to the beginning

  const anew = sfn.Pass.jsonata(scope, 'Begin by snapshots', {
    assign: { attempt: '{% $attempt + 1 %}', failure: null, freezing: null, frozenInterval: null, snapshots: [], copies: [] },
  });
  anew.next(props.again);
  fallBack.next(sfn.Choice.jsonata(scope, 'Fallen back?')
    .when(sfn.Condition.jsonata('{% $fallenBack %}'), anew)
    .otherwise(sfn.Wait.jsonata(scope, 'Wait for the fall back', { time: sfn.WaitTime.seconds('{% $waitSeconds %}') }).next(fallBack)));
  const begin = sfn.Pass.jsonata(scope, 'Without copies', { assign: { polls: 0, fallenQuiet: false } });
  begin.next(fallBack);

  const bounded = { atMost: LONGEST_WAIT, tooLong: begin };
  const rebooted = sfn.Pass.jsonata(scope, 'Booted from copy', { assign: BEGIN_WAIT });
  rebooted.next(props.then);
  poll(scope, { look: isReplaced, question: 'Root replaced?', until: '{% $rootReplaced %}', then: rebooted, wait: 'Wait for root', ...bounded });
  replaceRoot.next(isReplaced);
  poll(scope, { look: areAttached, question: 'Copies attached?', until: '{% $copiesAttached %}', then: replaceRoot, wait: 'Wait for attachments', ...bounded });
  attach.next(areAttached);
  poll(scope, { look: isRunning, question: 'Placeholder running?', until: '{% $placeholderRunning %}', then: attach, wait: 'Wait for placeholder', ...bounded });
  launch.next(isRunning);
  poll(scope, { look: areReady, question: 'Copies ready?', until: '{% $copiesReady %}', then: props.whenReady, wait: 'Wait for copies', ...bounded });
  for (const state of [areReady, launch, isRunning, attach, areAttached, replaceRoot, isReplaced]) {
    state.addCatch(begin, { errors: CALLS_FOR_SNAPSHOTS.filter(error => error !== 'TookTooLong'), assign: { failure: '{% $states.errorOutput %}' } });
  }
  return { copy, areReady, launch, fallBack: begin };
}
