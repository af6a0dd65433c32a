import type { Operation } from '../service';
import {
  describeAccountAttributes, describeInstanceTypeOfferings, describeInstanceTypes, getEbsDefaultKmsKeyId, getEbsEncryptionByDefault,
} from './account-settings';
import { copySnapshot } from './copy-snapshot';
import { copyVolumes } from './copy-volumes';
import {
  deleteNetworkInterface, describeAddresses, describeKeyPairs, describeNetworkInterfaces, describePlacementGroups, describeSecurityGroups, describeSubnets,
  modifyNetworkInterfaceAttribute,
} from './describe-network';
import { associateAddress, disassociateAddress } from './elastic-addresses';
import { createImage, deregisterImage, describeImages } from './images';
import {
  describeInstanceAttribute, describeInstanceCreditSpecifications, getInstanceUefiData, modifyInstanceAttribute, modifyInstanceMetadataOptions,
} from './instance-attributes';
import { describeInstanceStatus } from './instance-status';
import { describeInstances, rebootInstances, startInstances, stopInstances, terminateInstances } from './instances';
import { registerImage } from './make-image';
import {
  describeIamInstanceProfileAssociations, disassociateIamInstanceProfile, replaceIamInstanceProfileAssociation,
} from './profile-associations';
import { createReplaceRootVolumeTask, describeReplaceRootVolumeTasks } from './replace-root';
import { runInstances } from './run-instances';
import { authorizeSecurityGroupEgress, createSecurityGroup, deleteSecurityGroup, revokeSecurityGroupEgress } from './security-groups';
import { modifySnapshotAttribute } from './share-snapshots';
import { createSnapshot, createSnapshots, deleteSnapshot, describeSnapshots } from './snapshots';
import { createTags, deleteTags, describeTags } from './tags';
import { describeVolumeStatus } from './volume-status';
import { describeVpcEndpoints } from './vpc-endpoints';
import { attachVolume, createVolume, deleteVolume, describeVolumes, detachVolume } from './volumes';
import { describeAvailabilityZones } from './zones';

/** The operations of EC2 and EBS that the rehearsal knows. */
export const operations: Readonly<Record<string, Operation>> = {
  AssociateAddress: associateAddress,
  AttachVolume: attachVolume,
  AuthorizeSecurityGroupEgress: authorizeSecurityGroupEgress,
  CreateImage: createImage,
  CreateSecurityGroup: createSecurityGroup,
  CopySnapshot: copySnapshot,
  CopyVolumes: copyVolumes,
  CreateReplaceRootVolumeTask: createReplaceRootVolumeTask,
  CreateSnapshot: createSnapshot,
  CreateSnapshots: createSnapshots,
  CreateTags: createTags,
  CreateVolume: createVolume,
  DeleteNetworkInterface: deleteNetworkInterface,
  DeleteSecurityGroup: deleteSecurityGroup,
  DeleteSnapshot: deleteSnapshot,
  DeleteTags: deleteTags,
  DeleteVolume: deleteVolume,
  DeregisterImage: deregisterImage,
  DescribeAccountAttributes: describeAccountAttributes,
  DescribeAddresses: describeAddresses,
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeIamInstanceProfileAssociations: describeIamInstanceProfileAssociations,
  DescribeImages: describeImages,
  DescribeInstanceAttribute: describeInstanceAttribute,
  DescribeInstanceCreditSpecifications: describeInstanceCreditSpecifications,
  DescribeInstances: describeInstances,
  DescribeInstanceStatus: describeInstanceStatus,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeKeyPairs: describeKeyPairs,
  DescribeNetworkInterfaces: describeNetworkInterfaces,
  DescribePlacementGroups: describePlacementGroups,
  DescribeReplaceRootVolumeTasks: describeReplaceRootVolumeTasks,
  DescribeSecurityGroups: describeSecurityGroups,
  DescribeSnapshots: describeSnapshots,
  DescribeSubnets: describeSubnets,
  DescribeTags: describeTags,
  DescribeVolumes: describeVolumes,
  DescribeVolumeStatus: describeVolumeStatus,
  DescribeVpcEndpoints: describeVpcEndpoints,
  DetachVolume: detachVolume,
  DisassociateAddress: disassociateAddress,
  DisassociateIamInstanceProfile: disassociateIamInstanceProfile,
  GetEbsDefaultKmsKeyId: getEbsDefaultKmsKeyId,
  GetEbsEncryptionByDefault: getEbsEncryptionByDefault,
  GetInstanceUefiData: getInstanceUefiData,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  ModifyInstanceMetadataOptions: modifyInstanceMetadataOptions,
  ModifyNetworkInterfaceAttribute: modifyNetworkInterfaceAttribute,
  ModifySnapshotAttribute: modifySnapshotAttribute,
  RebootInstances: rebootInstances,
  RegisterImage: registerImage,
  ReplaceIamInstanceProfileAssociation: replaceIamInstanceProfileAssociation,
  RevokeSecurityGroupEgress: revokeSecurityGroupEgress,
  RunInstances: runInstances,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  TerminateInstances: terminateInstances,
};
