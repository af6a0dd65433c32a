import type { CopySnapshotRequest, CopySnapshotResult } from '@aws-sdk/client-ec2';
import { AwsError, type Call } from '../service';
import { checkConnected, encryptedAt, type EdgeSite } from './edge/site';
import { storedAt } from './edge/snapshot-places';
import { encryptionOf, inaccessible } from './encryption';
import { existing, invalidCombination, invalidValue, required } from './errors';
import { holderOf } from './share-snapshots';
import type { Ec2, SnapshotRecord } from './state';
import { checkSpecifications, specifiedTags } from './tags';
import { completeLater, storageOf } from './take-snapshots';
import { refuseUnmodelled } from './volumes';
import { zoneGroup } from './zones';

/** "Each account can have up to twenty concurrent snapshot copy requests to a single destination Region" (EBS user guide, "ebs-copy-snapshot"). */
const concurrentCopies = 20;

/** EBS counts changes in blocks of 512 KiB. */
const blockMiB = 0.5;

/**
 * Copies a snapshot into this Region, from it or from another one, one's own or a shared one: to an Outpost of it, to a Local Zone of it, or in
 * place with another key. The codes of refusals are unverified against AWS; so is that a copy from another Region or account moves at the pace at
 * which snapshots are taken, and that a shared one can be copied into another Region at once.
 */
export function copySnapshot(input: CopySnapshotRequest, call: Call): CopySnapshotResult {
  const { account } = call;
  const { ec2 } = account;
  const from = holderOf(account, required(input.SourceRegion, 'sourceRegion'), input.SourceSnapshotId);
  refuseUnmodelled(input.DestinationAvailabilityZone === undefined && input.DestinationOutpostArn === undefined ? input.CompletionDurationMinutes : undefined,
    'CompletionDurationMinutes');
  checkSpecifications(ec2, input.TagSpecifications, ['snapshot']);
  const source = existing(from.snapshots, 'snapshot', input.SourceSnapshotId);
  if (source.State !== 'completed') throw new AwsError('IncorrectState', `Snapshot is in invalid state - ${source.State}`);
  const site = destinationOf(ec2, input);
  if (from !== ec2 && site) throw invalidValue('A snapshot of another Region or account can be copied to the Region only.');
  checkDirection(source, site);
  checkConnected(site);
  const copying = [...ec2.snapshotModels].filter(([id, model]) => model.copyOf !== undefined && ec2.snapshots.get(id)?.State === 'pending').length;
  if (copying >= concurrentCopies) throw new AwsError('ResourceLimitExceeded', 'You have exceeded an Amazon EC2 resource limit: too many snapshot copies in progress.');
  const encryption = encryptionOf(ec2, { encrypted: encryptedAt(site, input.Encrypted), kmsKeyId: input.KmsKeyId, snapshot: source, call, from });
  const { failure, ...encrypted } = encryption;
  const now = account.clock.now();
  const copy: SnapshotRecord = {
    SnapshotId: ec2.id('snap'), Description: input.Description ?? '', ...encrypted, OwnerId: account.accountId, ...storageOf(site), Progress: '0%',
    StartTime: new Date(now), State: 'pending', StorageTier: 'standard',
    // "Snapshots created by CopySnapshot have an arbitrary volume ID that should not be used for any purpose"
    VolumeId: 'vol-ffffffff', VolumeSize: source.VolumeSize, Tags: specifiedTags(input.TagSpecifications, 'snapshot'),
  };
  const model = ec2.get(from.snapshotModels, source.SnapshotId);
  const movedMiB = incrementMiB(ec2, from, source, copy);
  ec2.snapshots.set(copy.SnapshotId, copy);
  ec2.snapshotModels.set(copy.SnapshotId, {
    ...model, set: undefined, sharedWith: undefined, transfer: undefined, waiting: undefined, copyOf: source.SnapshotId, movedMiB, completesAt: Infinity,
    createdAt: now,
  });
  if (failure !== undefined) account.clock.after(ec2.timing.kmsFailure * 1000, () => Object.assign(copy, { State: 'error', StateMessage: inaccessible }));
  else completeLater(ec2, copy, routeOf(ec2, source, site));
  return { SnapshotId: copy.SnapshotId, ...copy.Tags?.length ? { Tags: copy.Tags } : {} };
}

/** Over whose line the blocks go: of the place that is not the Region; within a group of Local Zones over none that is known. */
function routeOf(ec2: Ec2, source: SnapshotRecord, to: EdgeSite | undefined): Parameters<typeof completeLater>[2] {
  const from = source.AvailabilityZone === undefined ? undefined : ec2.localZones.get(source.AvailabilityZone);
  if (from && to) return {};
  return to ? { over: { site: to, direction: 'to-edge' } } : from ? { over: { site: from, direction: 'to-region' } } : {};
}

function destinationOf(ec2: Ec2, { DestinationOutpostArn, DestinationAvailabilityZone, CompletionDurationMinutes }: CopySnapshotRequest): EdgeSite | undefined {
  if (DestinationOutpostArn === undefined && DestinationAvailabilityZone === undefined) return undefined;
  if (DestinationOutpostArn !== undefined && DestinationAvailabilityZone !== undefined) {
    throw invalidCombination('Only one of DestinationOutpostArn and DestinationAvailabilityZone can be specified.');
  }
  if (CompletionDurationMinutes !== undefined) throw invalidCombination('Time-based copies are not supported to Outposts and Local Zones.');
  const site = DestinationOutpostArn === undefined ? ec2.localZones.get(DestinationAvailabilityZone!) : ec2.account.outposts.racks.get(DestinationOutpostArn);
  if (!site?.localSnapshots) throw invalidValue(`Snapshots can not be stored in ${DestinationOutpostArn ?? DestinationAvailabilityZone}.`);
  return site;
}

/** Which way snapshots may go (SDK, CopySnapshot): from an Outpost nowhere, from a Local Zone to its group and its parent Region. */
function checkDirection(source: SnapshotRecord, site: EdgeSite | undefined): void {
  const from = storedAt(source);
  if (source.OutpostArn !== undefined) throw invalidValue(`The snapshot '${source.SnapshotId}' is stored on an Outpost: it can not be copied.`);
  if (from !== 'region' && site && (site.kind !== 'local-zone' || zoneGroup(site.zone) !== zoneGroup(from))) {
    throw invalidValue(`The snapshot '${source.SnapshotId}' can be copied to ${zoneGroup(from)} and to the Region only.`);
  }
}

/**
 * What has to be moved: what differs from the last copy of the line at that place with the same key, everything where there is none ("copies of
 * snapshots encrypted with another key are full copies", EBS user guide, "ebs-copy-snapshot").
 */
function incrementMiB(ec2: Ec2, from: Ec2, source: SnapshotRecord, copy: SnapshotRecord): number {
  const { lineage, writtenMiB, blocks } = ec2.get(from.snapshotModels, source.SnapshotId);
  const last = [...ec2.snapshots.values()].filter(each => each.State === 'completed' && storedAt(each) === storedAt(copy) && each.KmsKeyId === copy.KmsKeyId
    && ec2.snapshotModels.get(each.SnapshotId)?.lineage === lineage).at(-1);
  // across Regions and accounts keys differ by nature: what counts is that the last copy has the key of this one
  if (!last || (from === ec2 && source.KmsKeyId !== copy.KmsKeyId)) return writtenMiB;
  const [before, after] = [ec2.get(ec2.snapshotModels, last.SnapshotId).blocks.all(), blocks.all()];
  return [...after].filter(([block, value]) => before.get(block) !== value).length * blockMiB;
}
