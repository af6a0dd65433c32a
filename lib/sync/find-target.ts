import { Duration, Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { approval } from '../private/approval';
import { Ec2Arns } from '../private/ec2-arns';
import { readTraffic } from '../private/cut-over';
import { DefineStep } from '../private/lambda-step';
import { launchInstances, launchLike } from '../private/launch-like';
import { renewLease } from '../private/lease';
import { taggedFor, tagOnCreate } from '../private/ownership';
import { BEGIN_WAIT, LOOKED, poll } from '../private/poll';
import { Replication } from '../private/replication';
import { Allow, DESCRIBE_MANAGED, DESCRIBE_MEMBERS, describeEc2, READ_QUOTAS } from '../private/statement';
import type { SyncWorkflowProps } from './workflow-props';

/** Waiting for an image of the source: its snapshots may take hours. */
const IMAGE_SHARE = 0.3;

/**
 * Describe source → Inspect source → Plan sync → (planOnly) → approval → [ Image source → Is image ready → launch fragment ] →
 * Is target managed. Nothing on either host is changed. Ends with `{ planned, plan }`, and `hosts` and `sourceHost` unless it only plans.
 */
export function findTarget(scope: Construct, step: DefineStep, replication: Replication, props: SyncWorkflowProps): sfn.IChainable {
  const { owner, ledger, hosts } = props;
  const arns = new Ec2Arns(scope);
  const createImage: Allow[] = [
    { actions: ['ec2:CreateImage'], on: hosts.arns, where: hosts.where, because: 'the target boots from an image of the source' },
    { actions: ['ec2:CreateImage'], on: [arns.images, arns.snapshots], where: taggedFor(owner), because: 'a new image has no id yet; it carries the owner tag' },
    tagOnCreate(owner, [arns.snapshots, arns.images], 'CreateImage'),
  ];

  const describeSource = step('Describe source', {
    input: { request: '{% $request %}', passableRoleArns: props.passableRoles.map(role => role.roleRef.roleArn) },
    assign: { source: '{% $states.result.Payload.source %}', candidates: '{% $states.result.Payload.hosts %}' },
    allow: [
      DESCRIBE_MEMBERS,
      describeEc2('Instances', 'InstanceStatus', 'InstanceCreditSpecifications', 'Volumes', 'NetworkInterfaces', 'Images', 'InstanceTypes', 'SecurityGroups', 'KeyPairs'),
      { actions: ['ec2:DescribeInstanceAttribute'], on: hosts.arns, where: hosts.where, because: 'reads protections, shutdown behaviour and the hash of the user data' },
      { actions: ['ec2:GetInstanceUefiData'], on: hosts.arns, where: hosts.where, because: 'tells whether the source has UEFI variables that an image would lose' },
      {
        actions: ['iam:GetInstanceProfile'],
        on: [Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'instance-profile', resourceName: '*' })],
        because: "tells the role of the source's instance profile, whichever that is",
      },
      DESCRIBE_MANAGED,
    ],
  });

  const planSync = step('Plan sync', {
    input: {
      request: '{% $request %}', session: '{% $session %}', source: '{% $source %}', sourceHost: '{% $inspected %}', hosts: '{% $candidates %}',
      prices: props.prices, tag: hosts.tag, subnetIds: (props.subnets ?? []).map(subnet => subnet.subnetRef.subnetId),
      vpcId: props.network?.vpc.vpcRef.vpcId ?? null,
    },
    assign: { plan: '{% $states.result.Payload.plan %}', imageId: null, snapshots: [], batch: null, failures: null },
    allow: [
      describeEc2('Instances', 'Subnets', 'Volumes', 'Snapshots', 'InstanceTypes', 'Addresses'),
      ...readTraffic(scope, props),
      ...launchInstances(arns, owner, props, {
        actions: ['ec2:RunInstances'], on: [arns.images], because: "a DryRun is authorised like the call itself; it names the source's own image",
      }),
      ...createImage,
      READ_QUOTAS,
    ],
  });

  const imageSource = step('Image source', {
    input: { plan: '{% $plan %}' },
    assign: { imageId: '{% $states.result.Payload.imageId %}', ...BEGIN_WAIT },
    allow: [describeEc2('Images'), ...createImage],
    retry: ['InvalidAMIName.Duplicate', 'ConcurrentCreateImageNoRebootLimitExceeded', 'SnapshotCreationPerVolumeRateExceeded'],
  });

  const isImageReady = step('Is image ready', {
    input: { plan: '{% $plan %}', imageId: '{% $imageId %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, imageReady: '{% $states.result.Payload.ready %}', snapshots: '{% $states.result.Payload.snapshots %}' },
    allow: [describeEc2('Images'), renewLease(ledger)],
    retry: ['InvalidAMIID.NotFound'],
  });

  const isManaged = step('Is target managed', {
    input: { hosts: '{% $candidates %}', plan: "{% $exists($plan.empty) ? {'empty': $plan.empty} : {} %}", instanceIds: '{% $instanceIds %}', lease: '{% $lease %}', since: '{% $since %}' },
    assign: { ...LOOKED, targetManaged: '{% $states.result.Payload.managed %}', candidates: '{% $states.result.Payload.hosts %}' },
    allow: [
      describeEc2('Instances'),
      DESCRIBE_MANAGED,
      renewLease(ledger),
    ],
  });

  const found = sfn.Pass.jsonata(scope, 'Target found', {
    outputs: { planned: false, plan: '{% $plan %}', hosts: '{% $candidates %}', sourceHost: '{% $inspected %}' },
  });
  poll(scope, { look: isManaged, question: 'Target managed?', until: '{% $targetManaged %}', then: found, wait: 'Wait for agent', atMost: Duration.minutes(30) });
  const beginAgent = sfn.Pass.jsonata(scope, 'Begin wait for agent', { assign: BEGIN_WAIT }).next(isManaged);
  const { launch } = launchLike(scope, { ...props, then: beginAgent });
  poll(scope, {
    look: isImageReady, question: 'Image ready?', until: '{% $imageReady %}', then: launch, wait: 'Wait for image',
    atMost: Duration.seconds(Math.floor(props.timeout.toSeconds() * IMAGE_SHARE)),
  });
  imageSource.next(isImageReady);
  const existing = sfn.Pass.jsonata(scope, 'Take existing target', { assign: { instanceIds: '{% [$request.target.instanceId] %}' } }).next(beginAgent);
  const which = sfn.Choice.jsonata(scope, 'Launch target?')
    .when(sfn.Condition.jsonata('{% $plan.launch != null %}'), imageSource)
    .otherwise(existing);

  const planned = sfn.Pass.jsonata(scope, 'Report plan', { outputs: { planned: true, plan: '{% $plan %}' } });
  const approved = approval(scope, {
    step, topic: props.notificationTopic, ledger, answerWithin: props.approvalTimeout,
    name: 'Await switch approval', question: 'Needs switch approval?', when: "{% 'switch' in $request.approve and $request.copy = 'post-copy' %}",
    input: { plan: '{% $plan %}', targetLease: '{% $targetLease %}' }, then: which,
  });
  planSync.next(sfn.Choice.jsonata(scope, 'Plan only?')
    .when(sfn.Condition.jsonata('{% $request.planOnly %}'), planned)
    .otherwise(approved));
  return describeSource.next(replication.inspectSource().next(planSync));
}
