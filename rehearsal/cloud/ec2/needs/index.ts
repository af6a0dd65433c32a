import type { ModifyInstanceAttributeRequest, ModifyInstanceMetadataOptionsRequest, ModifyNetworkInterfaceAttributeRequest } from '@aws-sdk/client-ec2';
import type { Need } from '../../../iam/need';
import type { Account } from '../../account';
import type { Needs } from '../../service';
import { mappingOf } from '../attachments';
import { allExisting, existing } from '../errors';
import { associateAddressNeeds, disassociateAddressNeeds } from './addresses';
import { instance, need, networkInterface, securityGroup, volume } from './contexts';
import { createSecurityGroupNeeds, disassociateProfileNeeds, onSecurityGroup, replaceProfileNeeds } from './isolation';
import { runInstancesNeeds } from './launch';
import {
  attachVolumeNeeds, copySnapshotNeeds, copyVolumesNeeds, createImageNeeds, createReplaceRootVolumeTaskNeeds, createSnapshotNeeds, createSnapshotsNeeds,
  createVolumeNeeds, deleteSnapshotNeeds, deleteVolumeNeeds, modifySnapshotAttributeNeeds,
  deregisterImageNeeds, detachVolumeNeeds, registerImageNeeds,
} from './storage';
import { createTagsNeeds, deleteTagsNeeds } from './tagging';

/** Reading calls know no resources (Service Authorization Reference, "Actions defined by Amazon EC2"). */
function reading(action: string): Needs {
  return (_input: object, account: Account) => [{ action: `ec2:${action}`, resource: '*', context: { 'ec2:Region': account.region } }];
}

function onInstance(action: string): Needs {
  return (input: { InstanceId?: string }, account: Account) => [need(account, action, instance(account, input.InstanceId))];
}

/** One decision per instance. */
function onInstances(action: string): Needs {
  return (input: { InstanceIds?: string[] }, account: Account) => allExisting(account.ec2.instances, 'instance', input.InstanceIds ?? [])
    .map(({ InstanceId }) => need(account, action, instance(account, InstanceId)));
}

/** The attribute that a modifying call is about, as keys: `ec2:Attribute` and, for plain values, `ec2:Attribute/<name>`. */
function attributeKeys(input: object): Record<string, string> {
  const changed = Object.entries(input).filter(([name, value]) => value !== undefined && !['InstanceId', 'NetworkInterfaceId', 'DryRun'].includes(name));
  return Object.fromEntries(changed.flatMap(([name, value]: [string, unknown]) => {
    const plain = typeof value === 'object' && value !== null && 'Value' in value ? value.Value : value;
    const own = ['string', 'number', 'boolean'].includes(typeof plain) ? [[`ec2:Attribute/${name}`, String(plain)]] : [];
    return [['ec2:Attribute', name], ...own];
  }));
}

function modifyInstanceAttributeNeeds(input: ModifyInstanceAttributeRequest, account: Account): Need[] {
  const record = existing(account.ec2.instances, 'instance', input.InstanceId);
  const volumes = (input.BlockDeviceMappings ?? []).flatMap(({ DeviceName: device }) =>
    [...account.ec2.volumes.values()].filter(each => mappingOf(record, each.VolumeId)?.DeviceName === device));
  return [
    need(account, 'ModifyInstanceAttribute', instance(account, input.InstanceId), attributeKeys(input)),
    ...volumes.map(each => need(account, 'ModifyInstanceAttribute', volume(account, each.VolumeId))),
    ...groups(account, 'ModifyInstanceAttribute', input.Groups),
  ];
}

function modifyNetworkInterfaceAttributeNeeds(input: ModifyNetworkInterfaceAttributeRequest, account: Account): Need[] {
  return [
    need(account, 'ModifyNetworkInterfaceAttribute', networkInterface(account, input.NetworkInterfaceId), attributeKeys(input)),
    ...groups(account, 'ModifyNetworkInterfaceAttribute', input.Groups),
  ];
}

