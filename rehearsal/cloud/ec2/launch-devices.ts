import type { BlockDeviceMapping, EbsBlockDevice, VolumeType } from '@aws-sdk/client-ec2';
import { AwsError, type Call } from '../service';
import { checkUsable } from './edge/snapshot-places';
import { encryptedAt, type Place, siteAt } from './edge/site';
import { encryptionOf, type Encryption } from './encryption';
import { existing, invalidCombination, invalidValue } from './errors';
import { checkInitializationRate, checkStorage, volumeShape, type VolumeShape } from './limits';
import type { Ec2, ImageRecord, SnapshotRecord } from './state';

/** A volume that a launch will make. */
export interface PlannedVolume {
  readonly device: string;
  readonly shape: VolumeShape;
  readonly encryption: Encryption;
  readonly snapshot?: SnapshotRecord;
  /** A snapshot of the image's owner, which this account does not see. */
  readonly foreignSnapshotId?: string;
  readonly deleteOnTermination: boolean;
  readonly initializationRate?: number;
}

interface Launch { readonly place: Place; readonly call: Call }

/** The volumes of a launch: the image's mappings, changed, left out and added to by the request's. */
export function plannedVolumes(ec2: Ec2, image: ImageRecord, mappings: readonly BlockDeviceMapping[], launch: Launch): PlannedVolume[] {
  const devices = new Map<string, Mapped>();
  for (const { DeviceName: device, Ebs: ebs } of image.BlockDeviceMappings) {
    if (device && ebs) devices.set(device, { ebs: { ...ebs, Encrypted: undefined }, ofImage: true });
  }
  const seen = new Set<string>();
  for (const { DeviceName: device, Ebs: ebs, NoDevice: none, VirtualName: virtual } of mappings) {
    if (!device) throw new AwsError('MissingParameter', 'The request must contain the parameter deviceName');
    if (seen.has(device)) throw invalidMapping(`Duplicate device name ${device}`);
    seen.add(device);
    if (none !== undefined) devices.delete(device);
    else if (ebs) devices.set(device, merged(devices.get(device), ebs, device));
    else if (virtual === undefined) throw invalidMapping(`Invalid device mapping for ${device}`);
    // ephemeralN: instance store comes with the type, and has no record of its own
  }
  if (!devices.has(image.RootDeviceName ?? '')) throw invalidMapping('The root device is not mapped.');
  const volumes = [...devices].map(([device, { ebs, ofImage }]) =>
    planned(ec2, device, ebs, { isRoot: device === image.RootDeviceName, foreign: ofImage && image.OwnerId !== ec2.account.accountId }, launch));
  for (const { shape } of volumes) checkStorage(ec2, shape.type, shape.size);
  return volumes.sort((a, b) => Number(b.device === image.RootDeviceName) - Number(a.device === image.RootDeviceName));
}

interface Mapped { readonly ebs: EbsBlockDevice; readonly ofImage: boolean }

function merged(known: Mapped | undefined, given: EbsBlockDevice, device: string): Mapped {
  if (!known) return { ebs: given, ofImage: false };
  if (given.SnapshotId !== undefined && given.SnapshotId !== known.ebs.SnapshotId) {
    throw invalidMapping(`snapshotId cannot be modified on root device or a device of the AMI (${device})`);
  }
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as EbsBlockDevice;
  const changed = defined.VolumeType !== undefined && defined.VolumeType !== known.ebs.VolumeType;
  // IOPS and throughput belong to the type
  return { ebs: { ...known.ebs, ...changed && { Iops: undefined, Throughput: undefined }, ...defined }, ofImage: true };
}

interface Origin { readonly isRoot: boolean; readonly foreign: boolean }

function planned(ec2: Ec2, device: string, ebs: EbsBlockDevice, { isRoot, foreign }: Origin, { place, call }: Launch): PlannedVolume {
  if (ebs.OutpostArn !== undefined && ebs.OutpostArn !== place.outpostArn) {
    throw invalidMapping(`The Outpost of the device ${device} is not that of the instance`);
  }
  if (ebs.AvailabilityZone !== undefined || ebs.AvailabilityZoneId !== undefined) {
    throw new AwsError('NotEmulated', 'the rehearsal does not model zones in block device mappings', 501);
  }
  const unseen = foreign && !ec2.snapshots.has(ebs.SnapshotId ?? '');
  const snapshot = ebs.SnapshotId === undefined || unseen ? undefined : existing(ec2.snapshots, 'snapshot', ebs.SnapshotId);
  if (snapshot && snapshot.State !== 'completed') throw invalidMapping(`Snapshot '${snapshot.SnapshotId}' is not completed.`);
  checkUsable(snapshot, place);
  const size = ebs.VolumeSize ?? snapshot?.VolumeSize;
  if (size === undefined) throw new AwsError('MissingParameter', 'The request must contain the parameter size or snapshotId');
  if (snapshot && size < snapshot.VolumeSize) {
    throw invalidMapping(`Volume of size ${size}GB is smaller than snapshot '${snapshot.SnapshotId}', expect size >= ${snapshot.VolumeSize}GB`);
  }
  const type: VolumeType = ebs.VolumeType ?? 'gp2';
  if (isRoot && (type === 'st1' || type === 'sc1')) throw invalidCombination(`Volume type ${type} can not be used for the root device.`);
  checkInitializationRate(ec2, ebs.VolumeInitializationRate, ebs.SnapshotId);
  return {
    device, snapshot, ...unseen && { foreignSnapshotId: ebs.SnapshotId }, shape: volumeShape({ type, size, iops: type === 'gp2' ? undefined : ebs.Iops, throughput: ebs.Throughput }),
    encryption: encryptionOf(ec2, { encrypted: encryptedAt(siteAt(ec2, place), ebs.Encrypted), kmsKeyId: ebs.KmsKeyId, snapshot, call }),
    deleteOnTermination: ebs.DeleteOnTermination ?? true,
    initializationRate: ebs.VolumeInitializationRate,
  };
}

function invalidMapping(message: string): AwsError {
  return new AwsError('InvalidBlockDeviceMapping', message);
}

export function checkUserData(userData: string | undefined): void {
  if (userData === undefined) return;
  const decoded = Buffer.from(userData, 'base64');
  if (decoded.toString('base64').replace(/=+$/, '') !== userData.replace(/\s/g, '').replace(/=+$/, '')) {
    throw invalidValue('Invalid BASE64 encoding of user data');
  }
  if (decoded.length > 16_384) throw invalidValue('User data is limited to 16384 bytes');
}
