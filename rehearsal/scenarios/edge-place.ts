import type { Account } from '../cloud/account';
import { makeSecurityGroup, makeSubnet } from '../cloud/ec2/default-network';
import { zoneId } from '../cloud/ec2/zones';
import type { Background } from '../cloud/links/background';
import type { Direction, Link } from '../cloud/links/link';
import type { Outpost } from '../cloud/outposts/state';
import type { App } from './scenario';

const vpcId = 'vpc-0ed9e0ed9e0ed9e0e';
export const subnets = { home: 'subnet-0ed9e0ed9e0ed9e01', factory: 'subnet-0ed9e0ed9e0ed9e02' };
const outpostId = 'op-0ed9e0ed9e0ed9e0e';
export const hostedZoneId = 'Z0EDGE0EDGE0EDGE0EDGE';
export const profile = 'app-server';
/** Megabits per second of the service link. */
export const megabits = 500;
const vpnConnectionId = 'vpn-0ed9e0ed9e0ed9e0e';
/** Megabits per second of the VPN, where there is one. */
export const vpnMegabits = 300;

/** What an instance must carry to be moved: the default of bin/app.ts. */
export const movable = { key: 'instance-mobility:movable', value: 'true' };

const factory = { name: 'factory', subnetId: subnets.factory, outpostArn: `arn:aws:outposts:us-east-1:111122223333:outpost/${outpostId}`, megabits };
const home = { name: 'home', subnetId: subnets.home, availabilityZone: 'us-east-1a' };

export const migrating: App = {
  machine: 'EdgeMigration',
  context: {
    constructs: 'EdgeMigration', passableRoleArns: `arn:aws:iam::111122223333:role/${profile}`, hostedZoneIds: hostedZoneId,
    edgeLocations: JSON.stringify([factory, home]),
  },
};

/** The same with a VPN beside the service link, over which blocks go, and what sends them. */
export const sendingBlocks: App = {
  machine: migrating.machine,
  context: {
    ...migrating.context, constructs: 'InstanceStoreSync,EdgeMigration', vpcId, edgeLocations: JSON.stringify([{ ...factory, vpnConnectionId, vpnMegabits }, home]),
  },
};

export interface EdgePlaceOptions {
  /** How many instances of each type the rack has room for. */
  readonly slots: Readonly<Record<string, number>>;
  /** What others send over the service link. */
  readonly background: Readonly<Record<Direction, Background>>;
}

/** A VPC with a subnet in the Region and one on an Outpost. */
export function edgePlace({ ec2, outposts, accountId, region }: Account, { slots, background }: EdgePlaceOptions): Outpost {
  ec2.vpcs.set(vpcId, { VpcId: vpcId, CidrBlock: '10.30.0.0/16', State: 'available', IsDefault: false, InstanceTenancy: 'default', OwnerId: accountId });
  makeSecurityGroup(ec2, { vpcId, name: 'default', description: 'default VPC security group' });
  const rack = outposts.add({ id: outpostId, vpcId, slots, link: { capacity: megabits * 1e6, background } });
  const zone = `${region}a`;
  makeSubnet(ec2, { id: subnets.home, vpcId, cidr: '10.30.1.0/24', zone, zoneId: zoneId(region, zone) });
  makeSubnet(ec2, { id: subnets.factory, vpcId, cidr: '10.30.2.0/24', zone, zoneId: zoneId(region, zone), outpostArn: rack.outpostArn });
  return rack;
}

/** The VPN between the two, and what others send over it. */
export function vpnOf({ links }: Account, background: Readonly<Record<Direction, Background>>): Link {
  return links.addVpn({ id: vpnConnectionId, capacity: vpnMegabits * 1e6, background }).link;
}
