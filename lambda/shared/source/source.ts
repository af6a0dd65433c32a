import type { Image, Instance, InstanceTypeInfo, Volume } from '@aws-sdk/client-ec2';
import type { Plain } from '../json';
import type { Tags } from '../tags';

/** A volume of the source: what DescribeInstances knows of the attachment, joined with what DescribeVolumes knows. */
export interface SourceVolume {
  readonly device: string;
  readonly volumeId: string;
  readonly root: boolean;
  readonly deleteOnTermination: boolean;
  readonly ebsCardIndex: number | null;
  readonly size: number;
  readonly type: string;
  readonly iops: number | null;
  readonly throughput: number | null;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | null;
  readonly multiAttach: boolean;
  /** How many instances have it attached. */
  readonly attachments: number;
  readonly tags: Tags;
}

/** What is not in the answer of DescribeInstances. */
export interface SourceAttributes {
  /** The user data itself never leaves the handler that uses it. */
  readonly userData: { readonly sha256: string; readonly bytes: number } | null;
  readonly terminationProtection: boolean;
  readonly stopProtection: boolean;
  readonly shutdownBehavior: string;
  /** `standard` or `unlimited`; null for types without CPU credits. */
  readonly cpuCredits: string | null;
  /** Whether UEFI variables can be read from it. */
  readonly uefiData: boolean;
}

/** What counts of an instance type. */
export interface InstanceTypeFacts {
  readonly name: string;
  readonly hypervisor: string | null;
  readonly bareMetal: boolean;
  readonly burstable: boolean;
  readonly architectures: readonly string[];
  readonly bootModes: readonly string[];
  readonly tpm: boolean;
  readonly vcpus: number | null;
  readonly cores: number | null;
  readonly threadsPerCore: number | null;
  readonly instanceStoreGb: number;
  readonly maximumInterfaces: number | null;
  readonly ipv4PerInterface: number | null;
  readonly maximumVolumes: number | null;
  readonly enaRequired: boolean;
  readonly efa: boolean;
  readonly hibernation: boolean;
  readonly enclaves: boolean;
}

/** Everything that a faithful launch needs to know of an instance (secrets excepted). */
export interface Source {
  readonly instanceId: string;
  readonly name: string | null;
  readonly state: 'running' | 'stopped';
  readonly availabilityZone: string;
  /** Where it is, in words, if not in the account and Region of the clones. */
  readonly elsewhere?: string;
  /** The answer of DescribeInstances, whole: what a plan does not carry over is found by walking through it. */
  readonly instance: Plain<Instance>;
  readonly attributes: SourceAttributes;
  readonly volumes: readonly SourceVolume[];
  /** By interface id. */
  readonly interfaceTags: Readonly<Record<string, Tags>>;
  readonly securityGroups: readonly { readonly groupId: string; readonly vpcId: string }[];
  /** The image that it was launched from; null when that is gone or not to be seen. */
  readonly image: ImageFacts | null;
  readonly instanceType: InstanceTypeFacts | null;
  /** The type that the clone shall have; null: unknown to EC2. */
  readonly cloneType: InstanceTypeFacts | null;
  /** Whether the source names a key pair that was deleted since; not looked at when the request names one. */
  readonly keyPairGone: boolean;
  /** The profile that the clone shall have. */
  readonly profile: { readonly name: string; readonly arn: string; readonly roleArn: string | null } | null;
  /** Null: nobody asked. */
  readonly managedBySsm: boolean | null;
  readonly warnings: readonly string[];
}

export interface ImageFacts {
  readonly imageId: string;
  readonly imdsSupport: string | null;
  readonly bootMode: string | null;
  readonly tpmSupport: string | null;
  readonly state: string | null;
  readonly architecture: string | null;
  readonly virtualizationType: string | null;
  readonly rootDeviceName: string | null;
  readonly platformDetails: string | null;
  readonly usageOperation: string | null;
  /** The devices that it maps EBS volumes to. */
  readonly devices: readonly string[];
  /** Instance store disks that the image maps; newer types bring theirs unasked. */
  readonly ephemeral: readonly { readonly device: string; readonly virtualName: string }[];
}

export function volumeFacts(mapping: NonNullable<Instance['BlockDeviceMappings']>[number], volume: Volume, rootDevice: string | undefined, tags: Tags): SourceVolume {
  return {
    device: mapping.DeviceName ?? '',
    volumeId: mapping.Ebs?.VolumeId ?? '',
    root: mapping.DeviceName === rootDevice,
    deleteOnTermination: mapping.Ebs?.DeleteOnTermination ?? false,
    ebsCardIndex: mapping.Ebs?.EbsCardIndex ?? null,
    size: volume.Size ?? 0,
    type: volume.VolumeType ?? 'standard',
    iops: volume.Iops ?? null,
    throughput: volume.Throughput ?? null,
    encrypted: volume.Encrypted ?? false,
    kmsKeyId: volume.KmsKeyId ?? null,
    multiAttach: volume.MultiAttachEnabled ?? false,
    attachments: volume.Attachments?.length ?? 0,
    tags,
  };
}

export function imageFacts(image: Image): ImageFacts {
  return {
    imageId: image.ImageId ?? '',
    imdsSupport: image.ImdsSupport ?? null,
    bootMode: image.BootMode ?? null,
    tpmSupport: image.TpmSupport ?? null,
    state: image.State ?? null,
    architecture: image.Architecture ?? null,
    virtualizationType: image.VirtualizationType ?? null,
    rootDeviceName: image.RootDeviceName ?? null,
    platformDetails: image.PlatformDetails ?? null,
    usageOperation: image.UsageOperation ?? null,
    devices: (image.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Ebs }) => (DeviceName && Ebs ? [DeviceName] : [])),
    ephemeral: (image.BlockDeviceMappings ?? []).flatMap(({ DeviceName, VirtualName }) =>
      (DeviceName && VirtualName?.startsWith('ephemeral') ? [{ device: DeviceName, virtualName: VirtualName }] : [])),
  };
}

export function instanceTypeFacts(type: InstanceTypeInfo): InstanceTypeFacts {
  return {
    name: type.InstanceType ?? '',
    hypervisor: type.Hypervisor ?? null,
    bareMetal: type.BareMetal ?? false,
    burstable: type.BurstablePerformanceSupported ?? false,
    architectures: type.ProcessorInfo?.SupportedArchitectures ?? [],
    bootModes: type.SupportedBootModes ?? [],
    tpm: type.NitroTpmSupport === 'supported',
    vcpus: type.VCpuInfo?.DefaultVCpus ?? null,
    cores: type.VCpuInfo?.DefaultCores ?? null,
    threadsPerCore: type.VCpuInfo?.DefaultThreadsPerCore ?? null,
    instanceStoreGb: type.InstanceStorageInfo?.TotalSizeInGB ?? 0,
    maximumInterfaces: type.NetworkInfo?.MaximumNetworkInterfaces ?? null,
    ipv4PerInterface: type.NetworkInfo?.Ipv4AddressesPerInterface ?? null,
    maximumVolumes: type.EbsInfo?.MaximumEbsAttachments ?? null,
    enaRequired: type.NetworkInfo?.EnaSupport === 'required',
    efa: type.NetworkInfo?.EfaSupported ?? false,
    hibernation: type.HibernationSupported ?? false,
    enclaves: type.NitroEnclavesSupport === 'supported',
  };
}
