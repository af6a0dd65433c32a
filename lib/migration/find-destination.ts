import { Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { readTraffic } from '../private/cut-over';
import { Ec2Arns } from '../private/ec2-arns';
import { DefineStep } from '../private/lambda-step';
import { launchInstances } from '../private/launch-like';
import { taggedFor, tagOnCreate } from '../private/ownership';
import { Allow, DESCRIBE_MANAGED, DESCRIBE_MEMBERS, describeEc2, READ_QUOTAS } from '../private/statement';
import { snapshotMoved } from './copy-ahead';
import type { MigrationWorkflowProps } from './workflow-props';

/** The right to have EC2 make an image of what may be moved, which keeps its billing codes. */
export function imageMoved(arns: Ec2Arns, { owner, hosts }: MigrationWorkflowProps): Allow[] {
  return [
    { actions: ['ec2:CreateImage'], on: hosts.arns, where: hosts.where, because: 'billing codes survive only in an image made from the instance' },
    { actions: ['ec2:CreateImage'], on: [arns.images, arns.snapshots], where: taggedFor(owner), because: 'a new image has no id yet; it carries the owner tag' },
    tagOnCreate(owner, [arns.snapshots, arns.images], 'CreateSnapshots', 'CreateImage'),
  ];
}

const readWrites: Allow = {
  actions: ['cloudwatch:GetMetricData'], on: ['*'],
  because: 'tells how much the volumes are written to, before their blocks are sent; CloudWatch has no resource-level permissions for reading metrics',
};

/** Describe source → Check destination → Plan migration: nothing is changed. Ends with `{ plan, hosts, name }`. */
export function findDestination(scope: Construct, step: DefineStep, props: MigrationWorkflowProps): sfn.IChainable {
  const { owner, hosts, locations } = props;
  const arns = new Ec2Arns(scope);
  const describeSource = step('Describe source', {
    input: { request: '{% $request %}', passableRoleArns: props.passableRoles.map(role => role.roleRef.roleArn) },
    assign: { source: '{% $states.result.Payload.source %}', candidates: '{% $states.result.Payload.hosts %}' },
    allow: [
      describeEc2('Instances', 'InstanceCreditSpecifications', 'Volumes', 'NetworkInterfaces', 'Images', 'InstanceTypes', 'SecurityGroups', 'KeyPairs'),
      { actions: ['ec2:DescribeInstanceAttribute'], on: hosts.arns, where: hosts.where, because: 'reads protections, shutdown behaviour and the hash of the user data' },
      { actions: ['ec2:GetInstanceUefiData'], on: hosts.arns, where: hosts.where, because: 'tells whether the source has UEFI variables' },
      {
        actions: ['iam:GetInstanceProfile'],
        on: [Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'instance-profile', resourceName: '*' })],
        because: "tells the role of the source's instance profile, whichever that is",
      },
      DESCRIBE_MANAGED,
      DESCRIBE_MEMBERS,
    ],
  });
  const checkDestination = step('Check destination', {
    input: { request: '{% $request %}', source: '{% $source %}', locations, volumeKeyArns: props.volumeKeys.map(key => key.keyRef.keyArn) },
    assign: { destination: '{% $states.result.Payload.destination %}' },
    allow: [
      describeEc2('Subnets', 'InstanceTypeOfferings', 'Volumes', 'Snapshots'),
      { actions: ['cloudwatch:GetMetricData'], on: ['*'], because: 'tells what an Outpost has free; CloudWatch has no resource-level permissions for reading metrics' },
    ],
  });
  const planMigration = step('Plan migration', {
    input: {
      request: '{% $request %}', source: '{% $source %}', destination: '{% $destination %}', hosts: '{% $candidates %}', prices: props.prices, tag: props.tag,
      replicates: props.replicationMachine !== undefined, replicationVpcId: props.replicationVpc?.vpcRef.vpcId ?? null,
    },
    assign: { planned: '{% $states.result.Payload.plan %}' },
    allow: [
      describeEc2('Instances', 'Subnets', 'Volumes', 'Snapshots', 'Addresses'),
      ...props.replicationMachine ? [readWrites] : [],
      ...readTraffic(scope, props),
      ...launchInstances(arns, owner, props, {
        actions: ['ec2:RunInstances'], on: [arns.images], because: "a DryRun is authorised like the call itself; it names the source's own image",
      }),
      ...snapshotMoved(arns, props),
      ...imageMoved(arns, props),
      READ_QUOTAS,
    ],
  });
  planMigration.next(sfn.Pass.jsonata(scope, 'Destination found', {
    outputs: { plan: '{% $planned %}', hosts: '{% $candidates %}', name: '{% $source.name %}' },
  }));
  return describeSource.next(checkDestination.next(planMigration));
}
