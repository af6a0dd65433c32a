import { App, Bitrate, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EdgeLocation, EdgeMigration, EdgeTunnel, MovableInstances } from '../lib/index';

/** Application servers move to a factory's Outpost, and back to the Region; with `"approve": ["cut-over"]` a person approves the pause. */
export function edgeMigrationExample(app: App): Stack {
  const stack = new Stack(app, 'EdgeMigrationExample', { suppressTemplateIndentation: true });
  const appRole = new iam.Role(stack, 'AppRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  appRole.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore'));
  const notificationTopic = new sns.Topic(stack, 'Notifications', { enforceSSL: true });
  const outpostId = 'op-0123456789abcdef0';

  new EdgeMigration(stack, 'Migration', {
    instances: MovableInstances.tagged('movable', 'yes'),
    locations: [
      EdgeLocation.outpost('factory', {
        subnet: ec2.Subnet.fromSubnetId(stack, 'FactorySubnet', 'subnet-0123456789abcdef0'),
        outpostArn: stack.formatArn({ service: 'outposts', resource: 'outpost', resourceName: outpostId }),
        tunnels: [EdgeTunnel.outpostServiceLink(stack, 'ServiceLink', { outpostId, capacity: Bitrate.gbps(1), migrationShare: 0.5, notificationTopic })],
      }),
      EdgeLocation.region('region', {
        subnet: ec2.Subnet.fromSubnetId(stack, 'RegionSubnet', 'subnet-0123456789abcdef1'),
        availabilityZone: `${stack.region}a`,
      }),
    ],
    passableRoles: [appRole],
    notificationTopic,
  });
  return stack;
}
