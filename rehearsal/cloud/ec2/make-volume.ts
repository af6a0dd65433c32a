import type { Tag } from '@aws-sdk/client-ec2';
import { storedAt } from './edge/snapshot-places';
import { type Place, placeOfVolume, siteAt } from './edge/site';
import type { Encryption } from './encryption';
import { Blocks } from './content';
import type { VolumeShape } from './limits';
import { tellVolume } from './notices';
import type { Ec2, PlatformData, SnapshotRecord, VolumeRecord } from './state';
import { systemFiles } from './system-files';
import { zoneId } from './zones';

const mebibyte = 1024 * 1024;

interface NewVolume {
  readonly shape: VolumeShape;
  readonly place: Place;
  readonly encryption: Encryption;
  readonly snapshot?: SnapshotRecord;
  /** Where the snapshot is not this account's to see. */
  readonly foreignSnapshotId?: string;
  /** The volume that it is a copy of, as it is at this instant. */
  readonly copyOf?: VolumeRecord;
  readonly initializationRate?: number;
  readonly multiAttach?: boolean;
  readonly tags?: Tag[];
  /** What an operating system's licence rests on, handed down from image to volume to snapshot. */
  readonly platform?: PlatformData;
  /** MiB written before the rehearsal begins. */
  readonly writtenMiB?: number;
}

/** Puts a new volume into the account, in state `creating`; whoever makes it says when that ends. */
export function makeVolume(ec2: Ec2, spec: NewVolume): VolumeRecord {
  const { shape, place: { zone, outpostArn }, encryption, snapshot, foreignSnapshotId, copyOf, initializationRate, platform } = spec;
  const { multiAttach = false, tags = [], writtenMiB = 0 } = spec;
  const now = ec2.account.clock.now();
  const volume: VolumeRecord = {
    VolumeId: ec2.id('vol'),
    Attachments: [],
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId(ec2.account.region, zone),
    ...outpostArn !== undefined && { OutpostArn: outpostArn },
    CreateTime: new Date(now),
    Encrypted: encryption.Encrypted,
    ...encryption.KmsKeyId !== undefined && { KmsKeyId: encryption.KmsKeyId },
    Size: shape.size,
    SnapshotId: snapshot?.SnapshotId ?? foreignSnapshotId ?? '',
    ...copyOf && { SourceVolumeId: copyOf.VolumeId },
    State: 'creating',
    ...shape.iops !== undefined && { Iops: shape.iops },
    ...shape.throughput !== undefined && { Throughput: shape.throughput },
    ...initializationRate !== undefined && { VolumeInitializationRate: initializationRate },
    Tags: tags,
    VolumeType: shape.type,
    MultiAttachEnabled: multiAttach,
    Operator: { Managed: false },
  };
  const source = snapshot && ec2.snapshotModels.get(snapshot.SnapshotId);
  const original = copyOf && ec2.get(ec2.volumeModels, copyOf.VolumeId);
  const written = source?.writtenMiB ?? original?.writtenMiB ?? writtenMiB;
  // a copy holds the system as it is now
  const files = copyOf ? systemFiles(ec2, copyOf) : source?.files;
  const rate = initializationRate ?? ec2.timing.initializationRate;
  ec2.volumes.set(volume.VolumeId, volume);
  ec2.volumeModels.set(volume.VolumeId, {
    blocks: copyOf ? ec2.freeze(copyOf.VolumeId).thaw() : source?.blocks.thaw() ?? new Blocks(),
    writtenMiB: written,
    // a volume continues the chain of its snapshot unless it has another key (EBS user guide, "How Amazon EBS snapshots work")
    changedMiB: source && snapshot.KmsKeyId === volume.KmsKeyId ? 0 : written,
    createdAt: now,
    dirty: new Set(),
    lineage: source?.lineage ?? volume.VolumeId,
    // a volume of a snapshot has all snapshots where that one is (EBS user guide, "snapshots-outposts", the stricter of two statements)
    ...snapshot ? { snapshotsAt: storedAt(snapshot) } : foreignSnapshotId !== undefined && { snapshotsAt: 'region' },
    ...files && { files: new Map(files) },
    data: source?.data ?? original?.data,
    platform: platform ?? source?.platform ?? original?.platform,
    ...source && { initialization: { type: initializationRate === undefined ? 'default' : 'provisioned-rate', from: now, until: now + written / rate * 1000 } },
    ...original?.filesystem !== undefined && { filesystem: original.filesystem, cluster: { of: copyOf?.VolumeId, ...original.cluster } },
    ...original && { initialization: { type: 'volume-copy', from: now, until: now + copySeconds(written) * 1000 } },
  });
  if (snapshot) loadOverLink(ec2, volume, snapshot, { bytes: written * mebibyte, most: rate * mebibyte });
  return volume;
}

