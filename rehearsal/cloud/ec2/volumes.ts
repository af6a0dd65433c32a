import type {
  AttachVolumeRequest, CreateVolumeRequest, DeleteVolumeRequest, DescribeVolumesRequest, DescribeVolumesResult, DetachVolumeRequest, Volume,
  VolumeAttachment,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { attach, attached, attachmentOf, detach, isRoot, mappingOf } from './attachments';
import { checkKey, checkUsable } from './edge/snapshot-places';
import { checkConnected, checkVolumesAt, encryptedAt, type Place, placeOfInstance, placeOfVolume, samePlace, siteAt } from './edge/site';
import { encryptionOf } from './encryption';
import { existing, invalidCombination, invalidValue, notFound, required, wellFormed } from './errors';
import { filtered, plain, type Filters } from './filters';
import { typeInfo } from './instance-types';
import { checkInitializationRate, checkStorage, volumeShape } from './limits';
import { finishCreation, makeVolume, removeVolume, tellInitialization } from './make-volume';
import { selected } from './reading';
import type { Ec2, InstanceRecord, VolumeRecord } from './state';
import { checkSpecifications, specifiedTags } from './tags';
import { allZones, zoneName } from './zones';

export function createVolume(input: CreateVolumeRequest, call: Call): Volume {
  const ec2 = call.account.ec2;
  refuseUnmodelled(input.Operator, 'Operator');
  checkSpecifications(ec2, input.TagSpecifications, ['volume']);
  const zone = required(zoneName(ec2, input.AvailabilityZone, input.AvailabilityZoneId), 'AvailabilityZone');
  if (!allZones(ec2).some(each => each.name === zone)) {
    throw new AwsError('InvalidZone.NotFound', `The zone '${zone}' does not exist.`);
  }
  const place = placeAsked(ec2, zone, input.OutpostArn);
  const site = siteAt(ec2, place);
  checkConnected(site);
  const snapshot = input.SnapshotId === undefined ? undefined : existing(ec2.snapshots, 'snapshot', input.SnapshotId);
  if (snapshot && snapshot.State !== 'completed') {
    throw new AwsError('IncorrectState', `Snapshot is in invalid state - ${snapshot.State}`);
  }
  checkUsable(snapshot, place);
  const size = input.Size ?? snapshot?.VolumeSize;
  if (size === undefined) throw new AwsError('MissingParameter', 'The request must contain the parameter size/snapshot');
  if (snapshot && size < snapshot.VolumeSize) {
    throw invalidValue(`The specified size '${size}' is smaller than the snapshot size of '${snapshot.VolumeSize}'`);
  }
  const shape = volumeShape({ type: input.VolumeType ?? 'gp2', size, iops: input.Iops, throughput: input.Throughput });
  if (input.MultiAttachEnabled && shape.type !== 'io1' && shape.type !== 'io2') {
    throw invalidCombination(`The parameter multiAttachEnabled is not supported for ${shape.type} volumes.`);
  }
  checkStorage(ec2, shape.type, shape.size);
  checkInitializationRate(ec2, input.VolumeInitializationRate, input.SnapshotId);
  checkVolumesAt(ec2, site, [{ ...shape, multiAttach: input.MultiAttachEnabled, initializationRate: input.VolumeInitializationRate }]);
  const encryption = encryptionOf(ec2, { encrypted: encryptedAt(site, input.Encrypted), kmsKeyId: input.KmsKeyId, snapshot, call });
  checkKey(snapshot, encryption.KmsKeyId);
  const volume = makeVolume(ec2, {
    shape, place, encryption, snapshot, initializationRate: input.VolumeInitializationRate, multiAttach: input.MultiAttachEnabled,
    tags: specifiedTags(input.TagSpecifications, 'volume'),
  });
  finishCreation(ec2, volume, encryption);
  tellInitialization(ec2, volume);
  return { ...volume, Attachments: undefined };
}

/** A volume on an Outpost is made with the Outpost's ARN and in its zone (SDK, CreateVolumeRequest.OutpostArn; the codes are unverified against AWS). */
function placeAsked(ec2: Ec2, zone: string, outpostArn: string | undefined): Place {
  if (outpostArn === undefined) return { zone };
  const rack = ec2.account.outposts.racks.get(outpostArn);
  if (!rack) throw new AwsError('InvalidOutpostArn.NotFound', `The Outpost '${outpostArn}' does not exist.`);
  if (rack.zone !== zone) throw invalidValue(`The Outpost '${outpostArn}' is not in the availability zone '${zone}'.`);
  return { zone, outpostArn };
}

export function deleteVolume(input: DeleteVolumeRequest, { account }: Call): object {
  const volume = existing(account.ec2.volumes, 'volume', input.VolumeId);
  const attachment = volume.Attachments[0];
  if (attachment) {
    throw new AwsError('VolumeInUse', `Volume ${volume.VolumeId} is currently attached to ${attachment.InstanceId}`);
  }
  if (volume.State === 'deleting') throw notFound('volume', volume.VolumeId);
  checkConnected(siteAt(account.ec2, placeOfVolume(volume)));
  removeVolume(account.ec2, volume);
  return {};
}

export function attachVolume(input: AttachVolumeRequest, { account }: Call): VolumeAttachment {
  const ec2 = account.ec2;
  const volume = existing(ec2.volumes, 'volume', input.VolumeId);
  const instance = existing(ec2.instances, 'instance', input.InstanceId);
  const device = required(input.Device, 'device');
  refuseManaged(volume, instance);
  if (attachmentOf(volume, instance.InstanceId) || volume.Attachments.length > 0 && !volume.MultiAttachEnabled) {
    throw new AwsError('VolumeInUse', `${volume.VolumeId} is already attached to an instance`);
  }
  if (volume.Attachments.length >= 16) throw new AwsError('AttachmentLimitExceeded', `${volume.VolumeId} has reached its attachment limit`);
  if (volume.State !== 'available' && volume.State !== 'in-use') {
    throw new AwsError('IncorrectState', `${volume.VolumeId} is not 'available'.`);
  }
  if (instance.State.Name !== 'running' && instance.State.Name !== 'stopped') {
    throw new AwsError('IncorrectState', `Instance '${instance.InstanceId}' is not 'running'.`);
  }
  if (!samePlace(placeOfVolume(volume), placeOfInstance(instance))) {
    throw new AwsError('InvalidVolume.ZoneMismatch',
      `The volume '${volume.VolumeId}' is not in the same availability zone as instance '${instance.InstanceId}'`);
  }
  checkConnected(siteAt(ec2, placeOfVolume(volume)));
  if (instance.BlockDeviceMappings.some(each => each.DeviceName === device)) {
    throw invalidValue(`Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`);
  }
  if (instance.BlockDeviceMappings.length >= attachmentLimit(instance)) {
    throw new AwsError('AttachmentLimitExceeded', `Instance ${instance.InstanceId} has reached its limit of attached volumes`);
  }
  const attachment = attach(ec2, volume, instance, { device, deleteOnTermination: false, state: 'attaching' });
  account.clock.after(ec2.timing.attachment * 1000, () => attached(volume, instance));
  return attachment;
}

/** Interfaces beyond those of the table's own count and NVMe disks share the limit of older types (EC2 user guide, "Amazon EBS volume limits"). */
function attachmentLimit(instance: InstanceRecord): number {
  const type = typeInfo(instance.InstanceType);
  return type ? type.ebsAttachments - (type.sharedAttachments ? instance.NetworkInterfaces.length - 1 : 0) : 40;
}

export function detachVolume(input: DetachVolumeRequest, { account }: Call): VolumeAttachment {
  const ec2 = account.ec2;
  const volume = existing(ec2.volumes, 'volume', input.VolumeId);
  if (volume.Attachments.length === 0) {
    throw new AwsError('IncorrectState', `Volume '${volume.VolumeId}' is in the '${volume.State}' state.`);
  }
  const attachment = input.InstanceId === undefined ? volume.Attachments[0]! : attachmentOf(volume, input.InstanceId);
  if (!attachment || input.Device !== undefined && attachment.Device !== input.Device) {
    throw new AwsError('InvalidAttachment.NotFound',
      `The volume '${volume.VolumeId}' is not attached to instance '${input.InstanceId}'${input.Device ? ` as device ${input.Device}` : ''}`);
  }
  const instance = existing(ec2.instances, 'instance', attachment.InstanceId);
  refuseManaged(volume, instance);
  if (isRoot(instance, volume) && instance.State.Name !== 'stopped') {
    throw new AwsError('OperationNotPermitted', `Unable to detach root volume '${volume.VolumeId}' from instance '${instance.InstanceId}'`);
  }
  checkConnected(siteAt(ec2, placeOfVolume(volume)));
  if (attachment.State === 'detaching') {
    throw new AwsError('IncorrectState', `Volume '${volume.VolumeId}' is in the 'detaching' state.`);
  }
  attachment.State = 'detaching';
  const mapping = mappingOf(instance, volume.VolumeId);
  if (mapping?.Ebs) mapping.Ebs.Status = 'detaching';
  account.clock.after(ec2.timing.detachment * 1000, () => detach(ec2, volume, instance));
  return { ...attachment, DeleteOnTermination: undefined };
}

/** What a service manages for the account, its owner may not attach, detach or change (SDK, Instance.Operator; the code is unverified against AWS). */
export function refuseManaged(...records: { Operator?: { Managed?: boolean; Principal?: string } }[]): void {
  const managed = records.find(each => each.Operator?.Managed);
  if (managed) {
    throw new AwsError('OperationNotPermitted', `The resource is managed by ${managed.Operator!.Principal ?? 'a service provider'}; `
      + 'this action is not permitted.');
  }
}

/** Parameters that AWS knows and the rehearsal does not model are refused loudly. */
export function refuseUnmodelled(value: unknown, parameter: string): void {
  if (value !== undefined) throw new AwsError('NotEmulated', `the rehearsal does not model the parameter ${parameter}`, 501);
}

const volumeFilters: Filters<VolumeRecord> = {
  'volume-id': plain(each => each.VolumeId), 'status': plain(each => each.State), 'volume-type': plain(each => each.VolumeType),
  'availability-zone': plain(each => each.AvailabilityZone), 'availability-zone-id': plain(each => each.AvailabilityZoneId),
  'encrypted': plain(each => each.Encrypted), 'size': plain(each => each.Size), 'snapshot-id': plain(each => each.SnapshotId),
  'create-time': plain(each => each.CreateTime), 'multi-attach-enabled': plain(each => each.MultiAttachEnabled),
  'attachment.instance-id': each => each.Attachments.map(attachment => attachment.InstanceId),
  'attachment.device': each => each.Attachments.map(attachment => attachment.Device),
  'attachment.status': each => each.Attachments.map(attachment => attachment.State),
  'attachment.delete-on-termination': each => each.Attachments.map(attachment => String(attachment.DeleteOnTermination)),
  'operator.managed': plain(each => each.Operator?.Managed ?? false), 'operator.principal': plain(each => each.Operator?.Principal),
};

/** The volumes that a describing call selects. */
export function selectVolumes(
  ec2: Ec2, input: { VolumeIds?: string[]; MaxResults?: number }, filters: DescribeVolumesRequest['Filters'], known = volumeFilters,
): VolumeRecord[] {
  wellFormed(input.VolumeIds, 'vol', 'InvalidParameterValue');
  const records = selected(ec2.account, ec2.volumes, {
    kind: 'volume', ids: input.VolumeIds, maxResults: input.MaxResults, createdAt: id => ec2.volumeModels.get(id)?.createdAt,
  });
  return filtered(records, filters, known);
}

export function describeVolumes(input: DescribeVolumesRequest, { account }: Call): DescribeVolumesResult {
  const found = selectVolumes(account.ec2, input, input.Filters);
  const { page, NextToken } = paginate(found, volume => volume.VolumeId, input);
  return { Volumes: page.map(volume => told(volume)), NextToken };
}

/** AWS leaves `Tags` out where there are none. */
export function told<T extends { Tags?: unknown[] }>(record: T): T {
  return record.Tags?.length === 0 ? { ...record, Tags: undefined } : record;
}
