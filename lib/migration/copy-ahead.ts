import { Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { approval } from '../private/approval';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { renewLease } from '../private/lease';
import { bucketObjects } from '../private/migration-bucket';
import { madeBy, taggedFor, tagOnCreate, takenBy } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { RESERVING, reservationItems } from '../private/reservations';
import { Allow, describeEc2 } from '../private/statement';
import { groupGate } from './gate';
import type { MigrationWorkflowProps } from './workflow-props';

/** The share of the machine's timeout that waiting for the link, or for the snapshots of one round, may take. */
const WAIT_SHARE = 0.25;
/** "SnapshotCreationPerVolumeRateExceeded: wait at least 15 seconds between concurrent snapshots on a single volume" (EC2 error codes). */
const BETWEEN_SNAPSHOTS = Duration.seconds(15);
/** Whoever approves later than this after the last round has another one before the pause; members of a group have one each ten minutes. */
const STALE_AFTER = Duration.minutes(15);

/** The rights to snapshot what may be moved, one volume after the other as EC2 checks them. */
export function snapshotMoved(arns: Ec2Arns, { owner, hosts }: MigrationWorkflowProps): Allow[] {
  return [
    { actions: ['ec2:CreateSnapshots'], on: hosts.arns, where: hosts.where, because: 'snapshots only what may be moved' },
    { actions: ['ec2:CreateSnapshots'], on: [arns.volumes], because: 'volumes need not carry the tag of their instance' },
    { actions: ['ec2:CreateSnapshots'], on: [arns.snapshots], where: taggedFor(owner), because: 'new snapshots have no id yet; they carry the owner tag' },
  ];
}

/** What a step that takes snapshots reads and removes again. */
export function oneSet(arns: Ec2Arns, owner: string): Allow[] {
  return [
    describeEc2('Snapshots'),
    { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots], where: takenBy(owner), because: 'CreateSnapshots has no client token: a repeated call is undone' },
  ];
}

/** Errors of EC2 that pass when another snapshot of the volume is over. */
export const SNAPSHOT_RETRY = ['SnapshotCreationPerVolumeRateExceeded', 'ConcurrentSnapshotLimitExceeded', 'IncorrectState', 'SnapshotsNotVisible'];

/**
 * EBS direct asks for the use of the key of an encrypted snapshot, even for its list of blocks. Everything at an Outpost is encrypted, by the
 * AWS managed key unless told otherwise; that its key policy alone does not suffice here is unverified against AWS.
 */
