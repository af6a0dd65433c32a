import type {
  AttachVolumeRequest, CreateImageRequest, CreateSnapshotRequest, CreateSnapshotsRequest, CreateVolumeRequest, DeleteSnapshotRequest, DeleteVolumeRequest,
  DeregisterImageRequest, DetachVolumeRequest, RegisterImageRequest,
} from '@aws-sdk/client-ec2';
import type { Need } from '../../../iam/need';
import type { Account } from '../../account';
import { volumesOf } from '../attachments';
import { existing } from '../errors';
import type { VolumeRecord } from '../state';
import { filled, future, image, instance, need, snapshot, volume } from './contexts';
import { taggingNeeds, tagsGiven } from './tagging';

/** A snapshot that a call will make from a volume. */
function snapshotOf(account: Account, parent: VolumeRecord, tags: ReturnType<typeof tagsGiven>) {
  return future(account, 'snapshot', {
    ...filled({ 'ec2:ParentVolume': account.arn('ec2', `volume/${parent.VolumeId}`), 'ec2:VolumeSize': parent.Size }), ...tags,
  });
}

export function createSnapshotNeeds(input: CreateSnapshotRequest, account: Account): Need[] {
  const parent = existing(account.ec2.volumes, 'volume', input.VolumeId);
  return [
    need(account, 'CreateSnapshot', volume(account, input.VolumeId)),
    need(account, 'CreateSnapshot', snapshotOf(account, parent, tagsGiven(input.TagSpecifications, 'snapshot'))),
    ...taggingNeeds(account, 'CreateSnapshot', input.TagSpecifications, ['snapshot']),
  ];
}

/** One decision for the instance, one for each of its volumes and one for each snapshot to be. */
export function createSnapshotsNeeds(input: CreateSnapshotsRequest, account: Account): Need[] {
  const { InstanceId, ExcludeBootVolume, ExcludeDataVolumeIds } = input.InstanceSpecification ?? { InstanceId: undefined };
  const record = existing(account.ec2.instances, 'instance', InstanceId);
  const parents = volumesOf(account.ec2, record).filter(each => !ExcludeDataVolumeIds?.includes(each.VolumeId)
    && !(ExcludeBootVolume && each.Attachments.some(attachment => attachment.Device === record.RootDeviceName)));
  return [
    need(account, 'CreateSnapshots', instance(account, InstanceId)),
    ...parents.flatMap(parent => [
      need(account, 'CreateSnapshots', volume(account, parent.VolumeId)),
      need(account, 'CreateSnapshots', snapshotOf(account, parent, tagsGiven(input.TagSpecifications, 'snapshot'))),
    ]),
    ...taggingNeeds(account, 'CreateSnapshots', input.TagSpecifications, ['snapshot']),
  ];
}

export function deleteSnapshotNeeds(input: DeleteSnapshotRequest, account: Account): Need[] {
  return [need(account, 'DeleteSnapshot', snapshot(account, input.SnapshotId))];
}

export function createImageNeeds(input: CreateImageRequest, account: Account): Need[] {
  const parents = volumesOf(account.ec2, existing(account.ec2.instances, 'instance', input.InstanceId));
  return [
    need(account, 'CreateImage', instance(account, input.InstanceId)),
    need(account, 'CreateImage', future(account, 'image', { 'ec2:Owner': account.accountId, ...tagsGiven(input.TagSpecifications, 'image') })),
    ...parents.map(parent => need(account, 'CreateImage', snapshotOf(account, parent, tagsGiven(input.TagSpecifications, 'snapshot')))),
    ...taggingNeeds(account, 'CreateImage', input.TagSpecifications, ['image', 'snapshot']),
  ];
}

export function registerImageNeeds(input: RegisterImageRequest, account: Account): Need[] {
  const ids = (input.BlockDeviceMappings ?? []).flatMap(each => each.Ebs?.SnapshotId ?? []);
  return [
    need(account, 'RegisterImage', future(account, 'image', { 'ec2:Owner': account.accountId, ...tagsGiven(input.TagSpecifications, 'image') })),
    ...ids.map(id => need(account, 'RegisterImage', snapshot(account, id))),
    ...taggingNeeds(account, 'RegisterImage', input.TagSpecifications, ['image']),
  ];
}

/** Snapshots deleted along are decided one by one, and only told: see `deregisterImage`. */
export function deregisterImageNeeds(input: DeregisterImageRequest, account: Account): Need[] {
  return [need(account, 'DeregisterImage', image(account, input.ImageId))];
}

export function createVolumeNeeds(input: CreateVolumeRequest, account: Account): Need[] {
  const parent = input.SnapshotId === undefined ? undefined : existing(account.ec2.snapshots, 'snapshot', input.SnapshotId);
  const made = future(account, 'volume', {
    ...filled({
      'ec2:AvailabilityZone': input.AvailabilityZone, 'ec2:AvailabilityZoneId': input.AvailabilityZoneId,
      'ec2:Encrypted': input.Encrypted ?? parent?.Encrypted ?? account.ec2.encryptionByDefault,
      'ec2:ParentSnapshot': parent && `arn:${account.partition}:ec2:${account.region}::snapshot/${parent.SnapshotId}`,
      'ec2:VolumeSize': input.Size ?? parent?.VolumeSize, 'ec2:VolumeType': input.VolumeType ?? 'gp2', 'ec2:VolumeIops': input.Iops,
      'ec2:VolumeThroughput': input.Throughput, 'ec2:VolumeInitializationRate': input.VolumeInitializationRate,
    }),
    ...tagsGiven(input.TagSpecifications, 'volume'),
  });
  return [
    need(account, 'CreateVolume', made),
    ...parent ? [need(account, 'CreateVolume', snapshot(account, parent.SnapshotId))] : [],
    ...taggingNeeds(account, 'CreateVolume', input.TagSpecifications, ['volume']),
  ];
}

export function deleteVolumeNeeds(input: DeleteVolumeRequest, account: Account): Need[] {
  return [need(account, 'DeleteVolume', volume(account, input.VolumeId))];
}

export function attachVolumeNeeds(input: AttachVolumeRequest, account: Account): Need[] {
  return [need(account, 'AttachVolume', volume(account, input.VolumeId)), need(account, 'AttachVolume', instance(account, input.InstanceId))];
}

/** The instance counts only where the call names it. */
export function detachVolumeNeeds(input: DetachVolumeRequest, account: Account): Need[] {
  return [
    need(account, 'DetachVolume', volume(account, input.VolumeId)),
    ...input.InstanceId === undefined ? [] : [need(account, 'DetachVolume', instance(account, input.InstanceId))],
  ];
}
