#!/usr/bin/env node
import { App, Aws, Bitrate, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { CloneSource, CloneSourceAccess, EdgeLocation, EdgeMigration, EdgeTunnel, InstanceClone, InstanceStoreSync, MobilityLedger, MovableInstances, RetirementResponse } from '../lib/index';

/*
 * One stack per construct, configured by context (`npx cdk deploy -c key=value`):
 *
 *   constructs          which, comma separated; name all that you   InstanceClone
 *                       use every time, for they share a ledger
 *   sourceTag           which instances may be cloned, key=value   instance-mobility:clonable=true
 *   sourceRegion        where those are, if not where the clones   the stack's own
 *                       shall be
 *   sourceAccount       whose those are, if not the clones'; the    the stack's own
 *                       stack CloneSourceAccess is for that account
 *   sourceKeyArns, sharingKeyArn
 *                       keys there: of encrypted volumes, comma   none
 *                       separated, and to share others by
 *   cloningAccount      for CloneSourceAccess: who clones           none
 *   cloneOwner          and by which construct                      InstanceClone:InstanceClone/InstanceClone
 *   subnetIds           where clones may go, comma separated       the subnet of the source, or any that is asked for
 *   passableRoleArns    roles that clones may be given             none
 *   volumeKeyArns       keys of encrypted volumes                  none: unencrypted or encrypted by the key aws/ebs
 *   notificationTopicArn  where approvals and alarms go            none: no approvals
 *   timeoutHours        the longest execution of a clone           24
 *   movableTag          which instances may be moved, key=value    instance-mobility:movable=true
 *   vpcId               the VPC of moved instances, whose ports    none: their own groups must admit the
 *                       are opened while they replicate            replication
 *   targetGroupArns, hostedZoneIds
 *                       through what clients reach moved           none
 *                       instances, comma separated
 *   verifyDocuments     names of documents by which executions    none
 *                       may judge their targets, comma separated
 *   edgeLocations       where instances are moved between the        none
 *                       Region and its edge, as JSON: a list of {"name", "subnetId"} with "outpostArn" or "zoneName" and the
 *                       "megabits" per second of its link, perhaps the "vpnConnectionId" and "vpnMegabits" of a VPN that blocks
 *                       go over, or with the "availabilityZone" of a place in the Region
 *   onRetirement        plan or sync, when AWS retires a host      nothing
 *   retirementRequest   further input of that execution, as JSON   {}
 */
const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key)?.toString();
const list = (key: string): string[] => context(key)?.split(',').map(item => item.trim()).filter(item => item !== '') ?? [];
const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION };

