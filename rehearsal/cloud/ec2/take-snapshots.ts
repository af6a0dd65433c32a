import type { Tag } from '@aws-sdk/client-ec2';
import type { Direction } from '../links/link';
import { type EdgeSite, placeOfVolume, siteAt } from './edge/site';
import { inaccessible } from './encryption';
import { checkSnapshotLimits } from './limits';
import { tellSnapshot, tellSnapshotSet } from './notices';
import type { Ec2, SnapshotRecord, VolumeRecord } from './state';
import { systemFiles } from './system-files';

const mebibyte = 1024 * 1024;

interface Member {
  readonly volume: VolumeRecord;
  readonly description: string;
  readonly tags: Tag[];
}

/** The set that the members of one CreateSnapshots call make. */
interface SetOptions {
  readonly set?: string;
  /** Where they are stored, unless in the Region. */
  readonly site?: EdgeSite;
}

/**
 * Takes snapshots of volumes at this very instant: their point in time is the acceptance of the call, and what is
 * written from now on is not in them. Copying the changed blocks takes as long as it takes; the members of a set fail
 * together (EBS user guide, "Create Amazon EBS snapshots").
 */
export function takeSnapshots(ec2: Ec2, members: readonly Member[], options: SetOptions = {}): SnapshotRecord[] {
  const { set } = options;
  checkSnapshotLimits(ec2, members.map(member => member.volume));
  const snapshots = members.map(member => pendingSnapshot(ec2, member, options));
  const broken = members.some(({ volume }) => volume.Encrypted && !ec2.keys.find(volume.KmsKeyId ?? '')?.usable);
  if (broken) {
    ec2.account.clock.after(ec2.timing.kmsFailure * 1000, () => fail(ec2, snapshots, set));
    return snapshots;
  }
  for (const snapshot of snapshots) {
    const { VolumeId } = snapshot;
    const from = siteAt(ec2, placeOfVolume(ec2.get(ec2.volumes, VolumeId)));
    completeLater(ec2, snapshot, { all: snapshots, set, ...from && !options.site && { over: { site: from, direction: 'to-region' } } });
  }
  return snapshots;
}

function pendingSnapshot(ec2: Ec2, { volume, description, tags }: Member, { set, site }: SetOptions): SnapshotRecord {
  const now = ec2.account.clock.now();
  // the picture first: what a load has written by now is in it, and counts
  const blocks = ec2.freeze(volume.VolumeId);
  const model = ec2.get(ec2.volumeModels, volume.VolumeId);
  const snapshot: SnapshotRecord = {
    SnapshotId: ec2.id('snap'),
    Description: description,
    Encrypted: volume.Encrypted,
    ...volume.KmsKeyId !== undefined && { KmsKeyId: volume.KmsKeyId },
    OwnerId: ec2.account.accountId,
    ...storageOf(site),
    Progress: '0%',
    StartTime: new Date(now),
    State: 'pending',
    StorageTier: 'standard',
    VolumeId: volume.VolumeId,
    VolumeSize: volume.Size,
    Tags: tags,
  };
  ec2.snapshots.set(snapshot.SnapshotId, snapshot);
  ec2.snapshotModels.set(snapshot.SnapshotId, {
    blocks, writtenMiB: model.writtenMiB, movedMiB: model.changedMiB, completesAt: Infinity, createdAt: now,
    platform: model.platform, set, lineage: model.lineage ?? volume.VolumeId,
    files: new Map(systemFiles(ec2, volume)), data: model.data,
  });
  model.snapshotsAt = site?.id ?? 'region';
  model.lastSnapshotAt = now;
  model.changedMiB = 0;
  model.dirty?.clear();
  return snapshot;
}

interface Completion {
  /** The snapshots of the same call. */
  readonly all?: readonly SnapshotRecord[];
  readonly set?: string | undefined;
  /** Whose line the blocks go over, where they do. */
  readonly over?: { readonly site: EdgeSite; readonly direction: Direction };
}

