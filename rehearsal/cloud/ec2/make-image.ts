import type { BlockDeviceMapping, Image, RegisterImageRequest, Tag } from '@aws-sdk/client-ec2';
import { AwsError, type Call } from '../service';
import { existing, invalidCombination, required } from './errors';
import { tellImage } from './notices';
import { type Ec2, type ImageRecord, type InstanceRecord, type PlatformData, type SnapshotRecord, windows } from './state';
import { checkSpecifications, specifiedTags } from './tags';
import { whenSettled } from './take-snapshots';
import { refuseUnmodelled } from './volumes';

/** Names of images: 3 to 128 characters of a small alphabet, one image each; a name is free only some time after deregistration. */
export function checkName(ec2: Ec2, name: string): void {
  if (!/^[\w ()[\]./\-'@]{3,128}$/.test(name)) {
    throw new AwsError('InvalidAMIName.Malformed', 'AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '
      + "'(', ')', '.', '-', '/' and '_'");
  }
  const holder = [...ec2.images.values()].find(image => image.Name === name && image.OwnerId === ec2.account.accountId);
  if (holder || (ec2.imageNames.get(name) ?? 0) > ec2.account.clock.now()) {
    throw new AwsError('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${holder?.ImageId ?? '(being deregistered)'}`);
  }
}

interface NewImage {
  readonly name: string;
  readonly description: string;
  readonly like: Pick<InstanceRecord, 'Architecture' | 'RootDeviceName' | 'VirtualizationType' | 'EnaSupport' | 'SriovNetSupport' | 'BootMode' | 'TpmSupport'
    | 'PlatformDetails' | 'UsageOperation' | 'Platform' | 'ProductCodes' | 'KernelId' | 'RamdiskId'> & Partial<Pick<InstanceRecord, 'InstanceId' | 'ImageId'>>
    & Pick<Image, 'ImdsSupport'>;
  readonly tags: Tag[];
}

/** A new image in state `pending`, not yet in the account. */
export function makeImage(ec2: Ec2, { name, description, like, tags }: NewImage): ImageRecord {
  const given = <T>(key: string, value: T | undefined) => value === undefined ? {} : { [key]: value };
  return {
    ImageId: ec2.id('ami'),
    Architecture: like.Architecture,
    CreationDate: ec2.account.clock.timestamp(),
    ImageLocation: `${ec2.account.accountId}/${name}`,
    ImageType: 'machine',
    Public: false,
    OwnerId: ec2.account.accountId,
    PlatformDetails: like.PlatformDetails,
    UsageOperation: like.UsageOperation,
    State: 'pending',
    BlockDeviceMappings: [],
    Description: description,
    EnaSupport: like.EnaSupport,
    Hypervisor: 'xen',
    Name: name,
    RootDeviceName: like.RootDeviceName,
    RootDeviceType: 'ebs',
    VirtualizationType: like.VirtualizationType,
    Tags: tags,
    ...given('SriovNetSupport', like.SriovNetSupport),
    ...given('Platform', like.Platform),
    ...given('BootMode', like.BootMode),
    ...given('TpmSupport', like.TpmSupport),
    ...given('ImdsSupport', like.ImdsSupport),
    ...given('KernelId', like.KernelId),
    ...given('RamdiskId', like.RamdiskId),
    ...like.ProductCodes?.length ? { ProductCodes: like.ProductCodes } : {},
    ...given('SourceInstanceId', like.InstanceId),
  };
}

/** An image is available when its snapshots are complete, and has failed when one of them has. */
export function availableWithSnapshots(ec2: Ec2, image: ImageRecord, snapshots: readonly SnapshotRecord[]): void {
  const { clock } = ec2.account;
  whenSettled(ec2, snapshots, () => clock.after(ec2.timing.imageRegistration * 1000, () => {
    if (!ec2.images.has(image.ImageId)) return;
    const broken = snapshots.find(each => each.State !== 'completed');
    image.State = broken ? 'failed' : 'available';
    if (broken) image.StateReason = { Code: 'Client.InvalidSnapshot.NotFound', Message: broken.StateMessage ?? 'The snapshot failed' };
    tellImage(ec2, image.ImageId, broken ? 'failed' : 'available', broken?.StateMessage ?? '');
  }));
}

/**
 * RegisterImage takes what it is told, with the defaults of 2008: i386, paravirtual, no ENA. Such an image is there at
 * once and can not be launched on any type of today (SDK, RegisterImage). Billing data it finds in the snapshot, or not.
 */
export function registerImage(input: RegisterImageRequest, { account }: Call): { ImageId: string } {
  const ec2 = account.ec2;
  const name = required(input.Name, 'Name');
  for (const parameter of ['ImageLocation', 'KernelId', 'RamdiskId', 'BillingProducts'] as const) refuseUnmodelled(input[parameter], parameter);
  checkSpecifications(ec2, input.TagSpecifications, ['image']);
  checkMappings(input.BlockDeviceMappings);
  const rootDevice = required(input.RootDeviceName, 'rootDeviceName');
  const root = input.BlockDeviceMappings?.find(each => each.DeviceName === rootDevice)?.Ebs?.SnapshotId;
  if (!root) throw new AwsError('InvalidBlockDeviceMapping', 'The root device is not mapped to a snapshot.');
  for (const { Ebs } of input.BlockDeviceMappings ?? []) if (Ebs?.SnapshotId) checkSnapshot(ec2, Ebs.SnapshotId, Ebs.VolumeSize);
  if (input.SriovNetSupport !== undefined && input.VirtualizationType !== 'hvm') {
    throw invalidCombination('Enhanced networking is supported for HVM images only.');
  }
  if (input.TpmSupport !== undefined && input.BootMode !== 'uefi') {
    throw invalidCombination('The parameter TpmSupport can be used only with the boot mode uefi.');
  }
  checkName(ec2, name);
  const platform: PlatformData = ec2.platformFromSnapshot(root) ?? { PlatformDetails: 'Linux/UNIX', UsageOperation: 'RunInstances' };
  const image = makeImage(ec2, {
    name, description: input.Description ?? '', tags: specifiedTags(input.TagSpecifications, 'image'),
    like: {
      Architecture: input.Architecture ?? 'i386', VirtualizationType: input.VirtualizationType === 'hvm' ? 'hvm' : 'paravirtual',
      RootDeviceName: rootDevice, EnaSupport: input.EnaSupport ?? false, SriovNetSupport: input.SriovNetSupport, BootMode: input.BootMode,
      TpmSupport: input.TpmSupport, ImdsSupport: input.ImdsSupport, ...platform,
      ...platform.PlatformDetails.startsWith('Windows') && { Platform: windows },
    },
  });
  image.BlockDeviceMappings = (input.BlockDeviceMappings ?? []).filter(each => each.NoDevice === undefined).map(({ DeviceName, VirtualName, Ebs }) => {
    if (!Ebs) return { DeviceName, VirtualName };
    const snapshot = Ebs.SnapshotId === undefined ? undefined : ec2.snapshots.get(Ebs.SnapshotId);
    return {
      DeviceName,
      Ebs: {
        DeleteOnTermination: true, VolumeType: 'standard' as const, ...Ebs, VolumeSize: Ebs.VolumeSize ?? snapshot?.VolumeSize,
        Encrypted: snapshot?.Encrypted ?? false,
      },
    };
  });
  ec2.images.set(image.ImageId, image);
  ec2.imageModels.set(image.ImageId, { createdAt: account.clock.now(), uefiData: input.UefiData });
  availableWithSnapshots(ec2, image, []);
  return { ImageId: image.ImageId };
}

function checkSnapshot(ec2: Ec2, snapshotId: string, size: number | undefined): void {
  const snapshot = existing(ec2.snapshots, 'snapshot', snapshotId);
  if (snapshot.State !== 'completed') throw new AwsError('InvalidSnapshot.NotFound', `Snapshot '${snapshotId}' is not completed.`);
  if (size !== undefined && size < snapshot.VolumeSize) {
    throw new AwsError('InvalidBlockDeviceMapping',
      `Volume of size ${size}GB is smaller than snapshot '${snapshotId}', expect size >= ${snapshot.VolumeSize}GB`);
  }
}

/** In mappings of images encryption can not be given at all, and size and snapshot can not be changed (SDK, EbsBlockDevice). */
export function checkMappings(mappings: readonly BlockDeviceMapping[] | undefined): void {
  for (const { DeviceName: device, Ebs: ebs } of mappings ?? []) {
    if (ebs?.Encrypted !== undefined || ebs?.KmsKeyId !== undefined) {
      throw new AwsError('InvalidBlockDeviceMapping', `the encrypted flag cannot be specified since device ${device} has a snapshot specified.`);
    }
    if (ebs?.VolumeInitializationRate !== undefined) {
      throw new AwsError('InvalidParameterCombination', 'VolumeInitializationRate is not supported in the block device mappings of an image.');
    }
  }
}
