import type { InstanceNetworkInterface, InstanceNetworkInterfaceSpecification } from '@aws-sdk/client-ec2';
import { SecurityGroupsElsewhere } from '../errors';
import { defined, type Plain } from '../json';
import type { Request } from '../request/request';
import type { Source } from '../source/source';
import type { Difference, InterfacePlace } from './plan';
import { chooseSubnet, refuseSubnets, type SubnetFacts } from './subnets';

type Interface = Plain<InstanceNetworkInterface>;

export interface NetworkPlan {
  readonly interfaces: readonly InstanceNetworkInterfaceSpecification[];
  readonly sourceDestCheck: readonly InterfacePlace[];
  readonly differences: readonly Difference[];
}

/** The clone's interfaces: of the same kind and number as the source's, with new addresses. */
export function planNetwork(source: Source, request: Request, subnets: readonly SubnetFacts[], allowed: readonly string[]): NetworkPlan {
  const { instance } = source;
  const described = instance.NetworkInterfaces ?? [];
  // instances of very old or trimmed descriptions show none: one like EC2's default then
  const interfaces: readonly Interface[] = described.length > 0 ? described
    : [defined({ SubnetId: instance.SubnetId, Groups: instance.SecurityGroups, Attachment: { DeviceIndex: 0, DeleteOnTermination: true } }) as Interface];
  const primary = interfaces.find(isPrimary);
  const home = primary?.SubnetId ?? instance.SubnetId;
  const target = chooseSubnet(home, request, allowed);
  const subnetOf = (one: Interface) => (one.SubnetId === home || !one.SubnetId ? target : one.SubnetId);
  refuseSubnets([...new Set(interfaces.map(subnetOf))], subnets, allowed);
  const groups = groupsOf(source, request, subnets.find(({ subnetId }) => subnetId === target));
  return {
    interfaces: interfaces.map(one => specification(one, source, request, {
      subnetId: subnetOf(one), subnet: subnets.find(({ subnetId }) => subnetId === subnetOf(one)), groups, alone: interfaces.length === 1,
    })),
    sourceDestCheck: interfaces.filter(({ SourceDestCheck }) => SourceDestCheck === false).map(placeOf),
    differences: [
      ...target === home ? [] : [{
        attribute: 'SubnetId', source: home ?? null, clone: target, kind: 'chosen' as const,
        why: request.subnetId ? 'asked for by the request' : 'the source\'s subnet is not among those that clones may enter',
      }],
      ...request.securityGroupIds ? [{
        attribute: 'SecurityGroups', source: (instance.SecurityGroups ?? []).map(({ GroupId }) => GroupId ?? ''), clone: request.securityGroupIds,
        kind: 'chosen' as const, why: 'asked for by the request, for every interface',
      }] : [],
      ...publicAddressDifference(interfaces, source),
      ...interfaces.flatMap(one => ipv6Difference(one, subnets.find(({ subnetId }) => subnetId === subnetOf(one)))),
      ...typeBoundDifferences(interfaces, request),
    ],
  };
}

export function placeOf({ Attachment }: Interface): InterfacePlace {
  return { networkCardIndex: Attachment?.NetworkCardIndex ?? 0, deviceIndex: Attachment?.DeviceIndex ?? 0 };
}

function isPrimary(one: Interface): boolean {
  const { networkCardIndex, deviceIndex } = placeOf(one);
  return networkCardIndex === 0 && deviceIndex === 0;
}

interface Where {
  readonly subnetId: string;
  readonly subnet: SubnetFacts | undefined;
  readonly groups: readonly string[] | null;
  readonly alone: boolean;
}

function specification(one: Interface, source: Source, request: Request, { subnetId, subnet, groups, alone }: Where): InstanceNetworkInterfaceSpecification {
  const { networkCardIndex, deviceIndex } = placeOf(one);
  const sameType = request.instanceType === null;
  const addresses = one.InterfaceType === 'efa-only' ? {} : defined({
    // counts, not addresses: those belong to the source
    SecondaryPrivateIpAddressCount: one.PrivateIpAddresses?.filter(({ Primary }) => !Primary).length || undefined,
    Ipv4PrefixCount: one.Ipv4Prefixes?.length || undefined,
    Ipv6AddressCount: (subnet?.ipv6 ?? true) ? one.Ipv6Addresses?.length || undefined : undefined,
    Ipv6PrefixCount: (subnet?.ipv6 ?? true) ? one.Ipv6Prefixes?.length || undefined : undefined,
    PrimaryIpv6: (subnet?.ipv6 ?? true) && one.Ipv6Addresses?.some(({ IsPrimaryIpv6 }) => IsPrimaryIpv6) ? true : undefined,
    ...alone && isPrimary(one) ? publicAddress(one, source, subnet) : {},
  });
  return defined({
    DeviceIndex: deviceIndex,
    NetworkCardIndex: networkCardIndex > 0 ? networkCardIndex : undefined,
    SubnetId: subnetId,
    Groups: groups ? [...groups] : one.Groups?.flatMap(({ GroupId }) => GroupId ?? []),
    DeleteOnTermination: one.Attachment?.DeleteOnTermination ?? true,
    Description: one.Description || undefined,
    InterfaceType: one.InterfaceType && one.InterfaceType !== 'interface' ? one.InterfaceType : undefined,
    ConnectionTrackingSpecification: one.ConnectionTrackingConfiguration,
    EnaSrdSpecification: sameType ? one.Attachment?.EnaSrdSpecification : undefined,
    EnaQueueCount: sameType ? one.Attachment?.EnaQueueCount : undefined,
    ...addresses,
  });
}

