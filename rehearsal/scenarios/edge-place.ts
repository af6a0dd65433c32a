import type { Account } from '../cloud/account';
import { makeSecurityGroup, makeSubnet } from '../cloud/ec2/default-network';
import { zoneId } from '../cloud/ec2/zones';
import type { Background } from '../cloud/links/background';
import type { Direction } from '../cloud/links/link';
import type { Outpost } from '../cloud/outposts/state';
import type { App } from './scenario';

const vpcId = 'vpc-0ed9e0ed9e0ed9e0e';
export const subnets = { home: 'subnet-0ed9e0ed9e0ed9e01', factory: 'subnet-0ed9e0ed9e0ed9e02' };
const outpostId = 'op-0ed9e0ed9e0ed9e0e';
export const hostedZoneId = 'Z0EDGE0EDGE0EDGE0EDGE';
export const profile = 'app-server';
/** Megabits per second of the service link. */
export const megabits = 500;

/** What an instance must carry to be moved: the default of bin/app.ts. */
export const movable = { key: 'instance-mobility:movable', value: 'true' };

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
