import { Duration, Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { askBy } from '../private/approval';
import { attempt, MESSAGE } from '../private/attempt';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { launchInstances, launchLike } from '../private/launch-like';
import { leaseSteps, renewLease } from '../private/lease';
import { CREATED_BY_TAG, DEVICE_TAG, EXECUTION_TAG, madeBy, onlyTags, takenBy } from '../private/ownership';
import { LOOKED, poll } from '../private/poll';
import { BEGIN_ROLL_BACK } from '../private/roll-back';
import { isElsewhere, onSource } from '../private/source-place';
import { DESCRIBE_MANAGED, describeEc2, READ_QUOTAS } from '../private/statement';
import { cloneFleet } from './batch';
import { copyFromElsewhere } from './from-elsewhere';
import { checkIdentity, isolateFirst, makeGroup } from './identity';
import { makeImage } from './make-image';
import { scheduleExpiry } from './schedule-expiry';
import { shareVolumes } from './shared-volumes';
import { createSnapshots, readUefiData } from './source-rights';
import { takeSnapshots } from './take-snapshots';
import { undo } from './undo';
import { verifyClones } from './verify-clones';
import { copyVolumes, volumeCopies } from './volume-copies';
import { WritableShares } from './writable-shares';
import { CloneWorkflowProps, WARM_UP_SHARE } from './workflow-props';

/** The share of the machine's timeout after which waiting for an approval ends, and after which snapshots and images have taken too long. */
const APPROVAL_SHARE = 0.5;
const WAIT_SHARE = 0.9;

/**
 * Check request → Acquire lease → [ Describe source → Plan clone → approval → freeze → Snapshot volumes → thaw (Windows:
 * Take VSS snapshots) → Are snapshots ready → Make image → isolation → launch → identity → Verify clones → Schedule expiry → Tidy up ] → Release lease;
 * any failure in the brackets → Roll back.
 */
export function cloneWorkflow(scope: Construct, props: CloneWorkflowProps, batch: sfn.IStateMachine): sfn.IChainable {
  const { owner, ledger, lifetime, source, encryptionKey } = props;
  const arns = new Ec2Arns(scope);
  // what is made of the source is made where it is
  const there = new Ec2Arns(scope, source.region);
  const step = lambdaSteps(scope, { folder: 'clone', owner, encryptionKey, sharedHandlers: props.sharedHandlers, source });
  const lease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $request.sourceInstanceId %}' });

  const share = (part: number): Duration => Duration.seconds(Math.floor(props.timeout.toSeconds() * part));
  const approvalTimeout = share(APPROVAL_SHARE);
  const beforeTimeout = { atMost: share(WAIT_SHARE), since: '$states.context.Execution.StartTime' };

  const checkRequest = step('Check request', {
    input: { request: '{% $states.context.Execution.Input %}', approvable: props.notificationTopic !== undefined },
    assign: { request: '{% $states.result.Payload.request %}' },
    allow: [],
  });

  const describeSource = step('Describe source', {
    input: { request: '{% $request %}', passableRoleArns: props.passableRoles.map(role => role.roleRef.roleArn) },
    assign: { source: '{% $states.result.Payload.source %}' },
    allow: [
      describeEc2(...(source.role ? [] : ['Instances', 'InstanceCreditSpecifications', 'Volumes', 'NetworkInterfaces', 'Images', 'KeyPairs']), 'InstanceTypes', 'SecurityGroups'),
      ...onSource(source, [
        { actions: ['ec2:DescribeInstanceAttribute'], on: source.arns, where: source.where, because: 'reads protections, shutdown behaviour and the hash of the user data' },
        readUefiData(source),
      ]),
      {
        actions: ['iam:GetInstanceProfile'],
        on: [Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'instance-profile', resourceName: '*' })],
        because: "tells the role of the source's instance profile, whichever that is",
      },
      ...(source.role ? [] : [DESCRIBE_MANAGED]),
    ],
  });

  const planClone = step('Plan clone', {
    input: {
      request: '{% $request %}', source: '{% $source %}', prices: props.prices, maxCost: props.maxCost, isolationEgress: props.isolationEgress,
      ...(source.role && { sharing: { keys: source.keys.map(key => key.keyRef.keyArn), sharingKey: source.sharingKey?.keyRef.keyArn ?? null } }),
      subnetIds: (props.subnets ?? []).map(subnet => subnet.subnetRef.subnetId),
    },
    assign: {
      plan: '{% $states.result.Payload.plan %}', route: '{% $states.result.Payload.plan.route %}',
      attempt: 0, freezing: null, frozenInterval: null, snapshots: [], copies: [], shares: [], imageId: null, failure: null,
      isolationGroupId: null, found: [], identity: null, warmUp: null, expiresAt: null, batch: null, failures: null,
    },
    allow: [
      describeEc2('Instances', 'Subnets', 'Volumes', 'VolumeStatus', 'Snapshots', 'VpcEndpoints', 'NetworkInterfaces'),
      ...copyVolumes(arns, owner),
      ...launchInstances(arns, owner, props, {
        actions: ['ec2:RunInstances'], on: [arns.images], because: "a DryRun is authorised like the call itself; it names the source's own image",
      }),
      ...createSnapshots(scope, owner, source),
      ...makeGroup(arns, owner),
      READ_QUOTAS,
    ],
  });

  const areReady = step('Are snapshots ready', {
    input: { plan: '{% $plan %}', attempt: '{% $attempt %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, snapshots: '{% $states.result.Payload.snapshots %}', snapshotsReady: '{% $states.result.Payload.ready %}' },
    allow: [
      ...onSource(source, [
        describeEc2('Snapshots'),
        { actions: ['ec2:CreateTags'], on: [there.snapshots], where: onlyTags(takenBy(owner), DEVICE_TAG), because: 'each snapshot gets its device as a tag; CreateSnapshots and CreateImage give all the same' },
      ]),
      renewLease(ledger),
    ],
    retry: ['InvalidSnapshot.NotFound'],
  });

  const verify = verifyClones(scope, { owner, encryptionKey, sharedHandlers: props.sharedHandlers });

  const tidyUp = step('Tidy up', {
    input: { plan: '{% $plan %}', clones: '{% $clones %}', imageId: '{% $imageId %}', snapshots: '{% $snapshots %}', isolationGroupId: '{% $isolationGroupId %}' },
    assign: { kept: '{% $states.result.Payload.kept %}', leftOver: '{% $states.result.Payload.leftOver %}' },
    allow: [
      describeEc2('Instances', 'Snapshots'),
      { actions: ['ec2:DeregisterImage'], on: [arns.images], where: takenBy(owner), because: 'the image has served' },
      { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots, ...(source.role ? [] : arns.snapshotsIn(source.region))], where: takenBy(owner), because: 'so have the snapshots that need not be kept' },
      ...(source.role ? onSource(source, []) : []),
      { actions: ['ec2:DeleteSecurityGroup'], on: [arns.securityGroups], where: madeBy(owner), because: 'the group that isolated the clones has served' },
      { actions: ['ec2:ModifyInstanceAttribute'], on: [arns.instances], where: madeBy(owner), because: 'protects the clone like its source' },
      ...([['ec2:CreateTags', CREATED_BY_TAG], ['ec2:DeleteTags', EXECUTION_TAG]] as const).map(([action, tag]) => ({
        actions: [action],
        on: [arns.instances, arns.volumes, arns.networkInterfaces, arns.snapshots],
        where: onlyTags(madeBy(owner), tag),
        because: 'a finished clone carries created-by instead of execution',
      })),
    ],
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
  const rollBack = undo(scope, { ...props, step, then: release });

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
  // volumes are shared within one Region and account only
  const writable = isElsewhere(source) ? undefined : new WritableShares(scope, props);
  const identity = { ...props, step, warmUpWithin: share(WARM_UP_SHARE), beforeAdmission: writable?.held.bind(writable) };
  verify.next(sfn.Choice.jsonata(scope, 'Share volumes?')
    .when(sfn.Condition.jsonata('{% $count($plan.shared) > 0 %}'), shareVolumes(scope, { ...props, then: writable?.joined(expires) ?? expires }))
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

  const image = makeImage(scope, { owner, ledger, source, step, wait: beforeTimeout, then: isolate, again: freezeFirst });
  const bring = isElsewhere(source) ? copyFromElsewhere(scope, { ...props, step, then: image, wait: beforeTimeout }) : image;
  poll(scope, { look: areReady, question: 'Snapshots ready?', until: `{% $snapshotsReady and $not(${copying}) %}`, then: bring, wait: 'Wait for snapshots', ...beforeTimeout })
    .when(sfn.Condition.jsonata('{% $snapshotsReady %}'), copies.areReady);
  takeSnapshots(scope, { ...props, step, freezeFirst, copies, then: areReady });

  const planOnly = sfn.Choice.jsonata(scope, 'Plan only?')
    .when(sfn.Condition.jsonata('{% $request.planOnly %}'), planned)
    .otherwise(approved(scope, freezeFirst));
  const plan = describeSource.next(planClone).next(writable?.inspected(planOnly) ?? planOnly);

  const clone = attempt(scope, 'Clone', {
    of: plan,
    assign: { outcome: { succeeded: true, output: '{% $states.result[0] %}' } },
    then: sfn.Choice.jsonata(scope, 'Did some fail?')
      .when(sfn.Condition.jsonata('{% $exists($outcome.output.failures) and $count($outcome.output.failures) > 0 %}'), rollBack, { assign: { rollBack: BEGIN_ROLL_BACK } })
      .otherwise(release),
    failing: {
      outcome: { succeeded: false, error: '{% $states.errorOutput.Error %}', message: `{% ${MESSAGE} %}` },
      rollBack: BEGIN_ROLL_BACK,
    },
    otherwise: rollBack,
  });

  const refused = {
    assign: {
      outcome: {
        succeeded: false,
        error: '{% $states.errorOutput.Error %}',
        cause: `{% $string({'message': $substring(${MESSAGE}, 0, 20000), 'removed': [], 'leftOver': []}) %}`,
      },
    },
  };
  checkRequest.addCatch(failed, refused);
  lease.acquire.addCatch(failed, refused);
  return checkRequest.next(lease.acquire).next(clone);

  /** Awaits approval where the request asks for it and there is somebody to ask. */
  function approved(within: Construct, then: sfn.IChainable): sfn.IChainable {
    if (!props.notificationTopic) return then;
    const { topicArn } = props.notificationTopic;
    const awaitApproval = step('Await approval', {
      input: {
        topicArn, plan: '{% $plan %}', lease: '{% $lease %}',
        taskToken: '{% $states.context.Task.Token %}', timeoutSeconds: approvalTimeout.toSeconds(),
      },
      allow: [
        askBy(props.notificationTopic),
        renewLease(ledger),
      ],
      answerWithin: approvalTimeout,
    });
    return sfn.Choice.jsonata(within, 'Needs approval?')
      .when(sfn.Condition.jsonata('{% $plan.approve %}'), awaitApproval.next(then))
      .otherwise(then);
  }
}
