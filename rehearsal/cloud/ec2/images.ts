import type {
  CreateImageRequest, CreateImageResult, DeleteSnapshotReturnCode, DeregisterImageRequest, DeregisterImageResult,
  DescribeImagesRequest, DescribeImagesResult,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { mappingOf, volumesOf } from './attachments';
import { snapshotSite } from './edge/snapshot-places';
import { placeOfInstance, siteAt } from './edge/site';
import { existing, invalidValue, required, wellFormed } from './errors';
import { filtered, plain, type Filters } from './filters';
import { reboot } from './lifecycle';
import { availableWithSnapshots, checkMappings, checkName, makeImage } from './make-image';
import { need, snapshotOf as snapshotSubject } from './needs/contexts';
import { selected } from './reading';
import { imageOf, removeSnapshot } from './snapshots';
import type { Ec2, ImageRecord, InstanceRecord, VolumeRecord } from './state';
import { checkSpecifications, specifiedTags } from './tags';
import { takeSnapshots } from './take-snapshots';
import { refuseUnmodelled, told } from './volumes';

export function createImage(input: CreateImageRequest, { account }: Call): CreateImageResult {
  const ec2 = account.ec2;
  const name = required(input.Name, 'Name');
  refuseUnmodelled(input.BootModeOverride, 'BootModeOverride');
  checkSpecifications(ec2, input.TagSpecifications, ['image', 'snapshot']);
  checkMappings(input.BlockDeviceMappings);
  const instance = existing(ec2.instances, 'instance', input.InstanceId);
  checkName(ec2, name);
  if (instance.State.Name !== 'running' && instance.State.Name !== 'stopped') {
    throw new AwsError('IncorrectState', `The instance '${instance.InstanceId}' is not in a state from which an image can be created.`);
  }
  const noReboot = input.NoReboot === true;
  if (noReboot && [...ec2.images.values()].some(image => image.State === 'pending' && image.SourceInstanceId === instance.InstanceId)) {
    throw new AwsError('ConcurrentCreateImageNoRebootLimitExceeded',
      'The maximum number of concurrent CreateImage requests without reboot for the instance has been reached.');
  }
  const dropped = new Set(input.BlockDeviceMappings?.filter(each => each.NoDevice !== undefined).map(each => each.DeviceName));
  const volumes = volumesOf(ec2, instance).filter(volume => !dropped.has(mappingOf(instance, volume.VolumeId)?.DeviceName));
  const image = makeImage(ec2, { name, description: input.Description ?? '', like: instance, tags: specifiedTags(input.TagSpecifications, 'image') });
  const snapshots = takeSnapshots(ec2, volumes.map(volume => ({
    volume, description: `Created by CreateImage(${instance.InstanceId}) for ${image.ImageId}`, tags: specifiedTags(input.TagSpecifications, 'snapshot'),
  })), { site: imageSnapshotSite(ec2, instance, volumes, input.SnapshotLocation) });
  ec2.images.set(image.ImageId, image);
  ec2.imageModels.set(image.ImageId, { createdAt: account.clock.now(), uefiData: ec2.instanceModels.get(instance.InstanceId)?.uefiData });
  image.BlockDeviceMappings = volumes.map((volume, index) => {
    const { DeviceName, Ebs } = mappingOf(instance, volume.VolumeId)!;
    const wanted = input.BlockDeviceMappings?.find(each => each.DeviceName === DeviceName)?.Ebs;
    return {
      DeviceName,
      Ebs: {
        DeleteOnTermination: wanted?.DeleteOnTermination ?? Ebs?.DeleteOnTermination, SnapshotId: snapshots[index]!.SnapshotId,
        VolumeSize: volume.Size, VolumeType: volume.VolumeType, Encrypted: volume.Encrypted,
        ...volume.Iops !== undefined && volume.VolumeType !== 'gp2' && { Iops: volume.Iops },
        ...volume.Throughput !== undefined && { Throughput: volume.Throughput },
      },
    };
  });
  if (!noReboot && instance.State.Name === 'running') reboot(ec2, instance);
  availableWithSnapshots(ec2, image, snapshots);
  return { ImageId: image.ImageId };
}

/** On an Outpost with local snapshots the place must be told, `local` or `regional` (SDK, CreateImageRequest.SnapshotLocation). */
function imageSnapshotSite(ec2: Ec2, instance: InstanceRecord, volumes: readonly VolumeRecord[], location: CreateImageRequest['SnapshotLocation']) {
  const site = siteAt(ec2, placeOfInstance(instance));
  if (site?.kind === 'outpost' && site.localSnapshots && location === undefined) throw invalidValue('The parameter SnapshotLocation must be specified.');
  if (site?.kind !== 'outpost') return snapshotSite(ec2, volumes, { Location: location });
  return snapshotSite(ec2, volumes, location === 'local' ? { OutpostArn: site.outpostArn } : {});
}

export function deregisterImage(input: DeregisterImageRequest, call: Call): DeregisterImageResult {
  const { account } = call;
  const ec2 = account.ec2;
  const image = existing(ec2.images, 'image', input.ImageId);
  if (image.OwnerId !== account.accountId) {
    throw new AwsError('AuthFailure', `Not authorized for image:${image.ImageId}`, 403);
  }
  if (image.DeregistrationProtection?.startsWith('enabled')) {
    throw new AwsError('OperationNotPermitted', `The image '${image.ImageId}' is protected from deregistration.`);
  }
  ec2.images.delete(image.ImageId);
  ec2.imageModels.delete(image.ImageId);
  ec2.imageNames.set(image.Name, account.clock.now() + ec2.timing.imageNameRelease * 1000);
  return { Return: true, ...input.DeleteAssociatedSnapshots && { DeleteSnapshotResults: deleteAssociated(ec2, image, call) } };
}

/**
 * A snapshot that another image needs is skipped; one that the caller may not delete is told, and stays (doc comments of
 * DeregisterImageRequest.DeleteAssociatedSnapshots and DeleteSnapshotReturnCode).
 */
function deleteAssociated(ec2: Ec2, image: ImageRecord, { account, principal }: Call): DeleteSnapshotReturnCode[] {
  return image.BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []).map(SnapshotId => {
    const snapshot = ec2.snapshots.get(SnapshotId);
    if (!snapshot) return { SnapshotId, ReturnCode: 'client-error' as const };
    if (imageOf(ec2, SnapshotId)) return { SnapshotId, ReturnCode: 'skipped' as const };
    const decision = account.gate?.decide(principal, need(account, 'DeleteSnapshot', snapshotSubject(account, snapshot)));
    if (decision && !decision.allowed) return { SnapshotId, ReturnCode: 'missing-permissions' as const };
    removeSnapshot(ec2, snapshot);
    return { SnapshotId, ReturnCode: 'success' as const };
  });
}

