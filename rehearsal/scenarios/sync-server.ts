import type { InstanceSpec } from '../cloud/ec2/builder';
import { makeSecurityGroup, makeSubnet } from '../cloud/ec2/default-network';
import { addElasticAddress } from '../cloud/ec2/elastic-addresses';
import { zoneId } from '../cloud/ec2/zones';
import type { StagedPair } from './hosts';
import type { App } from './scenario';
import type { Stage } from './stage';

/** What an instance must carry to be moved: the default of bin/app.ts. */
export const movable = { 'instance-mobility:movable': 'true' };

/** What the apps of these scenarios name, and the account then has. */
export const vpcId = 'vpc-0d0a7aba5e0d0a7ab';
export const groupArn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/orders/0123456789abcdef';
export const hostedZoneId = 'Z0123456789ABCDEFGHIJ';
export const subnetId = 'subnet-0d0a7aba5e0d0a7a';
const profile = 'database-server';
const record = 'db.example.com.';

const names = { mounts: ['/srv/data'], services: ['writer.service'] };

/** The larger instance that the database moves to. */
const target = { launch: { instanceType: 'm5d.xlarge' } };

/** What every execution here asks for, besides the source. */
export const moving = { mountPoints: names.mounts, services: names.services, target };

export const syncing: App = {
  machine: 'InstanceStoreSync',
  context: {
    constructs: 'InstanceStoreSync', passableRoleArns: `arn:aws:iam::111122223333:role/${profile}`, vpcId, targetGroupArns: groupArn, hostedZoneIds: hostedZoneId,
    onRetirement: 'sync', retirementRequest: JSON.stringify({ ...moving, traffic: { targetGroupArns: [groupArn], records: [{ hostedZoneId, name: record, type: 'A' }] } }),
  },
};

/** A database with its data on instance store, as clients reach it. */
export interface SyncServer {
  readonly instanceId: string;
  readonly pair: StagedPair;
  /** The instance, its volumes and interfaces. */
  readonly ids: readonly string[];
  readonly groupArn: string;
  /** Where clients find it now. */
  address(): string | undefined;
  /** The id of the Elastic IP address. */
  readonly allocationId: string;
  /** Ids of the targets that get requests by now. */
  healthy(): string[];
}

const oldBlocks = 150;

/**
 * A database server whose one instance-store disk, or EBS volume at `device`, holds its data, in a target group, under a name, with an
 * Elastic IP address; it keeps writing.
 */
export async function syncServer(stage: Stage, spec: InstanceSpec = {}, device?: string): Promise<SyncServer> {
  const { account } = stage;
  const { ec2, elbv2, route53 } = account;
  ec2.vpcs.set(vpcId, { VpcId: vpcId, CidrBlock: '10.20.0.0/16', State: 'available', IsDefault: false, InstanceTenancy: 'default', OwnerId: account.accountId });
  makeSecurityGroup(ec2, { vpcId, name: 'default', description: 'default VPC security group' });
  makeSubnet(ec2, { id: subnetId, vpcId, cidr: '10.20.1.0/24', zone: `${account.region}a`, zoneId: zoneId(account.region, `${account.region}a`) });
  const { instanceId, volumeIds, networkInterfaceIds } = ec2.addInstance({
    name: 'orders', type: 'm5d.large', profile, subnetId, tags: { ...movable, role: 'web' }, terminationProtection: true, volumes: [{ size: 20, written: 6 }], ...spec,
  });
  const address = () => ec2.instances.get(instanceId)!.PrivateIpAddress!;
  elbv2.addTargetGroup({ name: 'orders', arn: groupArn, vpcId, port: 5432, protocol: 'TCP', healthCheckIntervalSeconds: 10, healthyThresholdCount: 3 });
  elbv2.addTarget(groupArn, instanceId);
  route53.addHostedZone('example.com', [{ Name: record, Type: 'A', TTL: 60, ResourceRecords: [{ Value: address() }] }], hostedZoneId);
  const { AllocationId } = addElasticAddress(ec2, { networkInterfaceId: networkInterfaceIds[0]! });
  const pair = await stage.hosts.pair(account, { sourceInstanceId: instanceId, ...names, ...device !== undefined && { device } });
  const [disk] = pair.replayed?.disks('source') ?? ec2.instanceStores.of(instanceId);
  for (let block = 0; block < oldBlocks; block++) disk?.blocks.write(block, `old ${block}`);
  pair.keepWriting();
  // it has been at work for a while
  await account.clock.advance(30_000);
  return {
    instanceId, pair, groupArn, ids: [instanceId, ...volumeIds, ...networkInterfaceIds],
    address: () => route53.zone(hostedZoneId).records.get(`${record} A `)?.ResourceRecords?.[0]?.Value,
    allocationId: AllocationId!,
    healthy: () => elbv2.targetsOf(elbv2.get(groupArn)).filter(each => elbv2.healthOf(elbv2.get(groupArn), each).State === 'healthy').map(each => each.target.Id!),
  };
}

/** What follows the database when it moves. */
export function traffic({ groupArn: arn, allocationId }: SyncServer) {
  return { targetGroupArns: [arn], records: [{ hostedZoneId, name: record, type: 'A' }], elasticIps: [allocationId] };
}
