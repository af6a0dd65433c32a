import type { InstanceNetworkInterfaceSpecification, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { AwsError } from '../service';
import { defaultSubnet } from './default-network';
import { existing, invalidCombination, invalidValue } from './errors';
import type { TypeInfo } from './instance-types';
import { checkGroupsPerInterface } from './limits';
import { groupsFor, insufficientAddresses, type PlannedInterface } from './network';
import type { Ec2, SubnetRecord } from './state';
import { zoneName } from './zones';

/** The interfaces of each instance of a launch, checked as AWS checks them (SDK, InstanceNetworkInterfaceSpecification). */
export function plannedInterfaces(ec2: Ec2, input: RunInstancesRequest, type: TypeInfo): PlannedInterface[] {
  const specs = input.NetworkInterfaces ?? [];
  const zone = zoneName(ec2, input.Placement?.AvailabilityZone, input.Placement?.AvailabilityZoneId);
  if (specs.length === 0) {
    const subnet = input.SubnetId === undefined ? inDefaultVpc(ec2, zone) : existing(ec2.subnets, 'subnet', input.SubnetId);
    return checked(ec2, input, type, zone, [plan(ec2, subnet, {
      DeviceIndex: 0, DeleteOnTermination: true, Groups: groupIds(ec2, subnet, input), PrivateIpAddress: input.PrivateIpAddress,
      Ipv6AddressCount: input.Ipv6AddressCount, Ipv6Addresses: input.Ipv6Addresses,
    }, true)]);
  }
  const conflicts = {
    'subnet ID': input.SubnetId, 'security groups': input.SecurityGroupIds ?? input.SecurityGroups, 'private address': input.PrivateIpAddress,
    'IPv6 addresses': input.Ipv6Addresses ?? input.Ipv6AddressCount,
  };
  for (const [name, value] of Object.entries(conflicts)) {
    if (value !== undefined) throw invalidCombination(`Network interfaces and an instance-level ${name} may not be specified on the same request`);
  }
  if (specs.length > 1 && specs.some(spec => spec.AssociatePublicIpAddress !== undefined)) {
    throw invalidCombination('The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.');
  }
  return checked(ec2, input, type, zone, specs.map(spec => spec.NetworkInterfaceId === undefined
    ? plan(ec2, spec.SubnetId === undefined ? inDefaultVpc(ec2, zone) : existing(ec2.subnets, 'subnet', spec.SubnetId), spec, specs.length === 1)
    : attachable(ec2, spec)));
}

function inDefaultVpc(ec2: Ec2, zone: string | undefined): SubnetRecord {
  const found = [...ec2.subnets.values()].find(each => each.DefaultForAz && (zone === undefined || each.AvailabilityZone === zone));
  if (found) return found;
  // an account into which networks were imported has the default VPC that was imported, or none
  if (ec2.subnets.size > 0) throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.');
  return defaultSubnet(ec2, zone);
}

function groupIds(ec2: Ec2, subnet: SubnetRecord, input: RunInstancesRequest): string[] | undefined {
  const named = input.SecurityGroups?.map(name => {
    const group = [...ec2.securityGroups.values()].find(each => each.GroupName === name && each.VpcId === subnet.VpcId);
    if (!group) throw new AwsError('InvalidGroup.NotFound', `The security group '${name}' does not exist in VPC '${subnet.VpcId}'`);
    return group.GroupId;
  });
  return input.SecurityGroupIds ?? named;
}

function plan(ec2: Ec2, subnet: SubnetRecord, spec: InstanceNetworkInterfaceSpecification, single: boolean): PlannedInterface {
  const isPrimary = (spec.DeviceIndex ?? 0) === 0;
  if (spec.AssociatePublicIpAddress && !isPrimary) {
    throw invalidCombination('The associatePublicIPAddress parameter can only be specified for the network interface with device index 0.');
  }
  if (spec.Ipv4Prefixes && spec.Ipv4PrefixCount !== undefined || spec.Ipv6Prefixes && spec.Ipv6PrefixCount !== undefined) {
    throw invalidCombination('Prefixes and a number of prefixes may not be specified on the same request');
  }
  if (spec.InterfaceType !== undefined && !['interface', 'efa', 'efa-only'].includes(spec.InterfaceType)) {
    throw invalidValue(`Invalid value '${spec.InterfaceType}' for InterfaceType.`);
  }
  for (const parameter of ['Ipv4Prefixes', 'Ipv6Prefixes', 'Ipv6PrefixCount', 'AssociateCarrierIpAddress'] as const) {
    if (spec[parameter] !== undefined) throw new AwsError('NotEmulated', `the rehearsal does not model the parameter ${parameter}`, 501);
  }
  return {
    subnet, spec, groups: groupsFor(ec2, subnet, spec.Groups),
    publicAddress: single && isPrimary && (spec.AssociatePublicIpAddress ?? subnet.MapPublicIpOnLaunch ?? false),
  };
}

function attachable(ec2: Ec2, spec: InstanceNetworkInterfaceSpecification): PlannedInterface {
  const record = existing(ec2.networkInterfaces, 'networkInterface', spec.NetworkInterfaceId);
  if (record.Status !== 'available') {
    throw new AwsError('InvalidNetworkInterface.InUse', `Interface: ${record.NetworkInterfaceId} in use.`);
  }
  if (spec.SubnetId !== undefined || spec.Groups !== undefined || spec.PrivateIpAddress !== undefined) {
    throw invalidCombination('A network interface may not specify both a network interface ID and a subnet, groups or address');
  }
  return { subnet: existing(ec2.subnets, 'subnet', record.SubnetId), groups: [], spec, existing: record, publicAddress: false };
}

function checked(ec2: Ec2, input: RunInstancesRequest, type: TypeInfo, zone: string | undefined, interfaces: PlannedInterface[]): PlannedInterface[] {
  const indexes = interfaces.map(each => each.spec.DeviceIndex ?? 0);
  if (!indexes.includes(0)) throw invalidValue('The request must contain a network interface with device index 0.');
  if (new Set(indexes).size < indexes.length) throw invalidValue('Each network interface requires a unique device index.');
  if (interfaces.length > type.interfaces) {
    throw new AwsError('AttachmentLimitExceeded', `Interface count ${interfaces.length} exceeds the limit for ${type.name}`);
  }
  const zones = new Set(interfaces.map(each => each.subnet.AvailabilityZone));
  if (interfaces.some(({ subnet }) => subnet.OutpostArn !== interfaces[0]!.subnet.OutpostArn)) {
    throw invalidValue('The network interfaces must be on the same Outpost.');
  }
  if (zones.size > 1) throw invalidValue('The network interfaces must be in the same availability zone.');
  if (zone !== undefined && !zones.has(zone)) {
    throw invalidValue(`The availability zone '${zone}' does not match the zone of the subnet '${interfaces[0]!.subnet.SubnetId}'`);
  }
  const wanted = new Map<SubnetRecord, number>();
  for (const { subnet, spec, existing: known } of interfaces) {
    const addresses = Math.max(1, spec.PrivateIpAddresses?.length ?? 0) + (spec.SecondaryPrivateIpAddressCount ?? 0);
    if (addresses > type.addressesPerInterface) {
      throw new AwsError('PrivateIpAddressLimitExceeded', `Number of private addresses will exceed limit of ${type.addressesPerInterface}.`);
    }
    if (input.MaxCount! > 1 && (known || spec.PrivateIpAddress !== undefined || spec.PrivateIpAddresses)) {
      throw invalidCombination('A network interface or private IP address may not be specified when launching more than one instance');
    }
    if (!known) wanted.set(subnet, (wanted.get(subnet) ?? 0) + addresses * input.MinCount!);
  }
  for (const [subnet, count] of wanted) if (subnet.AvailableIpAddressCount < count) throw insufficientAddresses(subnet);
  for (const { groups } of interfaces) checkGroupsPerInterface(ec2, groups.map(group => group.GroupId));
  return interfaces;
}
