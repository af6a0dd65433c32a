import type { Operation } from '../service';
import {
  describeAccountAttributes, describeInstanceTypeOfferings, describeInstanceTypes, getEbsDefaultKmsKeyId, getEbsEncryptionByDefault,
} from './account-settings';
import { copyVolumes } from './copy-volumes';
import {
  deleteNetworkInterface, describeAddresses, describeKeyPairs, describeNetworkInterfaces, describePlacementGroups, describeSecurityGroups, describeSubnets,
  modifyNetworkInterfaceAttribute,
} from './describe-network';
import { createImage, deregisterImage, describeImages } from './images';
import {
  describeInstanceAttribute, describeInstanceCreditSpecifications, getInstanceUefiData, modifyInstanceAttribute, modifyInstanceMetadataOptions,
} from './instance-attributes';
import { describeInstanceStatus } from './instance-status';
import { describeInstances, startInstances, stopInstances, terminateInstances } from './instances';
import { registerImage } from './make-image';
import { createReplaceRootVolumeTask, describeReplaceRootVolumeTasks } from './replace-root';
import { runInstances } from './run-instances';
import { createSnapshot, createSnapshots, deleteSnapshot, describeSnapshots } from './snapshots';
import { createTags, deleteTags, describeTags } from './tags';
import { describeVolumeStatus } from './volume-status';
import { attachVolume, createVolume, deleteVolume, describeVolumes, detachVolume } from './volumes';
import { describeAvailabilityZones } from './zones';

/** The operations of EC2 and EBS that the rehearsal knows. */
export const operations: Readonly<Record<string, Operation>> = {
  AttachVolume: attachVolume,
  CopyVolumes: copyVolumes,
  CreateImage: createImage,
  CreateReplaceRootVolumeTask: createReplaceRootVolumeTask,
  CreateSnapshot: createSnapshot,
  CreateSnapshots: createSnapshots,
  CreateTags: createTags,
  CreateVolume: createVolume,
  DeleteNetworkInterface: deleteNetworkInterface,
  DeleteSnapshot: deleteSnapshot,
  DeleteTags: deleteTags,
  DeleteVolume: deleteVolume,
  DeregisterImage: deregisterImage,
  DescribeAccountAttributes: describeAccountAttributes,
  DescribeAddresses: describeAddresses,
  DescribeAvailabilityZones: describeAvailabilityZones,
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
  DetachVolume: detachVolume,
  GetEbsDefaultKmsKeyId: getEbsDefaultKmsKeyId,
  GetEbsEncryptionByDefault: getEbsEncryptionByDefault,
  GetInstanceUefiData: getInstanceUefiData,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  ModifyInstanceMetadataOptions: modifyInstanceMetadataOptions,
  ModifyNetworkInterfaceAttribute: modifyNetworkInterfaceAttribute,
  RegisterImage: registerImage,
  RunInstances: runInstances,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  TerminateInstances: terminateInstances,
};
