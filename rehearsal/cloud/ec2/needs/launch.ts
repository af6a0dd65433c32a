import type { BlockDeviceMapping, RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { ConditionContext, Need } from '../../../iam/need';
import type { Account } from '../../account';
import { defaultSubnet } from '../default-network';
import { existing, notFound } from '../errors';
import { namedProfile } from '../launch-checks';
import { groupsFor } from '../network';
import type { ImageRecord, SecurityGroupRecord, SubnetRecord } from '../state';
import { arnOf, filled, future, image, need, networkInterface, securityGroup, snapshot, subnet } from './contexts';
import { passRole } from './isolation';
import { taggingNeeds, tagsGiven } from './tagging';

/**
 * RunInstances is one decision per resource (EC2 user guide, "Example policies to control access the Amazon EC2 API: Launch
 * instances"): image, subnet, each security group, key pair, placement group, and what will be made: instance, volumes,
 * interfaces; snapshots that the request itself names; iam:PassRole for the profile's role.
 */
export function runInstancesNeeds(input: RunInstancesRequest, account: Account): Need[] {
  const source = existing(account.ec2.images, 'image', input.ImageId);
  const places = placesOf(account, input);
  const zone = places[0]!.subnet.AvailabilityZone;
  const run = (subject: Parameters<typeof need>[2]) => need(account, 'RunInstances', subject);
  return [
    run(image(account, source.ImageId)),
    run(future(account, 'instance', { ...instanceKeys(account, input, source, zone), ...tagsGiven(input.TagSpecifications, 'instance') })),
    ...volumesOf(account, input, source, zone).map(keys => run(future(account, 'volume', { ...keys, ...tagsGiven(input.TagSpecifications, 'volume') }))),
    ...places.flatMap(place => [
      run(place.existing === undefined
        ? future(account, 'network-interface', { ...interfaceKeys(account, place), ...tagsGiven(input.TagSpecifications, 'network-interface') })
        : withoutTags(networkInterface(account, place.existing))),
      run(subnet(account, place.subnet)),
      ...place.groups.map(group => run(securityGroup(account, group))),
    ]),
    ...(input.BlockDeviceMappings ?? []).flatMap(each => each.Ebs?.SnapshotId ?? []).map(id => run(snapshot(account, id))),
    ...input.KeyName === undefined ? [] : [run(keyPair(account, input.KeyName))],
    ...placementGroups(account, input).map(run),
    ...managedElsewhere(input).map(resource => ({ action: 'ec2:RunInstances', resource, context: { 'ec2:Region': account.region } })),
    ...passRole(account, input.IamInstanceProfile),
    ...taggingNeeds(account, 'RunInstances', input.TagSpecifications, ['instance', 'volume', 'network-interface']),
  ];
}

/** Resource types of other services that RunInstances is decided on, too (Service Authorization Reference: `license-configuration*`, `group*`). */
function managedElsewhere({ LicenseSpecifications = [], Placement }: RunInstancesRequest): string[] {
  return [...LicenseSpecifications.map(({ LicenseConfigurationArn }) => LicenseConfigurationArn), Placement?.HostResourceGroupArn]
    .filter(arn => arn !== undefined);
}

interface Place {
  readonly subnet: SubnetRecord;
  readonly groups: readonly SecurityGroupRecord[];
  readonly existing?: string;
  readonly publicAddress?: boolean;
}

function placesOf(account: Account, input: RunInstancesRequest): Place[] {
  const { ec2 } = account;
  const at = (id: string | undefined) => id === undefined ? defaultSubnet(ec2, input.Placement?.AvailabilityZone) : existing(ec2.subnets, 'subnet', id);
  const specs = input.NetworkInterfaces?.length ? input.NetworkInterfaces
    : [{ SubnetId: input.SubnetId, Groups: input.SecurityGroupIds, NetworkInterfaceId: undefined, AssociatePublicIpAddress: undefined }];
  return specs.map(spec => {
    if (spec.NetworkInterfaceId !== undefined) {
      const record = existing(ec2.networkInterfaces, 'networkInterface', spec.NetworkInterfaceId);
      return { subnet: at(record.SubnetId), groups: [], existing: record.NetworkInterfaceId };
    }
    const place = at(spec.SubnetId);
    return { subnet: place, groups: groupsFor(ec2, place, spec.Groups), publicAddress: spec.AssociatePublicIpAddress };
  });
}

function instanceKeys(account: Account, input: RunInstancesRequest, source: ImageRecord, zone: string): ConditionContext {
  const metadata = input.MetadataOptions;
  return filled({
    'ec2:AvailabilityZone': zone, 'ec2:InstanceType': input.InstanceType ?? 'm1.small', 'ec2:EbsOptimized': input.EbsOptimized,
    'ec2:InstanceMarketType': 'on-demand', 'ec2:InstanceProfile': namedProfile(account.ec2, input.IamInstanceProfile)?.Arn,
    'ec2:RootDeviceType': source.RootDeviceType, 'ec2:Tenancy': input.Placement?.Tenancy ?? 'default',
    'ec2:PlacementGroup': input.Placement?.GroupName && account.arn('ec2', `placement-group/${input.Placement.GroupName}`),
    'ec2:MetadataHttpTokens': metadata?.HttpTokens, 'ec2:MetadataHttpEndpoint': metadata?.HttpEndpoint,
    'ec2:MetadataHttpPutResponseHopLimit': metadata?.HttpPutResponseHopLimit, 'ec2:InstanceMetadataTags': metadata?.InstanceMetadataTags,
    'ec2:IsLaunchTemplateResource': false,
  });
}

function volumesOf(account: Account, input: RunInstancesRequest, source: ImageRecord, zone: string): ConditionContext[] {
  const devices = new Map<string | undefined, BlockDeviceMapping>(source.BlockDeviceMappings.map(each => [each.DeviceName, each]));
  for (const each of input.BlockDeviceMappings ?? []) {
    if (each.NoDevice !== undefined) devices.delete(each.DeviceName);
    else devices.set(each.DeviceName, { ...each, Ebs: each.Ebs && { ...devices.get(each.DeviceName)?.Ebs, ...each.Ebs } });
  }
  return [...devices.values()].flatMap(({ Ebs: ebs }) => ebs ? [filled({
    'ec2:AvailabilityZone': zone, 'ec2:VolumeSize': ebs.VolumeSize ?? account.ec2.snapshots.get(ebs.SnapshotId ?? '')?.VolumeSize,
    'ec2:VolumeType': ebs.VolumeType ?? 'gp2', 'ec2:VolumeIops': ebs.Iops, 'ec2:VolumeThroughput': ebs.Throughput,
    'ec2:Encrypted': ebs.Encrypted ?? account.ec2.snapshots.get(ebs.SnapshotId ?? '')?.Encrypted ?? account.ec2.encryptionByDefault,
    'ec2:ParentSnapshot': ebs.SnapshotId && arnOf(account, 'snapshot', ebs.SnapshotId), 'ec2:VolumeInitializationRate': ebs.VolumeInitializationRate,
  })] : []);
}

function interfaceKeys(account: Account, place: Place): ConditionContext {
  return filled({
    'ec2:AvailabilityZone': place.subnet.AvailabilityZone, 'ec2:Subnet': account.arn('ec2', `subnet/${place.subnet.SubnetId}`),
    'ec2:Vpc': account.arn('ec2', `vpc/${place.subnet.VpcId}`), 'ec2:AssociatePublicIpAddress': place.publicAddress,
  });
}

/** RunInstances fills no tags of an existing interface (Service Authorization Reference). */
function withoutTags(subject: ReturnType<typeof networkInterface>): ReturnType<typeof networkInterface> {
  return { ...subject, context: Object.fromEntries(Object.entries(subject.context).filter(([key]) => !key.includes('ResourceTag/'))) };
}

function keyPair(account: Account, name: string) {
  const record = account.ec2.keyPairs.get(name);
  if (!record) throw notFound('keyPair', name);
  return { kind: 'key-pair' as const, arn: arnOf(account, 'key-pair', name), context: filled({ 'ec2:KeyPairName': name, 'ec2:KeyPairType': record.KeyType }) };
}

function placementGroups(account: Account, { Placement: placement }: RunInstancesRequest) {
  const group = [...account.ec2.placementGroups.values()].find(each => each.GroupName !== undefined && each.GroupName === placement?.GroupName
    || each.GroupId !== undefined && each.GroupId === placement?.GroupId);
  if (!group) return [];
  return [{
    kind: 'placement-group' as const, arn: arnOf(account, 'placement-group', group.GroupName!),
    context: filled({ 'ec2:PlacementGroupName': group.GroupName, 'ec2:PlacementGroupStrategy': group.Strategy }),
  }];
}
