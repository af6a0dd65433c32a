import type { GroupIdentifier, InstanceNetworkInterface, InstanceNetworkInterfaceSpecification, Tag } from '@aws-sdk/client-ec2';
import { AwsError } from '../service';
import { unbind } from './address-binding';
import { nextAddress, nextIpv6Address, privateDnsName, publicAddress } from './addresses';
import { existing, invalidValue } from './errors';
import type { Ec2, InstanceRecord, InterfaceRecord, SecurityGroupRecord, SubnetRecord } from './state';

/** An interface that a launch will make, or an existing one that it will attach. */
export interface PlannedInterface {
  readonly subnet: SubnetRecord;
  readonly groups: readonly SecurityGroupRecord[];
  readonly spec: InstanceNetworkInterfaceSpecification;
  readonly existing?: InterfaceRecord;
  readonly publicAddress: boolean;
}

/** The groups of an interface; the default group of its VPC where none is named. */
export function groupsFor(ec2: Ec2, subnet: SubnetRecord, ids: readonly string[] | undefined): SecurityGroupRecord[] {
  if (!ids || ids.length === 0) {
    return [...ec2.securityGroups.values()].filter(group => group.VpcId === subnet.VpcId && group.GroupName === 'default');
  }
  return ids.map(id => {
    const group = existing(ec2.securityGroups, 'securityGroup', id);
    if (group.VpcId !== subnet.VpcId) {
      throw new AwsError('InvalidParameter', `Security group ${id} and subnet ${subnet.SubnetId} belong to different networks.`);
    }
    return group;
  });
}

export function identifiers(groups: readonly SecurityGroupRecord[]): GroupIdentifier[] {
  return groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName }));
}

/** Makes an interface in its subnet, with private addresses of its own. */
export function makeInterface(ec2: Ec2, { subnet, groups, spec, publicAddress: isPublic }: PlannedInterface, tags: Tag[]): InterfaceRecord {
  const { account } = ec2;
  const wanted = [
    ...spec.PrivateIpAddresses ?? [],
    ...spec.PrivateIpAddress === undefined ? [] : [{ PrivateIpAddress: spec.PrivateIpAddress, Primary: true }],
  ].sort((a, b) => Number(b.Primary ?? false) - Number(a.Primary ?? false)).map(each => each.PrivateIpAddress!);
  const count = Math.max(1, wanted.length) + (spec.SecondaryPrivateIpAddressCount ?? 0);
  const id = ec2.id('eni');
  const ipv6 = spec.Ipv6Addresses?.map(each => each.Ipv6Address!)
    ?? Array.from({ length: spec.Ipv6AddressCount ?? 0 }, () => nextIpv6Address(ec2, subnet));
  const record: InterfaceRecord = {
    NetworkInterfaceId: id,
    AvailabilityZone: subnet.AvailabilityZone,
    ...subnet.AvailabilityZoneId !== undefined && { AvailabilityZoneId: subnet.AvailabilityZoneId },
    ...subnet.OutpostArn !== undefined && { OutpostArn: subnet.OutpostArn },
    Description: spec.Description ?? '',
    Groups: identifiers(groups),
    InterfaceType: (spec.InterfaceType ?? 'interface') as InterfaceRecord['InterfaceType'],
    Ipv6Addresses: ipv6.map((address, index) => ({ Ipv6Address: address, IsPrimaryIpv6: index === 0 && spec.PrimaryIpv6 === true })),
    MacAddress: mac(ec2),
    OwnerId: account.accountId,
    PrivateIpAddresses: [],
    RequesterId: account.accountId,
    RequesterManaged: false,
    SourceDestCheck: true,
    Status: 'available',
    SubnetId: subnet.SubnetId,
    TagSet: tags,
    VpcId: subnet.VpcId,
    Operator: { Managed: false },
    ...spec.ConnectionTrackingSpecification && { ConnectionTrackingConfiguration: spec.ConnectionTrackingSpecification },
    ...spec.Ipv4PrefixCount !== undefined && { Ipv4Prefixes: prefixes(ec2, subnet, spec.Ipv4PrefixCount) },
  };
  ec2.networkInterfaces.set(id, record);
  for (let n = 0; n < count; n++) {
    const address = nextAddress(ec2, subnet, wanted[n]);
    record.PrivateIpAddresses.push({
      Primary: n === 0, PrivateDnsName: privateDnsName(account.region, address), PrivateIpAddress: address,
      ...n === 0 && isPublic && { Association: publicAddress(ec2) },
    });
    subnet.AvailableIpAddressCount -= 1;
  }
  const primary = record.PrivateIpAddresses[0]!;
  record.PrivateIpAddress = primary.PrivateIpAddress;
  record.PrivateDnsName = primary.PrivateDnsName;
  if (primary.Association) record.Association = primary.Association;
  return record;
}

function prefixes(ec2: Ec2, subnet: SubnetRecord, count: number): { Ipv4Prefix: string }[] {
  if (subnet.AvailableIpAddressCount < count * 16) throw insufficientAddresses(subnet);
  subnet.AvailableIpAddressCount -= count * 16;
  const network = subnet.CidrBlock.split('.').slice(0, 3).join('.');
  return Array.from({ length: count }, () => ({ Ipv4Prefix: `${network}.${128 + 16 * Math.floor(ec2.account.random.next() * 7)}/28` }));
}

function mac(ec2: Ec2): string {
  return ['0a', ...Array.from({ length: 5 }, () => ec2.account.random.hex(2))].join(':');
}

