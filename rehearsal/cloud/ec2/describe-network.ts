import type {
  DeleteNetworkInterfaceRequest, DescribeAddressesRequest, DescribeAddressesResult, DescribeKeyPairsRequest, DescribeKeyPairsResult,
  DescribeNetworkInterfacesRequest, DescribeNetworkInterfacesResult, DescribePlacementGroupsRequest, DescribePlacementGroupsResult,
  DescribeSecurityGroupsRequest, DescribeSecurityGroupsResult, DescribeSubnetsRequest, DescribeSubnetsResult, KeyPairInfo,
  ModifyNetworkInterfaceAttributeRequest, PlacementGroup, Address,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { existing, notFound, wellFormed } from './errors';
import { filtered, plain, type Filters } from './filters';
import { checkGroupsPerInterface } from './limits';
import { checkDescription, groupsFor, identifiers, removeInterface, showInterfaces } from './network';
import { selected } from './reading';
import type { InterfaceRecord, SecurityGroupRecord, SubnetRecord } from './state';
import { refuseManaged, refuseUnmodelled, told } from './volumes';

const subnetFilters: Filters<SubnetRecord> = {
  'subnet-id': plain(each => each.SubnetId), 'vpc-id': plain(each => each.VpcId), 'availability-zone': plain(each => each.AvailabilityZone),
  'availability-zone-id': plain(each => each.AvailabilityZoneId), 'cidr-block': plain(each => each.CidrBlock), 'state': plain(each => each.State),
  'default-for-az': plain(each => each.DefaultForAz), 'owner-id': plain(each => each.OwnerId), 'outpost-arn': plain(each => each.OutpostArn),
  'available-ip-address-count': plain(each => each.AvailableIpAddressCount), 'map-public-ip-on-launch': plain(each => each.MapPublicIpOnLaunch),
};

export function describeSubnets(input: DescribeSubnetsRequest, { account }: Call): DescribeSubnetsResult {
  const records = selected(account, account.ec2.subnets, { kind: 'subnet', ids: input.SubnetIds, maxResults: input.MaxResults });
  const { page, NextToken } = paginate(filtered(records, input.Filters, subnetFilters), subnet => subnet.SubnetId, input);
  return { Subnets: page.map(subnet => told(subnet)), NextToken };
}

const groupFilters: Filters<SecurityGroupRecord> = {
  'group-id': plain(each => each.GroupId), 'group-name': plain(each => each.GroupName), 'vpc-id': plain(each => each.VpcId),
  'description': plain(each => each.Description), 'owner-id': plain(each => each.OwnerId),
};

export function describeSecurityGroups(input: DescribeSecurityGroupsRequest, { account }: Call): DescribeSecurityGroupsResult {
  const records = selected(account, account.ec2.securityGroups, {
    kind: 'securityGroup', ids: input.GroupIds, maxResults: input.MaxResults, createdAt: id => account.ec2.groupsMadeAt.get(id),
  });
  for (const name of input.GroupNames ?? []) {
    if (!records.some(group => group.GroupName === name)) throw notFound('securityGroup', name);
  }
  const named = records.filter(group => !input.GroupNames || input.GroupNames.includes(group.GroupName));
  const { page, NextToken } = paginate(filtered(named, input.Filters, groupFilters), group => group.GroupId, input);
  return { SecurityGroups: page.map(group => told(group)), NextToken };
}

const keyPairFilters: Filters<KeyPairInfo> = {
  'key-name': plain(each => each.KeyName), 'key-pair-id': plain(each => each.KeyPairId), 'fingerprint': plain(each => each.KeyFingerprint),
};

export function describeKeyPairs(input: DescribeKeyPairsRequest, { account }: Call): DescribeKeyPairsResult {
  const all = [...account.ec2.keyPairs.values()];
  for (const name of input.KeyNames ?? []) if (!account.ec2.keyPairs.has(name)) throw notFound('keyPair', name);
  for (const id of input.KeyPairIds ?? []) {
    if (!all.some(pair => pair.KeyPairId === id)) throw new AwsError('InvalidKeyPair.NotFound', `The key pair ID '${id}' does not exist`);
  }
  const named = all.filter(pair => (!input.KeyNames || input.KeyNames.includes(pair.KeyName!))
    && (!input.KeyPairIds || input.KeyPairIds.includes(pair.KeyPairId!)));
  return {
    KeyPairs: filtered(named, input.Filters, keyPairFilters)
      .map(pair => told(input.IncludePublicKey ? pair : { ...pair, PublicKey: undefined })),
  };
}

const placementGroupFilters: Filters<PlacementGroup> = {
  'group-name': plain(each => each.GroupName), 'state': plain(each => each.State), 'strategy': plain(each => each.Strategy),
  'group-arn': plain(each => each.GroupArn), 'spread-level': plain(each => each.SpreadLevel),
};

export function describePlacementGroups(input: DescribePlacementGroupsRequest, { account }: Call): DescribePlacementGroupsResult {
  const all = [...account.ec2.placementGroups.values()];
  for (const name of input.GroupNames ?? []) if (!all.some(group => group.GroupName === name)) throw notFound('placementGroup', name);
  for (const id of input.GroupIds ?? []) {
    if (!all.some(group => group.GroupId === id)) throw new AwsError('InvalidPlacementGroupId.Malformed', `Invalid placement group id '${id}'`);
  }
  const named = all.filter(group => (!input.GroupNames || input.GroupNames.includes(group.GroupName!))
    && (!input.GroupIds || input.GroupIds.includes(group.GroupId!)));
  return { PlacementGroups: filtered(named, input.Filters, placementGroupFilters).map(group => told(group)) };
}

const addressFilters: Filters<Address> = {
  'allocation-id': plain(each => each.AllocationId), 'association-id': plain(each => each.AssociationId), 'instance-id': plain(each => each.InstanceId),
  'network-interface-id': plain(each => each.NetworkInterfaceId), 'public-ip': plain(each => each.PublicIp), 'domain': plain(each => each.Domain),
  'private-ip-address': plain(each => each.PrivateIpAddress),
};

export function describeAddresses(input: DescribeAddressesRequest, { account }: Call): DescribeAddressesResult {
  const records = selected(account, account.ec2.addresses, { kind: 'address', ids: input.AllocationIds });
  for (const ip of input.PublicIps ?? []) {
    if (!records.some(address => address.PublicIp === ip)) throw new AwsError('InvalidAddress.NotFound', `Address '${ip}' not found.`);
  }
  const named = records.filter(address => !input.PublicIps || input.PublicIps.includes(address.PublicIp!));
  return { Addresses: filtered(named, input.Filters, addressFilters).map(address => told(address)) };
}

const interfaceFilters: Filters<InterfaceRecord> = {
  'network-interface-id': plain(each => each.NetworkInterfaceId), 'status': plain(each => each.Status), 'subnet-id': plain(each => each.SubnetId),
  'vpc-id': plain(each => each.VpcId), 'availability-zone': plain(each => each.AvailabilityZone), 'description': plain(each => each.Description),
  'interface-type': plain(each => each.InterfaceType), 'owner-id': plain(each => each.OwnerId), 'mac-address': plain(each => each.MacAddress),
  'requester-managed': plain(each => each.RequesterManaged), 'source-dest-check': plain(each => each.SourceDestCheck),
  'private-ip-address': plain(each => each.PrivateIpAddress), 'private-dns-name': plain(each => each.PrivateDnsName),
  'addresses.private-ip-address': each => each.PrivateIpAddresses.map(address => address.PrivateIpAddress),
  'group-id': each => (each.Groups ?? []).map(group => group.GroupId), 'group-name': each => (each.Groups ?? []).map(group => group.GroupName),
  'attachment.instance-id': plain(each => each.Attachment?.InstanceId), 'attachment.attachment-id': plain(each => each.Attachment?.AttachmentId),
  'attachment.device-index': plain(each => each.Attachment?.DeviceIndex), 'attachment.status': plain(each => each.Attachment?.Status),
  'attachment.delete-on-termination': plain(each => each.Attachment?.DeleteOnTermination), 'operator.managed': plain(each => each.Operator?.Managed ?? false),
};

export function describeNetworkInterfaces(input: DescribeNetworkInterfacesRequest, { account }: Call): DescribeNetworkInterfacesResult {
  wellFormed(input.NetworkInterfaceIds, 'eni', 'InvalidNetworkInterfaceId.Malformed');
  const records = selected(account, account.ec2.networkInterfaces, {
    kind: 'networkInterface', ids: input.NetworkInterfaceIds, maxResults: input.MaxResults,
    createdAt: id => Number(account.ec2.networkInterfaces.get(id)?.Attachment?.AttachTime ?? 0),
  });
  const { page, NextToken } = paginate(filtered(records, input.Filters, interfaceFilters), each => each.NetworkInterfaceId, input);
  return { NetworkInterfaces: page.map(each => each), NextToken };
}

export function modifyNetworkInterfaceAttribute(input: ModifyNetworkInterfaceAttributeRequest, { account }: Call): object {
  const ec2 = account.ec2;
  const record = existing(ec2.networkInterfaces, 'networkInterface', input.NetworkInterfaceId);
  refuseManaged(record);
  for (const parameter of ['EnaSrdSpecification', 'EnablePrimaryIpv6', 'AssociatePublicIpAddress', 'AssociatedSubnetIds'] as const) {
    refuseUnmodelled(input[parameter], parameter);
  }
  const given = [input.Description, input.SourceDestCheck, input.Groups, input.Attachment, input.ConnectionTrackingSpecification]
    .filter(each => each !== undefined);
  // one attribute at a time (doc comment of ModifyNetworkInterfaceAttributeCommand)
  if (given.length !== 1) {
    throw new AwsError('InvalidParameterCombination', given.length === 0 ? 'No attributes specified.' : 'Fields for multiple attribute types specified');
  }
  if (input.Description) {
    checkDescription(input.Description.Value);
    record.Description = input.Description.Value;
  }
  if (input.SourceDestCheck) record.SourceDestCheck = input.SourceDestCheck.Value;
  if (input.Groups) checkGroupsPerInterface(ec2, input.Groups);
  if (input.Groups) record.Groups = identifiers(groupsFor(ec2, existing(ec2.subnets, 'subnet', record.SubnetId), input.Groups));
  if (input.ConnectionTrackingSpecification) record.ConnectionTrackingConfiguration = input.ConnectionTrackingSpecification;
  if (input.Attachment) {
    if (input.Attachment.AttachmentId !== record.Attachment?.AttachmentId) {
      throw new AwsError('InvalidAttachmentID.NotFound', `The attachment ID '${input.Attachment.AttachmentId}' does not exist`);
    }
    if (record.Attachment) record.Attachment.DeleteOnTermination = input.Attachment.DeleteOnTermination ?? record.Attachment.DeleteOnTermination;
  }
  const instance = ec2.instances.get(record.Attachment?.InstanceId ?? '');
  if (instance) showInterfaces(ec2, instance);
  return {};
}

export function deleteNetworkInterface(input: DeleteNetworkInterfaceRequest, { account }: Call): object {
  const record = existing(account.ec2.networkInterfaces, 'networkInterface', input.NetworkInterfaceId);
  refuseManaged(record);
  if (record.Attachment) {
    throw new AwsError('InvalidParameterValue', `Network interface '${record.NetworkInterfaceId}' is currently in use.`);
  }
  removeInterface(account.ec2, record);
  return {};
}
