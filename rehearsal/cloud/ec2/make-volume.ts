import type { Tag } from '@aws-sdk/client-ec2';
import type { Encryption } from './encryption';
import { Blocks } from './content';
import type { VolumeShape } from './limits';
import { tellVolume } from './notices';
import type { Ec2, PlatformData, SnapshotRecord, VolumeRecord } from './state';
import { zoneId } from './zones';

interface NewVolume {
  readonly shape: VolumeShape;
  readonly zone: string;
  readonly encryption: Encryption;
  readonly snapshot?: SnapshotRecord;
  /** Where the snapshot is not this account's to see. */
  readonly foreignSnapshotId?: string;
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
  const { shape, zone, encryption, snapshot, foreignSnapshotId, initializationRate, multiAttach = false, tags = [], platform, writtenMiB = 0 } = spec;
  const now = ec2.account.clock.now();
  const volume: VolumeRecord = {
    VolumeId: ec2.id('vol'),
    Attachments: [],
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId(ec2.account.region, zone),
    CreateTime: new Date(now),
    Encrypted: encryption.Encrypted,
    ...encryption.KmsKeyId !== undefined && { KmsKeyId: encryption.KmsKeyId },
    Size: shape.size,
    SnapshotId: snapshot?.SnapshotId ?? foreignSnapshotId ?? '',
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
  const written = source?.writtenMiB ?? writtenMiB;
  const rate = initializationRate ?? ec2.timing.initializationRate;
  ec2.volumes.set(volume.VolumeId, volume);
  ec2.volumeModels.set(volume.VolumeId, {
    blocks: source?.blocks.thaw() ?? new Blocks(),
    writtenMiB: written,
    // a volume continues the chain of its snapshot unless it has another key (EBS user guide, "How Amazon EBS snapshots work")
    changedMiB: source && snapshot.KmsKeyId === volume.KmsKeyId ? 0 : written,
    createdAt: now,
    platform: platform ?? source?.platform,
    ...source?.files && { files: new Map(source.files) },
    ...source && {
      initialization: { type: initializationRate === undefined ? 'default' : 'provisioned-rate', from: now, until: now + written / rate * 1000 },
    },
  });
  return volume;
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

/** The event of a volume that has all its blocks. */
export function tellInitialization(ec2: Ec2, volume: VolumeRecord): void {
  const initialization = ec2.volumeModels.get(volume.VolumeId)?.initialization;
  if (!initialization) return;
  ec2.account.clock.at(initialization.until, () => {
    if (ec2.volumes.has(volume.VolumeId)) tellVolume(ec2, volume, 'initializeVolume', 'succeeded');
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
  ec2.volumes.delete(volumeId);
  ec2.volumeModels.delete(volumeId);
}