const filters: Filters<ImageRecord> = {
  'image-id': plain(each => each.ImageId), 'name': plain(each => each.Name), 'state': plain(each => each.State),
  'architecture': plain(each => each.Architecture), 'owner-id': plain(each => each.OwnerId), 'owner-alias': plain(each => each.ImageOwnerAlias),
  'is-public': plain(each => each.Public), 'root-device-type': plain(each => each.RootDeviceType), 'root-device-name': plain(each => each.RootDeviceName),
  'virtualization-type': plain(each => each.VirtualizationType), 'hypervisor': plain(each => each.Hypervisor), 'image-type': plain(each => each.ImageType),
  'platform': plain(each => each.Platform), 'ena-support': plain(each => each.EnaSupport), 'description': plain(each => each.Description),
  'creation-date': plain(each => each.CreationDate), 'source-instance-id': plain(each => each.SourceInstanceId),
  'product-code': each => (each.ProductCodes ?? []).map(code => code.ProductCodeId),
  'block-device-mapping.snapshot-id': each => each.BlockDeviceMappings.map(mapping => mapping.Ebs?.SnapshotId),
  'block-device-mapping.device-name': each => each.BlockDeviceMappings.map(mapping => mapping.DeviceName),
};

export function describeImages(input: DescribeImagesRequest, { account }: Call): DescribeImagesResult {
  const ec2 = account.ec2;
  wellFormed(input.ImageIds, 'ami', 'InvalidAMIID.Malformed');
  refuseUnmodelled(input.ExecutableUsers, 'ExecutableUsers');
  const owned = (image: ImageRecord) => !input.Owners || input.Owners.some(owner =>
    owner === image.OwnerId || owner === image.ImageOwnerAlias || owner === 'self' && image.OwnerId === account.accountId);
  const records = selected(account, ec2.images, {
    kind: 'image', ids: input.ImageIds, maxResults: input.MaxResults, createdAt: id => ec2.imageModels.get(id)?.createdAt,
  }).filter(owned);
  const { page, NextToken } = paginate(filtered(records, input.Filters, filters), image => image.ImageId, input);
  return { Images: page.map(image => told(image)), NextToken };
}
