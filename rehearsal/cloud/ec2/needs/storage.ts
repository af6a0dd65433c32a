import type {
  AttachVolumeRequest, CopySnapshotRequest, CopyVolumesRequest, CreateImageRequest, CreateReplaceRootVolumeTaskRequest, CreateSnapshotRequest,
  CreateSnapshotsRequest, CreateVolumeRequest, DeleteSnapshotRequest, DeleteVolumeRequest,
  DeregisterImageRequest, DetachVolumeRequest, ModifySnapshotAttributeRequest, RegisterImageRequest,
} from '@aws-sdk/client-ec2';
import type { Need } from '../../../iam/need';
import type { Account } from '../../account';
import { volumesOf } from '../attachments';
import { existing } from '../errors';
import { holderOf } from '../share-snapshots';
import type { VolumeRecord } from '../state';
import { arnOf, filled, future, image, instance, need, snapshot, volume } from './contexts';
import { attachingNeeds } from './kms';
import { taggingNeeds, tagsGiven } from './tagging';

/** Where a snapshot will be stored. */
interface Storing { readonly OutpostArn?: string; readonly Location?: string }

/** A snapshot that a call will make from a volume. */
function snapshotOf(account: Account, parent: VolumeRecord, tags: ReturnType<typeof tagsGiven>, storing: Storing = {}) {
  return future(account, 'snapshot', {
    ...filled({
      'ec2:OutpostArn': storing.OutpostArn, 'ec2:Location': storing.Location, 'ec2:SourceOutpostArn': parent.OutpostArn,
    }),
    ...filled({ 'ec2:ParentVolume': account.arn('ec2', `volume/${parent.VolumeId}`), 'ec2:VolumeSize': parent.Size }), ...tags,
  });
}

export function createSnapshotNeeds(input: CreateSnapshotRequest, account: Account): Need[] {
  const parent = existing(account.ec2.volumes, 'volume', input.VolumeId);
  return [
    need(account, 'CreateSnapshot', volume(account, input.VolumeId)),
    need(account, 'CreateSnapshot', snapshotOf(account, parent, tagsGiven(input.TagSpecifications, 'snapshot'), input)),
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
      need(account, 'CreateSnapshots', snapshotOf(account, parent, tagsGiven(input.TagSpecifications, 'snapshot'), input)),
    ]),
    ...taggingNeeds(account, 'CreateSnapshots', input.TagSpecifications, ['snapshot']),
  ];
}

/**
 * The source by its id and the copy as `snapshot/*`, since both are snapshots. The source fills no tags (Service Authorization Reference), so no
 * tag of it can limit the call; which of the other keys which of them fills is unverified against AWS.
 */
export function copySnapshotNeeds(input: CopySnapshotRequest, account: Account): Need[] {
  const from = holderOf(account, input.SourceRegion ?? account.region, input.SourceSnapshotId);
  const { SnapshotId } = existing(from.snapshots, 'snapshot', input.SourceSnapshotId);
  return [
    need(account, 'CopySnapshot', { kind: 'snapshot', arn: arnOf(from.account, 'snapshot', SnapshotId), context: {} }),
    need(account, 'CopySnapshot', future(account, 'snapshot', {
      ...filled({ 'ec2:OutpostArn': input.DestinationOutpostArn }), ...tagsGiven(input.TagSpecifications, 'snapshot'),
    })),
    ...taggingNeeds(account, 'CopySnapshot', input.TagSpecifications, ['snapshot']),
  ];
}

export function deleteSnapshotNeeds(input: DeleteSnapshotRequest, account: Account): Need[] {
  return [need(account, 'DeleteSnapshot', snapshot(account, input.SnapshotId))];
}

/** Which values EC2 fills for several accounts at once is unverified against AWS. */
export function modifySnapshotAttributeNeeds(input: ModifySnapshotAttributeRequest, account: Account): Need[] {
  const subject = snapshot(account, input.SnapshotId);
  const key = input.OperationType === 'remove' ? 'ec2:Remove/userId' : 'ec2:Add/userId';
  const [one = '', ...more] = input.UserIds ?? [];
  return [need(account, 'ModifySnapshotAttribute', {
    ...subject, context: { ...subject.context, [key]: more.length === 0 ? one : [one, ...more], ...filled({ 'ec2:Attribute': input.Attribute }) },
  })];
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

/**
 * The source by its id, the copy as `volume/*` with what the request says of it. That the source fills no tags, and so that no tag of a source
 * can limit the call, is how the Service Authorization Reference lists it; unverified against AWS.
 */
export function copyVolumesNeeds(input: CopyVolumesRequest, account: Account): Need[] {
  const parent = existing(account.ec2.volumes, 'volume', input.SourceVolumeId);
  const made = future(account, 'volume', {
    ...filled({
      'ec2:AvailabilityZone': parent.AvailabilityZone, 'ec2:AvailabilityZoneId': parent.AvailabilityZoneId,
      'ec2:Encrypted': input.Encrypted ?? parent.Encrypted, 'ec2:ParentVolume': account.arn('ec2', `volume/${parent.VolumeId}`),
      'ec2:VolumeSize': input.Size ?? parent.Size, 'ec2:VolumeType': input.VolumeType ?? 'gp2', 'ec2:VolumeIops': input.Iops,
      'ec2:VolumeThroughput': input.Throughput,
    }),
    ...tagsGiven(input.TagSpecifications, 'volume'),
  });
  const source = { kind: 'volume' as const, arn: arnOf(account, 'volume', parent.VolumeId), context: {} };
  return [need(account, 'CopyVolumes', source), need(account, 'CopyVolumes', made), ...taggingNeeds(account, 'CopyVolumes', input.TagSpecifications, ['volume'])];
}

/** The volume fills its id and no tags (Service Authorization Reference). */
export function createReplaceRootVolumeTaskNeeds(input: CreateReplaceRootVolumeTaskRequest, account: Account): Need[] {
  const { VolumeId, KmsKeyId } = existing(account.ec2.volumes, 'volume', input.VolumeId);
  const kind = 'replace-root-volume-task' as const;
  return [
    need(account, 'CreateReplaceRootVolumeTask', instance(account, input.InstanceId)),
    need(account, 'CreateReplaceRootVolumeTask', { kind: 'volume', arn: arnOf(account, 'volume', VolumeId), context: { 'ec2:VolumeID': VolumeId } }),
    need(account, 'CreateReplaceRootVolumeTask', future(account, kind, tagsGiven(input.TagSpecifications, kind))),
    ...taggingNeeds(account, 'CreateReplaceRootVolumeTask', input.TagSpecifications, [kind]),
    ...attachingNeeds(account, KmsKeyId),
  ];
}

export function deleteVolumeNeeds(input: DeleteVolumeRequest, account: Account): Need[] {
  return [need(account, 'DeleteVolume', volume(account, input.VolumeId))];
}

export function attachVolumeNeeds(input: AttachVolumeRequest, account: Account): Need[] {
  return [
    need(account, 'AttachVolume', volume(account, input.VolumeId)), need(account, 'AttachVolume', instance(account, input.InstanceId)),
    ...attachingNeeds(account, account.ec2.volumes.get(input.VolumeId ?? '')?.KmsKeyId),
  ];
}

/** The instance counts only where the call names it. */
export function detachVolumeNeeds(input: DetachVolumeRequest, account: Account): Need[] {
  return [
    need(account, 'DetachVolume', volume(account, input.VolumeId)),
    ...input.InstanceId === undefined ? [] : [need(account, 'DetachVolume', instance(account, input.InstanceId))],
  ];
}