function readBlockLists(scope: Construct, keys: readonly kms.IKeyRef[]): Allow[] {
  const action = { actions: ['kms:Decrypt'], because: 'EBS direct asks for the use of the key of an encrypted snapshot, even for its list of blocks' };
  return [
    { ...action, on: [Stack.of(scope).formatArn({ service: 'kms', resource: 'key', resourceName: '*' })], where: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/aws/ebs'] } } },
    ...keys.length === 0 ? [] : [{ ...action, on: keys.map(key => key.keyRef.keyArn) }],
  ];
}

/** Reserve link, until it is free. Ends with `{ reservation }`. */
export function holdLink(scope: Construct, step: DefineStep, props: MigrationWorkflowProps): sfn.IChainable {
  const { ledger, bucket, locations, timeout } = props;
  const foresees = props.replicationMachine !== undefined;
  const reserve = step('Reserve link', {
    input: {
      request: '{% $request %}', plan: '{% $plan %}', table: ledger.tableName, lease: '{% $lease %}', since: '{% $since %}', bucket: bucket.bucketName, locations,
    },
    assign: { ...LOOKED, reserved: '{% $states.result.Payload.reserved %}', held: '{% $states.result.Payload.reservation %}' },
    allow: [
      reservationItems(ledger, RESERVING, 'one move at a time takes a link that nobody can pace'), renewLease(ledger),
      ...foresees ? [
        {
          actions: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'], on: ['*'],
          because: 'blocks leave others what they are forecast to send; CloudWatch has no resource-level permissions for reading metrics',
        },
        ...bucketObjects(bucket, 'past', ['GetObject'], 'what earlier fleets took of a link is not the traffic of others'),
        { actions: ['s3:ListBucket'], on: [bucket.bucketArn], where: { StringEquals: { 's3:prefix': 'past/' } }, because: 'finds what past fleets took' },
      ] : [],
    ],
    retry: ['LinkIsContended'],
  });
  poll(scope, {
    look: reserve, question: 'Link reserved?', until: '{% $reserved %}', wait: 'Wait for link',
    then: sfn.Pass.jsonata(scope, 'Link held', { outputs: { reservation: '{% $held %}' } }),
    atMost: Duration.seconds(Math.floor(timeout.toSeconds() * WAIT_SHARE)),
  });
  return sfn.Pass.jsonata(scope, 'Begin wait for link', { assign: BEGIN_WAIT }).next(reserve);
}

/**
 * Snapshot volumes → Are snapshots ready → Count changed blocks, round after round until what is left is small → [ group ] → approval, and again after
 * one that came late. Ends with `{ round, rounds, moved, reservation }`.
 */
export function copyAhead(scope: Construct, step: DefineStep, props: MigrationWorkflowProps): sfn.IChainable {
  const { owner, ledger, timeout } = props;
  const arns = new Ec2Arns(scope);
  const snapshotVolumes = step('Snapshot volumes', {
    input: { plan: '{% $plan %}', round: '{% $round %}', last: false },
    assign: { snapshots: '{% $states.result.Payload.snapshots %}', ...BEGIN_WAIT },
    allow: [...oneSet(arns, owner), ...snapshotMoved(arns, props), tagOnCreate(owner, [arns.snapshots], 'CreateSnapshots')],
    retry: SNAPSHOT_RETRY,
  });
  const areReady = step('Are snapshots ready', {
    input: { plan: '{% $plan %}', round: '{% $round %}', lease: '{% $lease %}', since: '{% $since %}', pausedAt: null },
    assign: { ...LOOKED, snapshots: '{% $states.result.Payload.snapshots %}', snapshotsReady: '{% $states.result.Payload.ready %}' },
    allow: [describeEc2('Snapshots'), renewLease(ledger)],
    retry: ['InvalidSnapshot.NotFound'],
  });
  const count = step('Count changed blocks', {
    input: {
      plan: '{% $plan %}', name: '{% $name %}', rounds: '{% $copy.rounds %}', snapshots: '{% $snapshots %}', former: '{% $former %}', reservation: '{% $copy.reservation %}', moved: '{% $copy.moved %}',
      waited: '{% $waited %}',
    },
    assign: { copy: '{% $states.result.Payload %}' },
    allow: [
      describeEc2('Snapshots'),
      { actions: ['ebs:ListChangedBlocks'], on: [arns.snapshots], where: madeBy(owner), because: 'counts what the source wrote between two rounds' },
      ...readBlockLists(scope, props.volumeKeys),
      reservationItems(ledger, RESERVING, 'holds the link for another round'),
    ],
    retry: ['RequestThrottledException'],
  });

  const ahead = sfn.Pass.jsonata(scope, 'Copied ahead', {
    outputs: { round: '{% $round %}', rounds: '{% $copy.rounds %}', moved: '{% $copy.moved %}', reservation: '{% $copy.reservation %}' },
  });
  const approved = approval(scope, {
    step, topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout,
    name: 'Await cut-over approval', question: 'Needs cut-over approval?', when: "{% 'cut-over' in $request.approve %}",
    input: { plan: '{% $plan %}', rounds: '{% $copy.rounds %}' }, then: props.notificationTopic ? whileFresh(ahead) : ahead,
  });
  const nextRound = sfn.Pass.jsonata(scope, 'Next round', { assign: { round: '{% $round + 1 %}', former: '{% $snapshots %}', waited: false } });
  nextRound.next(snapshotVolumes);
  snapshotVolumes.next(areReady);
  poll(scope, {
    look: areReady, question: 'Snapshots ready?', until: '{% $snapshotsReady %}', then: count, wait: 'Wait for snapshots',
    atMost: Duration.seconds(Math.floor(timeout.toSeconds() * WAIT_SHARE)),
  });
  const together = groupGate(scope, step, {
    ledger, reservation: '{% $copy.reservation %}', takenAt: '{% $copy.rounds[-1].takenAt %}', then: approved, refresh: nextRound,
    assign: { copy: "{% $merge([$copy, {'reservation': $states.result.Payload.reservation}]) %}" },
    names: { choice: 'Switches with others?', announce: 'Announce to group', look: 'Is group ready', question: 'Group ready?', wait: 'Wait for group' },
  });
  count.next(sfn.Choice.jsonata(scope, 'Converged?')
    .when(sfn.Condition.jsonata('{% $copy.converged and $approved %}'), ahead)
    .when(sfn.Condition.jsonata('{% $copy.converged %}'), together)
    .otherwise(sfn.Wait.jsonata(scope, 'Wait between rounds', { time: sfn.WaitTime.duration(BETWEEN_SNAPSHOTS) }).next(nextRound)));
  return sfn.Pass.jsonata(scope, 'Begin rounds', { assign: { round: 0, approved: false, waited: false, snapshots: [], copy: { rounds: [], moved: {}, reservation: '{% $reservation %}' } } }).next(nextRound);

  /** What was written while somebody was waited for would make the pause longer, and a deadline may have come near: then another round comes first. */
  function whileFresh(then: sfn.Pass): sfn.Choice {
    const anew = sfn.Pass.jsonata(scope, 'Round after approval', { assign: { round: '{% $round + 1 %}', former: '{% $snapshots %}', approved: true, waited: true } });
    anew.next(snapshotVolumes);
    const age = '$toMillis($states.context.State.EnteredTime) - $toMillis($copy.rounds[-1].takenAt) - 1000 * $copy.rounds[-1].seconds';
    return sfn.Choice.jsonata(scope, 'Copy still fresh?').when(sfn.Condition.jsonata(`{% ${age} > ${STALE_AFTER.toMilliseconds()} %}`), anew).otherwise(then);
  }
}