/** A tag that the context names as key=value. */
const tagOf = (name: string, otherwise: string): [string, string] => {
  const text = context(name) ?? otherwise;
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`the context key '${name}' must be a tag, as key=value, got '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
};

/** What both constructs are given: imported anew in each stack. */
const common = (stack: Stack) => ({
  subnets: list('subnetIds').length > 0 ? list('subnetIds').map(id => ec2.Subnet.fromSubnetId(stack, id, id)) : undefined,
  passableRoles: list('passableRoleArns').map(arn => iam.Role.fromRoleArn(stack, arn, arn)),
  volumeKeys: list('volumeKeyArns').map(arn => kms.Key.fromKeyArn(stack, arn, arn)),
  notificationTopic: context('notificationTopicArn') ? sns.Topic.fromTopicArn(stack, 'NotificationTopic', context('notificationTopicArn')!) : undefined,
});

const verifyDocuments = (stack: Stack) => list('verifyDocuments').map(name => ssm.CfnDocument.fromDocumentName(stack, name, name));

const wanted = list('constructs').length > 0 ? list('constructs') : ['InstanceClone'];
const known = ['InstanceClone', 'InstanceStoreSync', 'EdgeMigration', 'CloneSourceAccess'];
const unknown = wanted.filter(name => !known.includes(name));
if (unknown.length > 0) throw new Error(`the context key 'constructs' must list some of ${known.join(', ')}, got ${unknown.join(', ')}`);

// one ledger for all: an instance is not cloned while it is moved
let ledger: MobilityLedger | undefined;
// and what replicates sends the blocks of moves to the edge, where both are wanted
let blocks: InstanceStoreSync | undefined;

const clonable = CloneSource.tagged(...tagOf('sourceTag', 'instance-mobility:clonable=true'));
/** What the role is called by which another account's instances are cloned. */
const SOURCE_ROLE = 'instance-mobility-clone-source';
const sourceKeys = (stack: Stack) => ({
  volumeKeys: list('sourceKeyArns').map(arn => kms.Key.fromKeyArn(stack, `Source ${arn}`, arn)),
  sharingKey: context('sharingKeyArn') ? kms.Key.fromKeyArn(stack, 'SharingKey', context('sharingKeyArn')!) : undefined,
});

const sourceOf = (stack: Stack): CloneSource => {
  const [account, region] = [context('sourceAccount'), context('sourceRegion')];
  const keys = sourceKeys(stack);
  const source = region ? clonable.inRegion(region, account ? [] : keys.volumeKeys) : clonable;
  return account ? source.inAccount(account, iam.Role.fromRoleArn(stack, 'SourceRole', `arn:${Aws.PARTITION}:iam::${account}:role/${SOURCE_ROLE}`), keys) : source;
};

if (wanted.includes('InstanceClone')) {
  const stack = new Stack(app, 'InstanceClone', { env, description: 'Clones running EC2 instances (cdk-instance-mobility).' });
  ledger = new MobilityLedger(stack, 'Ledger');
  const clone = new InstanceClone(stack, 'InstanceClone', {
    source: sourceOf(stack),
    timeout: Duration.hours(Number(context('timeoutHours') ?? 24)),
    ledger,
    ...common(stack),
  });
  new CfnOutput(stack, 'StateMachineArn', {
    value: clone.stateMachine.stateMachineArn,
    description: 'Start an execution of this machine with {"sourceInstanceId": "i-…"}',
  });
  new CfnOutput(stack, 'ExtendStateMachineArn', {
    value: clone.extendStateMachine.stateMachineArn,
    description: 'Start an execution of this machine with {"cloneInstanceId": "i-…", "expireAfter": "P7D"}',
  });
  new CfnOutput(stack, 'ReportStateMachineArn', { value: clone.reportStateMachine.stateMachineArn, description: 'Start an execution of this machine with {}' });
}

if (wanted.includes('CloneSourceAccess')) {
  const there = { account: context('sourceAccount') ?? env.account, region: context('sourceRegion') ?? env.region };
  const stack = new Stack(app, 'CloneSourceAccess', { env: there, description: 'Lets another account clone instances of this one (cdk-instance-mobility).' });
  const access = new CloneSourceAccess(stack, 'CloneSourceAccess', {
    source: clonable,
    account: context('cloningAccount') ?? '',
    owner: context('cloneOwner') ?? 'InstanceClone:InstanceClone/InstanceClone',
    roleName: SOURCE_ROLE,
    ...sourceKeys(stack),
  });
  new CfnOutput(stack, 'RoleArn', { value: access.role.roleArn, description: 'What CloneSource.inAccount is given in the account that clones' });
}

if (wanted.includes('InstanceStoreSync')) {
  const stack = new Stack(app, 'InstanceStoreSync', { env, description: 'Moves workloads with instance-store data (cdk-instance-mobility).' });
  ledger ??= new MobilityLedger(stack, 'Ledger');
  const vpcId = context('vpcId');
  const retirementRequest = JSON.parse(context('retirementRequest') ?? '{}') as Record<string, unknown>;
  const responseTo = (response: string | undefined): RetirementResponse | undefined => {
    if (!response) return undefined;
    if (response !== 'plan' && response !== 'sync') throw new Error(`the context key 'onRetirement' must be plan or sync, got '${response}'`);
    return RetirementResponse[response](retirementRequest);
  };
  const sync = blocks = new InstanceStoreSync(stack, 'InstanceStoreSync', {
    instances: MovableInstances.tagged(...tagOf('movableTag', 'instance-mobility:movable=true')),
    vpc: vpcId ? ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId, availabilityZones: [`${Aws.REGION}a`] }) : undefined,
    targetGroups: list('targetGroupArns').map(targetGroupArn => elbv2.ApplicationTargetGroup.fromTargetGroupAttributes(stack, targetGroupArn, { targetGroupArn })),
    hostedZones: list('hostedZoneIds').map(id => route53.HostedZone.fromHostedZoneId(stack, id, id)),
    verifyDocuments: verifyDocuments(stack),
    onRetirement: responseTo(context('onRetirement')),
    ledger,
    ...common(stack),
  });
  new CfnOutput(stack, 'StateMachineArn', {
    value: sync.stateMachine.stateMachineArn,
    description: 'Start an execution of this machine with {"sourceInstanceId": "i-…", "planOnly": true}',
  });
  new CfnOutput(stack, 'FallBackStateMachineArn', {
    value: sync.fallBackMachine.stateMachineArn,
    description: 'Brings a workload back to its source: {"sourceInstanceId": "i-…", "targetInstanceId": "i-…", "session": "…"}',
  });
}

/** A place as the context tells it. */
interface Place {
  readonly name: string;
  readonly subnetId: string;
  readonly outpostArn?: string;
  readonly zoneName?: string;
  readonly availabilityZone?: string;
  readonly megabits?: number;
  readonly vpnConnectionId?: string;
  readonly vpnMegabits?: number;
}

const placed = (stack: Stack) => (place: Place): EdgeLocation => {
  const { name, subnetId, outpostArn, zoneName, availabilityZone, megabits = 0, vpnConnectionId, vpnMegabits = 0 } = place;
  const subnet = ec2.Subnet.fromSubnetId(stack, `${name}Subnet`, subnetId);
  const capacity = Bitrate.mbps(megabits);
  const vpn = vpnConnectionId === undefined ? [] : [EdgeTunnel.siteToSiteVpn(stack, `${name}Vpn`, {
    vpnConnection: ec2.CfnVPNConnection.fromVpnConnectionId(stack, vpnConnectionId, vpnConnectionId), capacity: Bitrate.mbps(vpnMegabits),
  })];
  if (outpostArn) {
    return EdgeLocation.outpost(name, { subnet, outpostArn, tunnels: [EdgeTunnel.outpostServiceLink(stack, name, { outpostId: outpostArn.split('/')[1]!, capacity }), ...vpn] });
  }
  if (zoneName) return EdgeLocation.localZone(name, { subnet, zoneName, tunnels: [EdgeTunnel.localZone(stack, name, { zoneName, capacity }), ...vpn] });
  if (availabilityZone) return EdgeLocation.region(name, { subnet, availabilityZone });
  throw new Error(`the place '${name}' of the context key 'edgeLocations' must have outpostArn, zoneName or availabilityZone`);
};

if (wanted.includes('EdgeMigration')) {
  const stack = new Stack(app, 'EdgeMigration', { env, description: 'Moves instances between a Region and its edge (cdk-instance-mobility).' });
  const { passableRoles, volumeKeys, notificationTopic } = common(stack);
  const migration = new EdgeMigration(stack, 'EdgeMigration', {
    instances: MovableInstances.tagged(...tagOf('movableTag', 'instance-mobility:movable=true')),
    locations: (JSON.parse(context('edgeLocations') ?? '[]') as Place[]).map(placed(stack)),
    targetGroups: list('targetGroupArns').map(targetGroupArn => elbv2.ApplicationTargetGroup.fromTargetGroupAttributes(stack, targetGroupArn, { targetGroupArn })),
    hostedZones: list('hostedZoneIds').map(id => route53.HostedZone.fromHostedZoneId(stack, id, id)),
    verifyDocuments: verifyDocuments(stack),
    ledger, blocks, passableRoles, volumeKeys, notificationTopic,
  });
  new CfnOutput(stack, 'StateMachineArn', {
    value: migration.stateMachine.stateMachineArn,
    description: 'Start an execution of this machine with {"instanceId": "i-…", "destination": "…", "planOnly": true}',
  });
  new CfnOutput(stack, 'FleetStateMachineArn', {
    value: migration.fleetMachine.stateMachineArn,
    description: 'Moves many: {"instances": {"tag": {"key": "…", "value": "…"}}, "destination": "…", "planOnly": true}',
  });
  new CfnOutput(stack, 'ReplayStateMachineArn', {
    value: migration.replayMachine.stateMachineArn,
    description: 'Tells what moving would have cost in the past weeks: {"instances": {"ids": ["i-…"]}, "destination": "…"}',
  });
}
