import type { InstanceSpec } from '../cloud/ec2/builder';
import { makeSecurityGroup, makeSubnet } from '../cloud/ec2/default-network';
import { zoneId } from '../cloud/ec2/zones';
import type { Link } from '../cloud/links/link';
import { generatedBackground, generatedLoad } from '../cloud/load/generator';
import type { Outpost } from '../cloud/outposts/state';
import { EdgeApplication } from './edge-application';
import type { App } from './scenario';
import type { Stage } from './stage';

const vpcId = 'vpc-0ed9e0ed9e0ed9e0e';
const subnets = { home: 'subnet-0ed9e0ed9e0ed9e01', factory: 'subnet-0ed9e0ed9e0ed9e02' };
const outpostId = 'op-0ed9e0ed9e0ed9e0e';
const hostedZoneId = 'Z0EDGE0EDGE0EDGE0EDGE';
const record = 'orders.example.com.';
const profile = 'app-server';
const service = 'orders.service';
/** Megabits per second of the service link. */
const megabits = 500;

/** What an instance must carry to be moved: the default of bin/app.ts. */
const movable = { 'instance-mobility:movable': 'true' };

export const migrating: App = {
  machine: 'EdgeMigration',
  context: {
    constructs: 'EdgeMigration', passableRoleArns: `arn:aws:iam::111122223333:role/${profile}`, hostedZoneIds: hostedZoneId,
    edgeLocations: JSON.stringify([
      { name: 'factory', subnetId: subnets.factory, outpostArn: `arn:aws:outposts:us-east-1:111122223333:outpost/${outpostId}`, megabits },
      { name: 'home', subnetId: subnets.home, availabilityZone: 'us-east-1a' },
    ]),
  },
};

/** What every execution here asks for. */
export const moving = { services: [service], traffic: { records: [{ hostedZoneId, name: record, type: 'A' }] }, keepSource: 'PT10M' };

export interface EdgeServerOptions {
  /** Where it is to begin with. */
  readonly at?: keyof typeof subnets;
  /** How many m5.large the rack has room for; four unless told otherwise. */
  readonly room?: number;
}

/** An application server whose clients find it by a name, in a Region with an Outpost. */
export interface EdgeServer {
  readonly instanceId: string;
  readonly ids: readonly string[];
  readonly application: EdgeApplication;
  readonly rack: Outpost;
  readonly link: Link;
  /** Another instance like it, whose application is its own business. */
  neighbour(spec?: InstanceSpec): string;
}

const oldBlocks = 80;

/** It has been busy for weeks, as others have been on the service link. */
export async function edgeServer(stage: Stage, { at = 'home', room = 4 }: EdgeServerOptions = {}): Promise<EdgeServer> {
  const { account } = stage;
  const { ec2, route53, ssm, clock, region } = account;
  ec2.vpcs.set(vpcId, { VpcId: vpcId, CidrBlock: '10.30.0.0/16', State: 'available', IsDefault: false, InstanceTenancy: 'default', OwnerId: account.accountId });
  makeSecurityGroup(ec2, { vpcId, name: 'default', description: 'default VPC security group' });
  const others = (stream: number) => generatedBackground(stream, { capacity: megabits * 1e6, mean: 0.2 });
  const rack = account.outposts.add({
    id: outpostId, vpcId, slots: { 'm5.large': room }, link: { capacity: megabits * 1e6, background: { 'to-edge': others(1), 'to-region': others(2) } },
  });
  const zone = `${region}a`;
  makeSubnet(ec2, { id: subnets.home, vpcId, cidr: '10.30.1.0/24', zone, zoneId: zoneId(region, zone) });
  makeSubnet(ec2, { id: subnets.factory, vpcId, cidr: '10.30.2.0/24', zone, zoneId: zoneId(region, zone), outpostArn: rack.outpostArn });
  const { instanceId, volumeIds, networkInterfaceIds } = ec2.addInstance({
    name: 'orders', type: 'm5.large', profile, subnetId: subnets[at], tags: movable, volumes: [{ size: 20, written: 3 }, { size: 60, written: 12 }],
  });
  for (const id of volumeIds) for (let block = 0; block < oldBlocks; block++) ec2.write(id, block, `old ${block}`);
  const guest = ssm.guest(instanceId);
  guest.disks.format({ mounts: ['/'], kind: 'xfs', volumes: [volumeIds[0]!] }, { mounts: ['/srv'], kind: 'xfs', volumes: [volumeIds[1]!] });
  guest.systemd.install(service);
  route53.addHostedZone('example.com', [
    { Name: record, Type: 'A', TTL: 60, ResourceRecords: [{ Value: ec2.instances.get(instanceId)!.PrivateIpAddress! }] },
  ], hostedZoneId);
  const load = generatedLoad(1, { index: 0, kind: 'office', meanWrites: 300_000 });
  const application = new EdgeApplication(account, { service, hostedZoneId, record, load });
  await clock.advance(30_000);
  return {
    instanceId, application, rack, link: account.links.of(rack), ids: [instanceId, ...volumeIds, ...networkInterfaceIds],
    neighbour: spec => ec2.addInstance({ name: 'press', type: 'm5.large', subnetId: subnets.factory, volumes: [{ size: 20 }], ...spec }).instanceId,
  };
}