/** A volume at the edge loads the blocks of a snapshot in the Region over its site's line. */
function loadOverLink(ec2: Ec2, volume: VolumeRecord, snapshot: SnapshotRecord, sending: { bytes: number; most: number }): void {
  const site = siteAt(ec2, placeOfVolume(volume));
  const { initialization } = ec2.get(ec2.volumeModels, volume.VolumeId);
  if (!site || !initialization || storedAt(snapshot) !== 'region') return;
  initialization.until = Infinity;
  initialization.transfer = ec2.account.links.of(site).carry('to-edge', {
    ...sending, done: () => {
      initialization.until = ec2.account.clock.now();
      if (ec2.volumes.has(volume.VolumeId)) tellVolume(ec2, volume, 'initializeVolume', 'succeeded');
    },
  });
}

/** EBS user guide, "ebs-copying-volume": up to 6 hours for the first TiB of data, 1.2 more for each to 16 TiB, 24 above. */
function copySeconds(writtenMiB: number): number {
  const tib = writtenMiB / 1024 / 1024;
  return Math.max(60, 3600 * (tib > 16 ? 24 : 6 * Math.min(1, tib) + 1.2 * Math.max(0, tib - 1)));
}

/** Ends `creating`: available or in use, or, where the key turned out unusable, gone without a trace but an event. */
export function finishCreation(ec2: Ec2, volume: VolumeRecord, { failure }: Encryption): void {
  const { clock } = ec2.account;
  if (failure !== undefined) {
    clock.after(ec2.timing.kmsFailure * 1000, () => {
      forget(ec2, volume.VolumeId);
      tellVolume(ec2, volume, 'createVolume', 'failed', failure);
    });
    return;
  }
  clock.after(ec2.timing.volumeCreation * 1000, () => {
    if (volume.State !== 'creating') return;
    volume.State = 'available';
    tellVolume(ec2, volume, 'createVolume', 'available');
  });
}

/** The event of a volume that has all its blocks; called again when it will have them sooner. */
export function tellInitialization(ec2: Ec2, volume: VolumeRecord): void {
  const initialization = ec2.volumeModels.get(volume.VolumeId)?.initialization;
  if (!initialization || initialization.transfer) return;
  const { until } = initialization;
  ec2.account.clock.at(until, () => {
    // not so where somebody has read meanwhile what was still to come
    if (initialization.until === until && ec2.volumes.has(volume.VolumeId)) tellVolume(ec2, volume, 'initializeVolume', 'succeeded');
  });
}

export function removeVolume(ec2: Ec2, volume: VolumeRecord): void {
  volume.State = 'deleting';
  ec2.account.clock.after(ec2.timing.volumeDeletion * 1000, () => {
    forget(ec2, volume.VolumeId);
    tellVolume(ec2, volume, 'deleteVolume', 'deleted');
  });
}

function forget(ec2: Ec2, volumeId: string): void {
  ec2.volumeModels.get(volumeId)?.initialization?.transfer?.stop();
  ec2.volumes.delete(volumeId);
  ec2.volumeModels.delete(volumeId);
}
