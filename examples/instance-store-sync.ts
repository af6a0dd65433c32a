import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { InstanceStoreSync, MovableInstances, RetirementResponse } from '../lib/index';

/** Database servers with instance store leave hosts that AWS retires: a plan comes by itself, and whoever then starts the move may ask for approvals. */
export function instanceStoreSyncExample(app: App): Stack {
  const stack = new Stack(app, 'InstanceStoreSyncExample', { suppressTemplateIndentation: true });
  const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 1 });
  vpc.addFlowLog('FlowLog');
  const databaseRole = new iam.Role(stack, 'DatabaseRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  databaseRole.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore'));

  new InstanceStoreSync(stack, 'Sync', {
    instances: MovableInstances.tagged('movable', 'yes'),
    vpc,
    passableRoles: [databaseRole],
    targetGroups: [new elbv2.NetworkTargetGroup(stack, 'Database', { vpc, port: 5432 })],
    notificationTopic: new sns.Topic(stack, 'Notifications', { enforceSSL: true }),
    onRetirement: RetirementResponse.plan({ services: ['postgresql.service'] }),
  });
  return stack;
}