/** Completes a snapshot when its blocks have been moved. */
export function completeLater(ec2: Ec2, snapshot: SnapshotRecord, { all = [snapshot], set, over }: Completion): void {
  const model = ec2.get(ec2.snapshotModels, snapshot.SnapshotId);
  const { snapshotLeast: least, snapshotRate } = ec2.timing;
  const end = (seconds: number) => {
    model.completesAt = model.createdAt + Math.max(least, seconds) * 1000;
    ec2.account.clock.at(model.completesAt, () => complete(ec2, snapshot, all, set));
  };
  const moved = model.movedMiB ?? 0;
  if (!over) end(moved / snapshotRate);
  else {
    model.transfer = ec2.account.links.of(over.site).carry(over.direction, {
      bytes: moved * mebibyte, most: snapshotRate * mebibyte, done: () => end((ec2.account.clock.now() - model.createdAt) / 1000),
    });
  }
}

/** The members by which a snapshot tells that it is stored at an edge site. */
export function storageOf(site: EdgeSite | undefined): Pick<SnapshotRecord, 'OutpostArn' | 'AvailabilityZone'> {
  if (!site) return {};
  return site.kind === 'outpost' ? { OutpostArn: site.id } : { AvailabilityZone: site.id };
}

function complete(ec2: Ec2, snapshot: SnapshotRecord, all: readonly SnapshotRecord[], set: string | undefined): void {
  if (!ec2.snapshots.has(snapshot.SnapshotId) || snapshot.State !== 'pending') return;
  const model = ec2.get(ec2.snapshotModels, snapshot.SnapshotId);
  snapshot.State = 'completed';
  snapshot.Progress = '100%';
  snapshot.CompletionTime = ec2.date();
  snapshot.FullSnapshotSizeInBytes = model.writtenMiB * 1024 * 1024;
  if (set === undefined) tellSnapshot(ec2, snapshot, 'succeeded');
  else if (all.every(each => each.State === 'completed')) tellSnapshotSet(ec2, set, all, 'succeeded');
  settled(ec2, snapshot);
}

/** Runs something when none of these snapshots is pending any more. */
export function whenSettled(ec2: Ec2, snapshots: readonly SnapshotRecord[], run: () => void): void {
  const pending = snapshots.find(each => each.State === 'pending');
  const model = pending && ec2.snapshotModels.get(pending.SnapshotId);
  if (model) (model.waiting ??= []).push(() => whenSettled(ec2, snapshots, run));
  else run();
}

function settled(ec2: Ec2, { SnapshotId }: SnapshotRecord): void {
  const model = ec2.snapshotModels.get(SnapshotId);
  const waiting = model?.waiting ?? [];
  if (model) delete model.waiting;
  for (const run of waiting) run();
}

function fail(ec2: Ec2, snapshots: readonly SnapshotRecord[], set: string | undefined): void {
  for (const snapshot of snapshots) {
    snapshot.State = 'error';
    snapshot.StateMessage = inaccessible;
    settled(ec2, snapshot);
    if (set === undefined) tellSnapshot(ec2, snapshot, 'failed', inaccessible);
  }
  if (set !== undefined) tellSnapshotSet(ec2, set, snapshots, 'failed', inaccessible);
}

/** How far the copy is, as DescribeSnapshots tells it. */
export function progress(ec2: Ec2, snapshot: SnapshotRecord): string {
  const model = ec2.snapshotModels.get(snapshot.SnapshotId);
  if (snapshot.State !== 'pending' || !model) return snapshot.Progress;
  const from = model.createdAt;
  // 100% while still pending is not shown, though AWS does so now and then
  const share = model.transfer?.share ?? (ec2.account.clock.now() - from) / (model.completesAt - from);
  return `${Math.min(99, Math.floor(share * 100))}%`;
}