export function insufficientAddresses(subnet: SubnetRecord): AwsError {
  return new AwsError('InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${subnet.SubnetId}' to satisfy the requested number of instances.`);
}

export function attachInterface(ec2: Ec2, record: InterfaceRecord, instance: InstanceRecord, spec: InstanceNetworkInterfaceSpecification,
  state: 'attaching' | 'attached'): void {
  record.Status = 'in-use';
  record.Attachment = {
    AttachTime: ec2.date(), AttachmentId: ec2.id('eni-attach'), DeleteOnTermination: spec.DeleteOnTermination ?? spec.NetworkInterfaceId === undefined,
    DeviceIndex: spec.DeviceIndex ?? 0, NetworkCardIndex: spec.NetworkCardIndex ?? 0, InstanceId: instance.InstanceId,
    InstanceOwnerId: ec2.account.accountId, Status: state,
    ...spec.EnaSrdSpecification && { EnaSrdSpecification: spec.EnaSrdSpecification },
    ...spec.EnaQueueCount !== undefined && { EnaQueueCount: spec.EnaQueueCount },
  };
  showInterfaces(ec2, instance);
}

export function interfacesOf(ec2: Ec2, instanceId: string): InterfaceRecord[] {
  return [...ec2.networkInterfaces.values()].filter(each => each.Attachment?.InstanceId === instanceId)
    .sort((a, b) => (a.Attachment?.DeviceIndex ?? 0) - (b.Attachment?.DeviceIndex ?? 0));
}

/** Brings what the instance tells of its interfaces up to date with what the interfaces are. */
export function showInterfaces(ec2: Ec2, instance: InstanceRecord): void {
  const interfaces = interfacesOf(ec2, instance.InstanceId);
  instance.NetworkInterfaces = interfaces.map(view);
  const primary = interfaces.find(each => each.Attachment?.DeviceIndex === 0);
  if (!primary) return;
  Object.assign(instance, {
    SubnetId: primary.SubnetId, VpcId: primary.VpcId, PrivateIpAddress: primary.PrivateIpAddress, PrivateDnsName: primary.PrivateDnsName,
    PublicDnsName: primary.Association?.PublicDnsName ?? '', SourceDestCheck: primary.SourceDestCheck, SecurityGroups: primary.Groups,
    PublicIpAddress: primary.Association?.PublicIp,
  });
  if (instance.PublicIpAddress === undefined) delete instance.PublicIpAddress;
  const ipv6 = primary.Ipv6Addresses?.[0]?.Ipv6Address;
  if (ipv6 !== undefined) instance.Ipv6Address = ipv6;
}

/** An interface as DescribeInstances shows it. */
function view(record: InterfaceRecord): InstanceNetworkInterface {
  const { Attachment: attachment, Association: association } = record;
  return {
    ...association && { Association: shown(association) },
    Attachment: {
      AttachTime: attachment?.AttachTime, AttachmentId: attachment?.AttachmentId, DeleteOnTermination: attachment?.DeleteOnTermination,
      DeviceIndex: attachment?.DeviceIndex, Status: attachment?.Status,
      ...attachment?.NetworkCardIndex !== undefined && { NetworkCardIndex: attachment.NetworkCardIndex },
      ...attachment?.EnaSrdSpecification && { EnaSrdSpecification: attachment.EnaSrdSpecification },
      ...attachment?.EnaQueueCount !== undefined && { EnaQueueCount: attachment.EnaQueueCount },
    },
    Description: record.Description, Groups: record.Groups,
    Ipv6Addresses: record.Ipv6Addresses?.map(({ Ipv6Address, IsPrimaryIpv6 }) => ({ Ipv6Address, IsPrimaryIpv6 })),
    MacAddress: record.MacAddress, NetworkInterfaceId: record.NetworkInterfaceId, OwnerId: record.OwnerId,
    ...record.PrivateDnsName !== undefined && { PrivateDnsName: record.PrivateDnsName },
    PrivateIpAddress: record.PrivateIpAddress,
    PrivateIpAddresses: record.PrivateIpAddresses.map(each => ({ ...each, ...each.Association && { Association: shown(each.Association) } })),
    SourceDestCheck: record.SourceDestCheck, Status: record.Status, SubnetId: record.SubnetId, VpcId: record.VpcId,
    InterfaceType: record.InterfaceType,
    ...record.Ipv4Prefixes && { Ipv4Prefixes: record.Ipv4Prefixes }, ...record.Ipv6Prefixes && { Ipv6Prefixes: record.Ipv6Prefixes },
    ...record.ConnectionTrackingConfiguration && { ConnectionTrackingConfiguration: record.ConnectionTrackingConfiguration },
    ...record.Operator && { Operator: record.Operator },
  };
}

function shown({ IpOwnerId, PublicDnsName, PublicIp }: NonNullable<InterfaceRecord['Association']>): InstanceNetworkInterface['Association'] {
  return { IpOwnerId, PublicDnsName, PublicIp };
}

/** Takes an interface away and gives its addresses back. */
export function removeInterface(ec2: Ec2, record: InterfaceRecord): void {
  ec2.networkInterfaces.delete(record.NetworkInterfaceId);
  for (const address of ec2.addresses.values()) if (address.NetworkInterfaceId === record.NetworkInterfaceId) unbind(address);
  const subnet = ec2.subnets.get(record.SubnetId);
  if (subnet) subnet.AvailableIpAddressCount += record.PrivateIpAddresses.length + 16 * (record.Ipv4Prefixes?.length ?? 0);
}

export function checkDescription(description: string | undefined): void {
  if (description !== undefined && description.length > 255) throw invalidValue('The network interface description is longer than 255 characters.');
}
