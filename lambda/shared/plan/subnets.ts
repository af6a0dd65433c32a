import { DescribeSubnetsCommand, type Instance } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import { InsufficientAddresses, SubnetNotPossible } from '../errors';
import type { Plain } from '../json';
import type { Request } from '../request/request';
import type { Launch } from './launch-input';

export interface SubnetFacts {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly freeAddresses: number;
  readonly ipv6: boolean;
  /** Without any IPv4. */
  readonly ipv6Native: boolean;
  /** In a Local Zone or Wavelength Zone, or on an Outpost. */
  readonly edge: boolean;
}

/** The subnets that a clone may touch: where the source is, and where the request or the construct wants it. */
export function subnetsOfInterest(instance: Plain<Instance>, request: Request, allowed: readonly string[]): string[] {
  const ids = [instance.SubnetId, ...(instance.NetworkInterfaces ?? []).map(({ SubnetId }) => SubnetId), request.subnetId ?? allowed[0]];
  return [...new Set(ids.flatMap(id => id ?? []))];
}

export async function readSubnets(subnetIds: readonly string[]): Promise<SubnetFacts[]> {
  if (subnetIds.length === 0) return [];
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...subnetIds] }));
  return Subnets.map(subnet => ({
    subnetId: subnet.SubnetId ?? '',
    vpcId: subnet.VpcId ?? '',
    availabilityZone: subnet.AvailabilityZone ?? '',
    freeAddresses: subnet.AvailableIpAddressCount ?? 0,
    ipv6: (subnet.Ipv6CidrBlockAssociationSet ?? []).some(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State === 'associated'),
    ipv6Native: subnet.Ipv6Native ?? false,
    // zones proper end in one letter: eu-west-1a, but us-west-2-lax-1a and us-east-1-wl1-bos-wlz-1
    edge: Boolean(subnet.OutpostArn) || !/^[a-z]+(-[a-z]+)+-\d[a-z]$/.test(subnet.AvailabilityZone ?? ''),
  }));
}

/** Those in which a launch makes interfaces. */
export function subnetsOf({ NetworkInterfaces = [] }: Launch, subnets: readonly SubnetFacts[]): SubnetFacts[] {
  return subnets.filter(({ subnetId }) => NetworkInterfaces.some(({ SubnetId }) => SubnetId === subnetId));
}

/** The subnet of the clone's primary interface: as asked for, else the source's own, else the first allowed one. */
export function chooseSubnet(home: string | undefined, request: Request, allowed: readonly string[]): string {
  const subnet = request.subnetId ?? (home && (allowed.length === 0 || allowed.includes(home)) ? home : allowed[0]);
  if (!subnet) throw new SubnetNotPossible('the source is in no subnet: say in subnetId where the clone shall go');
  return subnet;
}

/** EC2 knows no clone half in one zone and half in another, and the construct names the subnets that clones may enter. */
export function refuseSubnets(used: readonly string[], subnets: readonly SubnetFacts[], allowed: readonly string[]): void {
  const forbidden = used.filter(id => allowed.length > 0 && !allowed.includes(id));
  if (forbidden.length > 0) {
    throw new SubnetNotPossible(`clones may enter ${allowed.join(', ')} only, but this one would have interfaces in ${forbidden.join(', ')}:`
      + ' choose subnetId among them, or allow the subnet in the construct');
  }
  const zones = new Set(subnets.filter(({ subnetId }) => used.includes(subnetId)).map(({ availabilityZone }) => availabilityZone));
  if (zones.size > 1) {
    throw new SubnetNotPossible(`the interfaces of the clone would lie in the zones ${[...zones].join(', ')}, but all interfaces of an instance lie in one:`
      + ' choose a subnetId in the source\'s zone, or detach its other interfaces');
  }
}

/** A launch takes one IPv4 address per interface, one per secondary address, and sixteen per prefix. */
export function addressesNeeded({ NetworkInterfaces = [] }: Launch, subnetId: string): number {
  return NetworkInterfaces.filter(({ SubnetId, InterfaceType }) => SubnetId === subnetId && InterfaceType !== 'efa-only')
    .reduce((sum, { SecondaryPrivateIpAddressCount = 0, Ipv4PrefixCount = 0 }) => sum + 1 + SecondaryPrivateIpAddressCount + 16 * Ipv4PrefixCount, 0);
}

export function refuseFullSubnets(launch: Launch, count: number, subnets: readonly SubnetFacts[]): string[] {
  return subnets.filter(({ ipv6Native }) => !ipv6Native).flatMap(({ subnetId, freeAddresses }) => {
    const needed = count * addressesNeeded(launch, subnetId);
    if (needed > freeAddresses) {
      throw new InsufficientAddresses(`${subnetId} has ${freeAddresses} free addresses, but ${needed} are needed: free some, or choose another subnetId`);
    }
    return needed === 0 ? [] : [`${subnetId}: ${needed} of ${freeAddresses} free addresses`];
  });
}