function groups(account: Account, action: string, ids: readonly string[] | undefined): Need[] {
  return (ids ?? []).map(id => need(account, action, securityGroup(account, existing(account.ec2.securityGroups, 'securityGroup', id))));
}

const readings = [
  'DescribeAccountAttributes', 'DescribeAddresses', 'DescribeAvailabilityZones', 'DescribeIamInstanceProfileAssociations', 'DescribeImages',
  'DescribeInstanceCreditSpecifications',
  'DescribeInstances', 'DescribeInstanceStatus', 'DescribeInstanceTypeOfferings', 'DescribeInstanceTypes', 'DescribeKeyPairs', 'DescribeNetworkInterfaces',
  'DescribePlacementGroups', 'DescribeReplaceRootVolumeTasks', 'DescribeSecurityGroups', 'DescribeSnapshots', 'DescribeSubnets', 'DescribeTags',
  'DescribeVolumes', 'DescribeVolumeStatus', 'DescribeVpcEndpoints',
  'GetEbsDefaultKmsKeyId', 'GetEbsEncryptionByDefault',
];

/**
 * What each operation must be allowed to do: one decision per resource, with the condition keys that the Service
 * Authorization Reference ("Actions, resources, and condition keys for Amazon EC2") lists for that action and resource.
 * A resource that does not exist is told before any permission is asked (unverified against AWS).
 */
export const needs: Readonly<Record<string, Needs>> = {
  ...Object.fromEntries(readings.map(action => [action, reading(action)])),
  AssociateAddress: associateAddressNeeds,
  AttachVolume: attachVolumeNeeds,
  AuthorizeSecurityGroupEgress: onSecurityGroup('AuthorizeSecurityGroupEgress'),
  CreateImage: createImageNeeds,
  CreateSecurityGroup: createSecurityGroupNeeds,
  CopySnapshot: copySnapshotNeeds,
  CopyVolumes: copyVolumesNeeds,
  CreateReplaceRootVolumeTask: createReplaceRootVolumeTaskNeeds,
  CreateSnapshot: createSnapshotNeeds,
  CreateSnapshots: createSnapshotsNeeds,
  CreateTags: createTagsNeeds,
  CreateVolume: createVolumeNeeds,
  DeleteNetworkInterface: (input: { NetworkInterfaceId?: string }, account: Account) =>
    [need(account, 'DeleteNetworkInterface', networkInterface(account, input.NetworkInterfaceId))],
  DeleteSecurityGroup: onSecurityGroup('DeleteSecurityGroup'),
  DeleteSnapshot: deleteSnapshotNeeds,
  DeleteTags: deleteTagsNeeds,
  DeleteVolume: deleteVolumeNeeds,
  DeregisterImage: deregisterImageNeeds,
  DescribeInstanceAttribute: onInstance('DescribeInstanceAttribute'),
  DetachVolume: detachVolumeNeeds,
  DisassociateAddress: disassociateAddressNeeds,
  DisassociateIamInstanceProfile: disassociateProfileNeeds,
  GetInstanceUefiData: onInstance('GetInstanceUefiData'),
  ModifyInstanceAttribute: modifyInstanceAttributeNeeds,
  ModifyInstanceMetadataOptions: (input: ModifyInstanceMetadataOptionsRequest, account: Account) =>
    [need(account, 'ModifyInstanceMetadataOptions', instance(account, input.InstanceId), attributeKeys(input))],
  ModifyNetworkInterfaceAttribute: modifyNetworkInterfaceAttributeNeeds,
  ModifySnapshotAttribute: modifySnapshotAttributeNeeds,
  RebootInstances: onInstances('RebootInstances'),
  RegisterImage: registerImageNeeds,
  ReplaceIamInstanceProfileAssociation: replaceProfileNeeds,
  RevokeSecurityGroupEgress: onSecurityGroup('RevokeSecurityGroupEgress'),
  RunInstances: runInstancesNeeds,
  StartInstances: onInstances('StartInstances'),
  StopInstances: onInstances('StopInstances'),
  TerminateInstances: onInstances('TerminateInstances'),
};