/** Said outright, so that the subnet's default neither exposes the clone of a private instance nor hides that of a public one. */
function publicAddress(one: Interface, source: Source, subnet: SubnetFacts | undefined) {
  if (one.Association?.CarrierIp) return { AssociateCarrierIpAddress: true };
  // a stopped instance has lost its automatic address: whether it would get one again is the subnet's to say
  if (subnet?.ipv6Native || (source.state === 'stopped' && !one.Association?.PublicIp)) return {};
  return { AssociatePublicIpAddress: Boolean(one.Association?.PublicIp) };
}

/** The request's groups, or null: each interface keeps those of its model. */
function groupsOf(source: Source, request: Request, subnet: SubnetFacts | undefined): readonly string[] | null {
  const vpcId = subnet?.vpcId;
  if (request.securityGroupIds) {
    const elsewhere = source.securityGroups.filter(group => vpcId !== undefined && group.vpcId !== vpcId);
    if (elsewhere.length > 0) {
      throw new SecurityGroupsElsewhere(`${elsewhere.map(({ groupId }) => groupId).join(', ')} are not in ${vpcId}, the VPC of ${subnet?.subnetId}:`
        + ' give groups of that VPC in securityGroupIds');
    }
    return request.securityGroupIds;
  }
  if (vpcId !== undefined && source.instance.VpcId !== undefined && source.instance.VpcId !== vpcId) {
    throw new SecurityGroupsElsewhere(`${subnet?.subnetId} is in ${vpcId}, but the source's security groups are in ${source.instance.VpcId}:`
      + ` give groups of ${vpcId} in securityGroupIds`);
  }
  return null;
}

function publicAddressDifference(interfaces: readonly Interface[], source: Source): Difference[] {
  const owned = interfaces.filter(({ Association }) => Association?.IpOwnerId && Association.IpOwnerId !== 'amazon' && !Association.CarrierIp);
  const several = interfaces.length > 1 && interfaces.some(({ Association }) => Association?.PublicIp);
  return [
    ...owned.map((one): Difference => ({
      attribute: `interface ${placeOf(one).deviceIndex} Elastic IP address`, source: one.Association?.PublicIp ?? null,
      clone: interfaces.length === 1 ? 'a public address of Amazon\'s pool' : null, kind: 'lost', why: 'an Elastic IP address belongs to one interface: it stays with the source',
    })),
    ...several && owned.length === 0 ? [{
      attribute: 'public IPv4 address', source: source.instance.PublicIpAddress ?? null, clone: null, kind: 'lost' as const,
      why: 'EC2 assigns public addresses only to launches with a single interface',
    }] : [],
    ...interfaces.length === 1 && source.state === 'stopped' && !interfaces[0]?.Association?.PublicIp ? [{
      attribute: 'public IPv4 address', source: null, clone: 'as the subnet\'s default says', kind: 'nature' as const,
      why: 'a stopped instance does not show whether it gets a public address',
    }] : [],
    ...interfaces.filter(({ Association }) => Association?.CustomerOwnedIp).map((one): Difference => ({
      attribute: `interface ${placeOf(one).deviceIndex} customer-owned IP address`, source: one.Association?.CustomerOwnedIp ?? null, clone: null, kind: 'lost',
      why: 'it belongs to one interface: associate another one with the clone',
    })),
  ];
}

function ipv6Difference(one: Interface, subnet: SubnetFacts | undefined): Difference[] {
  const count = (one.Ipv6Addresses?.length ?? 0) + (one.Ipv6Prefixes?.length ?? 0);
  if (count === 0 || (subnet?.ipv6 ?? true)) return [];
  return [{
    attribute: `interface ${placeOf(one).deviceIndex} IPv6 addresses and prefixes`, source: count, clone: 0, kind: 'lost', why: `${subnet?.subnetId} has no IPv6 addresses`,
  }];
}

/** What only fits the source's type is not forced upon another one. */
function typeBoundDifferences(interfaces: readonly Interface[], request: Request): Difference[] {
  if (request.instanceType === null) return [];
  return interfaces.flatMap(one => (['EnaSrdSpecification', 'EnaQueueCount'] as const)
    .filter(name => one.Attachment?.[name] !== undefined)
    .map((name): Difference => ({
      attribute: `interface ${placeOf(one).deviceIndex} ${name}`, source: JSON.stringify(one.Attachment?.[name]), clone: null, kind: 'lost',
      why: `it depends on the instance type, which is ${request.instanceType} for the clone`,
    })));
}
