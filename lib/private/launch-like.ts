import { Aws, Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from './ec2-arns';
import { lambdaSteps } from './lambda-step';
import { renewLease } from './lease';
import { madeBy, taggedFor, tagOnCreate, unfinished } from './ownership';
import { BEGIN_WAIT, LOOKED, poll } from './poll';
import { onSource, SourcePlace } from './source-place';
import { Allow, describeEc2 } from './statement';
import { useVolumeKeys } from './volume-keys';

/** Where instances may be launched, and with what. */
export interface LaunchTargets {
  /** @default - every subnet */
  readonly subnets?: ec2.ISubnetRef[];
  /** The roles that launched instances may be given. */
  readonly passableRoles: iam.IRoleRef[];
  /** The customer managed keys of encrypted volumes. */
  readonly volumeKeys: kms.IKeyRef[];
}

/** One statement for all roles: a policy holds 10,240 characters. */
function passRoles(roles: readonly iam.IRoleRef[]): Allow[] {
  return roles.length === 0 ? [] : [{
    actions: ['iam:PassRole'],
    on: roles.map(role => role.roleRef.roleArn),
    where: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', `ec2.${Aws.URL_SUFFIX}`] } },
    because: 'a launched instance gets the role of its source',
  }];
}

/**
 * The right to launch instances that carry the owner's tag, from `images` and `snapshots` as they are limited.
 *
 * @param isolated the profile that they may begin with
 */
export function launchInstances(arns: Ec2Arns, owner: string, targets: LaunchTargets, origin: Allow, isolated?: IsolatedProfile): Allow[] {
  return [
    {
      actions: ['ec2:RunInstances'],
      on: [arns.instances, arns.volumes, arns.networkInterfaces],
      where: taggedFor(owner),
      because: 'what is launched has no id yet; it carries the owner tag from the call itself',
    },
    origin,
    {
      actions: ['ec2:RunInstances'],
      on: [
        ...(targets.subnets?.map(subnet => arns.subnet(subnet.subnetRef.subnetId)) ?? [arns.subnets]),
        arns.securityGroups, arns.keyPairs, arns.placementGroups, arns.licenseConfigurations, arns.hostResourceGroups,
      ],
      because: 'a clone stands where its source stands, unless the construct or the request says otherwise',
    },
    tagOnCreate(owner, [arns.instances, arns.volumes, arns.networkInterfaces], 'RunInstances'),
    ...passRoles(targets.passableRoles),
    ...passRoles(isolated ? [isolated.role] : []),
  ];
}

/** A profile for instances that may do nothing yet. */
export interface IsolatedProfile {
  readonly profileArn: string;
  readonly role: iam.IRoleRef;
}

/** What a launch is told of isolation: null where there is no group to begin in. */
export function isolation({ profileArn }: IsolatedProfile): string {
  return `{% $isolationGroupId = null ? null : {'groupId': $isolationGroupId, 'profileArn': '${profileArn}'} %}`;
}

export interface LaunchLikeProps extends LaunchTargets {
  readonly owner: string;
  readonly ledger: dynamodb.ITable;
  readonly encryptionKey?: kms.IKeyRef;
  /** The ARN of the execution that everything belongs to, as a JSONata expression. */
  readonly execution?: string;
  /** The scope of another machine of the construct, whose handlers serve here where steps are the same. */
  readonly sharedHandlers?: Construct;
  /**
   * The source whose user data may be read.
   * @default - none: what is launched gets no user data of its source
   */
  readonly source?: { readonly arns: string[]; readonly where?: Allow['where']; } & SourcePlace;
  /**
   * The profile of instances that begin in the group `$isolationGroupId`, where that is not null.
   * @default - instances begin as they shall stay
   */
  readonly isolated?: IsolatedProfile;
  /**
   * How long the pause of a source that waits for the launch may take, as a JSONata expression: `{ sourceInstanceId, maxDowntime, deadline, pausedAt }`.
   * @default - none waits
   */
  readonly limit?: string;
  /**
   * Reads `$plan`, `$imageId`, `$snapshots`, `$lease` and `$batch` (null: none may fail); `$instanceIds` is set when it is over, and of a batch
   * `$failures`.
   */
  readonly then: sfn.IChainable;
}

export interface LaunchLike {
  readonly launch: sfn.State;
  /** Where to go on with instances that were launched otherwise: reads `$instanceIds` and `$since`. */
  readonly waitForInstances: sfn.State;
}

/** Launch instances → Are instances running (until they are) → Finish instances: instances like another, ready to use. */
export function launchLike(scope: Construct, props: LaunchLikeProps): LaunchLike {
  const { owner, ledger } = props;
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'launch-like', owner, encryptionKey: props.encryptionKey, execution: props.execution, sharedHandlers: props.sharedHandlers, source: props.source });

  const finish = step('Finish instances', {
    input: { instanceIds: '{% $instanceIds %}', finish: '{% $plan.finish %}', devices: '{% [$plan.launch.BlockDeviceMappings.DeviceName] %}' },
    allow: [
      describeEc2('Instances'),
      { actions: ['ec2:ModifyNetworkInterfaceAttribute'], on: [arns.networkInterfaces], where: unfinished(madeBy(owner)), because: 'RunInstances can not switch off the source/destination check' },
      { actions: ['ec2:CreateTags'], on: [arns.volumes, arns.networkInterfaces], where: unfinished(madeBy(owner)), because: 'RunInstances gives all volumes the same tags; they are those of the source, so that no key can be named here' },
    ],
    retry: ['InvalidInstanceID.NotFound', 'InvalidNetworkInterfaceID.NotFound', 'InvalidVolume.NotFound', 'InvalidID'],
  });

  const areRunning = step('Are instances running', {
    input: { instanceIds: '{% $instanceIds %}', failures: '{% $failures %}', lease: '{% $lease %}', since: '{% $since %}', ...props.limit !== undefined && { limit: props.limit } },
    assign: {
      ...LOOKED, instancesRunning: '{% $states.result.Payload.running %}',
      instanceIds: '{% $states.result.Payload.instanceIds %}', failures: '{% $states.result.Payload.failures %}',
    },
    allow: [
      describeEc2('Instances', 'InstanceStatus'),
      renewLease(ledger),
    ],
    retry: ['InvalidInstanceID.NotFound'],
  });

  poll(scope, {
    look: areRunning,
    question: 'Instances running?',
    until: '{% $instancesRunning %}',
    then: finish.next(props.then),
    wait: 'Wait for instances',
    // status checks take minutes; an instance that has not passed them in an hour has a fault that time does not heal
    atMost: Duration.hours(1),
  });

  const launch = step('Launch instances', {
    input: {
      launch: '{% $plan.launch %}',
      count: '{% $plan.count %}',
      batch: '{% $batch %}',
      imageId: '{% $imageId %}',
      snapshots: '{% $snapshots %}',
      userData: '{% $plan.userData %}',
      // read from the execution's input, so that it is in no other state
      givenUserData: "{% $plan.userData = 'given' ? $states.context.Execution.Input.userData : null %}",
      sourceInstanceId: '{% $plan.sourceInstanceId %}',
      ...(props.isolated && { isolation: isolation(props.isolated) }),
      ...props.limit !== undefined && { limit: props.limit },
    },
    // a shortage may have been waited out before: clones that can not be seen yet would be taken for gone
    assign: {
      instanceIds: '{% $states.result.Payload.instanceIds %}', failures: '{% $batch = null ? null : $states.result.Payload.failures %}',
      ...BEGIN_WAIT, since: '{% $states.result.Payload.launchedAt %}',
    },
    allow: [
      ...launchInstances(arns, owner, props, {
        actions: ['ec2:RunInstances'], on: [arns.images, arns.snapshots], where: madeBy(owner), because: 'launches only from images and snapshots that this construct made',
      }, props.isolated),
      ...useVolumeKeys(props.volumeKeys),
      ...(props.source ? onSource(props.source, [
        { actions: ['ec2:DescribeInstanceAttribute'], on: props.source.arns, where: props.source.where, because: "reads the source's user data, which no state may hold" },
      ]) : []),
    ],
    retry: ['InvalidAMIID.NotFound', 'InvalidSnapshot.NotFound', 'InsufficientInstanceCapacity'],
  });
  launch.next(areRunning);
  return { launch, waitForInstances: areRunning };
}
