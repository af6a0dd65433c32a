import type {
  CreateSnapshotRequest, CreateSnapshotsRequest, CreateSnapshotsResult, DeleteSnapshotRequest, DescribeSnapshotsRequest, DescribeSnapshotsResult,
  Snapshot, SnapshotInfo, Tag,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { isRoot, volumesOf } from './attachments';
import { snapshotSite } from './edge/snapshot-places';
import { checkConnected } from './edge/site';
import { existing, invalidValue, required, wellFormed } from './errors';
import { filtered, plain, type Filters } from './filters';
import { selected } from './reading';
import type { Ec2, InstanceRecord, SnapshotRecord, VolumeRecord } from './state';
import { checkSpecifications, specifiedTags } from './tags';
import { progress, takeSnapshots } from './take-snapshots';
import { refuseUnmodelled, told } from './volumes';

export function createSnapshot(input: CreateSnapshotRequest, { account }: Call): Snapshot {
  const ec2 = account.ec2;
  checkSpecifications(ec2, input.TagSpecifications, ['snapshot']);
  const volume = existing(ec2.volumes, 'volume', input.VolumeId);
  if (volume.State !== 'available' && volume.State !== 'in-use') {
    throw new AwsError('IncorrectState', `Volume '${volume.VolumeId}' is in the '${volume.State}' state.`);
  }
  const [snapshot] = takeSnapshots(ec2, [{
    volume, description: input.Description ?? '', tags: specifiedTags(input.TagSpecifications, 'snapshot'),
  }], { site: snapshotSite(ec2, [volume], input) });
  return told({ ...snapshot!, Progress: '', StorageTier: undefined });
}

export function createSnapshots(input: CreateSnapshotsRequest, { account, requestId }: Call): CreateSnapshotsResult {
  const ec2 = account.ec2;
  checkSpecifications(ec2, input.TagSpecifications, ['snapshot']);
  const { InstanceId, ExcludeBootVolume = false, ExcludeDataVolumeIds = [] } = required(input.InstanceSpecification, 'InstanceSpecification');
  const instance = existing(ec2.instances, 'instance', InstanceId);
  const volumes = included(ec2, instance, ExcludeBootVolume, ExcludeDataVolumeIds);
  const given = specifiedTags(input.TagSpecifications, 'snapshot');
  const snapshots = takeSnapshots(ec2, volumes.map(volume => ({
    volume, description: input.Description ?? '', tags: input.CopyTagsFromSource === 'volume' ? merged(volume.Tags ?? [], given) : given.map(tag => ({ ...tag })),
  })), { set: requestId, site: snapshotSite(ec2, volumes, input) });
  return { Snapshots: snapshots.map(snapshot => info(snapshot)) };
}

/** Which volumes a set is about; the root volume can not be excluded as a data volume (SDK, InstanceSpecification). */
function included(ec2: Ec2, instance: InstanceRecord, withoutBoot: boolean, excluded: readonly string[]): VolumeRecord[] {
  if (!['running', 'stopped', 'stopping', 'pending'].includes(instance.State.Name!)) {
    throw new AwsError('IncorrectState', `The instance '${instance.InstanceId}' is not in a state from which its volumes can be snapshotted.`);
  }
  if (excluded.length > 40) throw invalidValue('The maximum number of data volume IDs to exclude is 40.');
  const volumes = volumesOf(ec2, instance);
  for (const id of excluded) {
    const volume = volumes.find(each => each.VolumeId === id);
    if (!volume) throw invalidValue(`The volume '${id}' is not attached to instance '${instance.InstanceId}'.`);
    if (isRoot(instance, volume)) throw invalidValue(`The volume '${id}' is the root volume and can not be excluded with ExcludeDataVolumeIds.`);
  }
  const wanted = volumes.filter(volume => !excluded.includes(volume.VolumeId) && !(withoutBoot && isRoot(instance, volume)));
  if (wanted.length === 0) throw invalidValue(`There are no volumes to snapshot on instance '${instance.InstanceId}'.`);
  return wanted;
}

/** Tags of AWS itself are not copied. */
function merged(copied: readonly Tag[], given: readonly Tag[]): Tag[] {
  const all = new Map([...copied.filter(tag => !tag.Key?.startsWith('aws:')), ...given].map(tag => [tag.Key!, tag.Value ?? '']));
  return [...all].map(([Key, Value]) => ({ Key, Value }));
}

function info(snapshot: SnapshotRecord): SnapshotInfo {
  return {
    Description: snapshot.Description, Tags: snapshot.Tags?.length ? snapshot.Tags : undefined, Encrypted: snapshot.Encrypted,
    VolumeId: snapshot.VolumeId, State: snapshot.State, VolumeSize: snapshot.VolumeSize, StartTime: snapshot.StartTime, Progress: '',
    OwnerId: snapshot.OwnerId, SnapshotId: snapshot.SnapshotId,
    ...snapshot.OutpostArn !== undefined && { OutpostArn: snapshot.OutpostArn },
    ...snapshot.AvailabilityZone !== undefined && { AvailabilityZone: snapshot.AvailabilityZone },
  };
}

/** The image that needs a snapshot. */
export function imageOf(ec2: Ec2, snapshotId: string): string | undefined {
  return [...ec2.images.values()].find(image => image.BlockDeviceMappings.some(each => each.Ebs?.SnapshotId === snapshotId))?.ImageId;
}

export function deleteSnapshot(input: DeleteSnapshotRequest, { account }: Call): object {
  const ec2 = account.ec2;
  const snapshot = existing(ec2.snapshots, 'snapshot', input.SnapshotId);
  const image = imageOf(ec2, snapshot.SnapshotId);
  if (image) throw new AwsError('InvalidSnapshot.InUse', `The snapshot ${snapshot.SnapshotId} is currently in use by ${image}`);
  // local snapshots are deleted over the service link (EBS user guide, "snapshots-outposts")
  if (snapshot.OutpostArn !== undefined) checkConnected(account.outposts.racks.get(snapshot.OutpostArn));
  removeSnapshot(ec2, snapshot);
  return {};
}

export function removeSnapshot(ec2: Ec2, snapshot: SnapshotRecord): void {
  const model = ec2.snapshotModels.get(snapshot.SnapshotId);
  model?.transfer?.stop();
  // one deleted in progress counts until it would have been through (re:Post, "ebs-snapshot-stuck")
  if (snapshot.State === 'pending' && model) {
    ec2.rememberDeletion(snapshot.VolumeId, Number.isFinite(model.completesAt) ? model.completesAt : ec2.account.clock.now() + ec2.timing.snapshotLeast * 1000);
  }
  ec2.snapshots.delete(snapshot.SnapshotId);
  ec2.snapshotModels.delete(snapshot.SnapshotId);
}

const filters: Filters<SnapshotRecord> = {
  'snapshot-id': plain(each => each.SnapshotId), 'volume-id': plain(each => each.VolumeId), 'status': plain(each => each.State),
  'description': plain(each => each.Description), 'encrypted': plain(each => each.Encrypted), 'owner-id': plain(each => each.OwnerId),
  'owner-alias': plain(each => each.OwnerAlias), 'start-time': plain(each => each.StartTime), 'volume-size': plain(each => each.VolumeSize),
  'storage-tier': plain(each => each.StorageTier), 'progress': plain(each => each.Progress),
};

export function describeSnapshots(input: DescribeSnapshotsRequest, { account }: Call): DescribeSnapshotsResult {
  const ec2 = account.ec2;
  wellFormed(input.SnapshotIds, 'snap', 'InvalidParameterValue');
  refuseUnmodelled(input.RestorableByUserIds, 'RestorableByUserIds');
  const records = selected(account, ec2.snapshots, {
    kind: 'snapshot', ids: input.SnapshotIds, maxResults: input.MaxResults, createdAt: id => ec2.snapshotModels.get(id)?.createdAt,
  }).filter(({ OwnerId: owner }) => !input.OwnerIds || input.OwnerIds.some(id => id === owner || id === 'self' && owner === account.accountId));
  const found = filtered(records.map(record => ({ ...record, Progress: progress(ec2, record) })), input.Filters, filters);
  const { page, NextToken } = paginate(found, snapshot => snapshot.SnapshotId, input);
  return { Snapshots: page.map(snapshot => told(snapshot)), NextToken };
}
