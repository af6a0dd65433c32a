import type {
  CapacityReservationSpecificationResponse, InstanceMetadataOptionsResponse, InstanceNetworkInterfaceSpecification, OperatorResponse, Placement, ProductCode,
  RunInstancesRequest, VolumeType,
} from '@aws-sdk/client-ec2';
import { attach } from './attachments';
import { defaultSubnet, makeSecurityGroup, makeSubnet } from './default-network';
import { encryptedAt, placeOfInstance, siteAt } from './edge/site';
import { encryptionOf } from './encryption';
import { defaultCredits, typeInfo } from './instance-types';
import { comeUp } from './lifecycle';
import { volumeShape } from './limits';
import { makeImage } from './make-image';
import { makeInstance } from './make-instance';
import { makeVolume } from './make-volume';
import { attachInterface, groupsFor, makeInterface, removeInterface, interfacesOf, showInterfaces } from './network';
import { publicAddress } from './addresses';
import { type Ec2, type ImageRecord, type InstanceModel, type InstanceRecord, type PlatformData, type SubnetRecord, windows } from './state';
import { zoneId, zones } from './zones';

export interface VolumeSpec {
  /** `/dev/xvda` for the first, `/dev/sdf` and on for the others, unless told otherwise. */
  readonly device?: string;
  /** GiB; 8 for the first, 100 for the others. */
  readonly size?: number;
  /** gp3 unless told otherwise. */
  readonly type?: VolumeType;
  readonly iops?: number;
  readonly throughput?: number;
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
  readonly deleteOnTermination?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  /** GiB written so far, which a first snapshot has to copy; a share of the size unless told otherwise. */
  readonly written?: number;
  readonly multiAttach?: boolean;
}

export interface InterfaceSpec {
  readonly subnetId?: string;
  readonly securityGroupIds?: readonly string[];
  readonly description?: string;
  readonly sourceDestCheck?: boolean;
  readonly deleteOnTermination?: boolean;
  readonly secondaryAddresses?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly connectionTracking?: { readonly TcpEstablishedTimeout?: number; readonly UdpStreamTimeout?: number; readonly UdpTimeout?: number };
}

/** What an instance of a scenario is like; everything has a sane default. */
export interface InstanceSpec {
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly state?: 'running' | 'stopped';
  /** Hours since its launch. */
  readonly age?: number;
  readonly zone?: string;
  readonly subnetId?: string;
  readonly securityGroupIds?: readonly string[];
  readonly volumes?: readonly VolumeSpec[];
  readonly interfaces?: readonly InterfaceSpec[];
  readonly publicIp?: boolean;
  readonly keyName?: string;
  /** The name of an instance profile; made with a role of the same name if the account has none. */
  readonly profile?: string;
  /** Plain text. */
  readonly userData?: string;
  readonly imageId?: string;
  readonly platform?: Partial<PlatformData> & { readonly windows?: boolean };
  readonly bootMode?: 'legacy-bios' | 'uefi' | 'uefi-preferred';
  readonly tpm?: boolean;
  readonly uefiData?: string;
  readonly terminationProtection?: boolean;
  readonly stopProtection?: boolean;
  readonly shutdownBehavior?: 'stop' | 'terminate';
  readonly metadataOptions?: InstanceMetadataOptionsResponse;
  readonly placement?: Placement;
  readonly credits?: 'standard' | 'unlimited';
  readonly monitoring?: boolean;
  readonly ebsOptimized?: boolean;
  readonly cpuOptions?: { readonly CoreCount: number; readonly ThreadsPerCore: number };
  readonly hibernation?: boolean;
  readonly enclave?: boolean;
  readonly capacityReservation?: CapacityReservationSpecificationResponse;
  readonly lifecycle?: 'spot';
  readonly operator?: OperatorResponse;
  readonly productCodes?: readonly ProductCode[];
  readonly licenses?: readonly string[];
  /** Never passes its status checks again. */
  readonly impaired?: boolean;
}

export interface Added {
  readonly instanceId: string;
  /** In the order of the spec, root first. */
  readonly volumeIds: readonly string[];
  readonly networkInterfaceIds: readonly string[];
  readonly imageId: string;
  readonly subnetId: string;
}

/** Puts an instance into the account as if it had been there for a while. */
export function addInstance(ec2: Ec2, spec: InstanceSpec): Added {
  const type = typeInfo(spec.type ?? 'm5.large');
  if (!type) throw new Error(`the rehearsal does not know the instance type ${spec.type}`);
  const image = spec.imageId === undefined ? baseImage(ec2, spec) : ec2.get(ec2.images, spec.imageId);
  const subnet = spec.subnetId === undefined ? defaultSubnet(ec2, spec.zone) : ec2.subnets.get(spec.subnetId) ?? namedSubnet(ec2, spec.subnetId, spec.zone);
  if (spec.keyName !== undefined && !ec2.keyPairs.has(spec.keyName)) addKeyPair(ec2, spec.keyName);
  const instance = makeInstance(ec2, {
    input: launchInput(spec), image, type, volumes: [],
    interfaces: [{
      subnet, groups: groupsFor(ec2, subnet, spec.securityGroupIds), spec: { DeviceIndex: 0, DeleteOnTermination: true }, publicAddress: spec.publicIp ?? false,
    }],
    profile: profileOf(ec2, spec.profile), reservation: { ReservationId: ec2.id('r'), OwnerId: ec2.account.accountId },
  }, 0);
  const volumeIds = (spec.volumes ?? [{}]).map((volume, index) => addVolume(ec2, instance, volume, index, image));
  if (spec.interfaces) replaceInterfaces(ec2, instance, subnet, spec);
  decorate(ec2, instance, spec);
  comeUp(ec2, instance);
  age(ec2, instance, spec);
  return {
    instanceId: instance.InstanceId, volumeIds, networkInterfaceIds: interfacesOf(ec2, instance.InstanceId).map(each => each.NetworkInterfaceId),
    imageId: image.ImageId, subnetId: subnet.SubnetId,
  };
}

function launchInput(spec: InstanceSpec): RunInstancesRequest {
  const list = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const tags = { ...spec.name !== undefined && { Name: spec.name }, ...spec.tags };
  return {
    MinCount: 1, MaxCount: 1, KeyName: spec.keyName,
    ...spec.userData !== undefined && { UserData: Buffer.from(spec.userData).toString('base64') },
    Placement: spec.placement, EbsOptimized: spec.ebsOptimized, CpuOptions: spec.cpuOptions,
    Monitoring: { Enabled: spec.monitoring ?? false },
    CreditSpecification: spec.credits && { CpuCredits: spec.credits },
    HibernationOptions: { Configured: spec.hibernation ?? false }, EnclaveOptions: { Enabled: spec.enclave ?? false },
    CapacityReservationSpecification: spec.capacityReservation,
    LicenseSpecifications: spec.licenses?.map(LicenseConfigurationArn => ({ LicenseConfigurationArn })),
    DisableApiTermination: spec.terminationProtection, DisableApiStop: spec.stopProtection, InstanceInitiatedShutdownBehavior: spec.shutdownBehavior,
    TagSpecifications: [{ ResourceType: 'instance', Tags: list(tags) }],
  };
}

/** An Amazon Linux image with a root snapshot, of the kind that the instance needs. */
function baseImage(ec2: Ec2, spec: InstanceSpec): ImageRecord {
  const type = typeInfo(spec.type ?? 'm5.large')!;
  const architecture = type.architectures.includes('arm64') ? 'arm64' as const : 'x86_64' as const;
  const isWindows = spec.platform?.windows ?? spec.platform?.PlatformDetails?.startsWith('Windows') ?? false;
  const platform: PlatformData = {
    PlatformDetails: spec.platform?.PlatformDetails ?? (isWindows ? 'Windows' : 'Linux/UNIX'),
    UsageOperation: spec.platform?.UsageOperation ?? (isWindows ? 'RunInstances:0002' : 'RunInstances'),
  };
  const bootMode = spec.bootMode ?? (!type.legacyBios ? 'uefi' : undefined);
  const image = makeImage(ec2, {
    name: `base-image-${ec2.images.size + 1}`, description: '', tags: [],
    like: {
      Architecture: architecture, VirtualizationType: 'hvm', EnaSupport: true, SriovNetSupport: 'simple', RootDeviceName: rootDevice(spec), BootMode: bootMode,
      ...spec.tpm && { TpmSupport: 'v2.0' as const }, ...platform, ...isWindows && { Platform: windows }, ProductCodes: [...spec.productCodes ?? []],
    },
  });
  const snapshotId = ec2.id('snap');
  image.State = 'available';
  Object.assign(image, { OwnerId: '137112412989', ImageOwnerAlias: 'amazon', Public: true, ImageLocation: `amazon/${image.Name}` });
  image.BlockDeviceMappings = [{
    DeviceName: rootDevice(spec),
    Ebs: { DeleteOnTermination: true, SnapshotId: snapshotId, VolumeSize: 8, VolumeType: 'gp3', Iops: 3000, Throughput: 125, Encrypted: false },
  }];
  ec2.images.set(image.ImageId, image);
  // the image's own snapshot belongs to its owner: this account does not see it
  ec2.imageModels.set(image.ImageId, { createdAt: 0, ...spec.uefiData !== undefined && { uefiData: spec.uefiData } });
  return image;
}

function rootDevice(spec: InstanceSpec): string {
  return spec.volumes?.[0]?.device ?? '/dev/xvda';
}

function addVolume(ec2: Ec2, instance: InstanceRecord, spec: VolumeSpec, index: number, image: ImageRecord): string {
  const size = spec.size ?? (index === 0 ? 8 : 100);
  const encrypted = encryptedAt(siteAt(ec2, placeOfInstance(instance)), spec.encrypted ?? (spec.kmsKeyId === undefined ? undefined : true));
  const volume = makeVolume(ec2, {
    shape: volumeShape({ type: spec.type ?? 'gp3', size, iops: spec.iops, throughput: spec.throughput }),
    place: placeOfInstance(instance),
    encryption: encryptionOf(ec2, { encrypted, kmsKeyId: spec.kmsKeyId }),
    // a root volume comes from the image's snapshot
    foreignSnapshotId: index === 0 ? image.BlockDeviceMappings[0]?.Ebs?.SnapshotId : undefined,
    multiAttach: spec.multiAttach, tags: Object.entries(spec.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
    writtenMiB: Math.round((spec.written ?? size * ec2.timing.writtenShare) * 1024),
    ...index === 0 && { platform: { PlatformDetails: image.PlatformDetails ?? 'Linux/UNIX', UsageOperation: image.UsageOperation ?? 'RunInstances' } },
  });
  volume.State = 'available';
  attach(ec2, volume, instance, {
    device: spec.device ?? (index === 0 ? '/dev/xvda' : `/dev/sd${String.fromCharCode(101 + index)}`),
    deleteOnTermination: spec.deleteOnTermination ?? index === 0, state: 'attached',
  });
  return volume.VolumeId;
}

function replaceInterfaces(ec2: Ec2, instance: InstanceRecord, subnet: SubnetRecord, spec: InstanceSpec): void {
  for (const record of interfacesOf(ec2, instance.InstanceId)) removeInterface(ec2, record);
  (spec.interfaces ?? []).forEach((each, index) => {
    const own = each.subnetId === undefined ? subnet : ec2.get(ec2.subnets, each.subnetId);
    const request: InstanceNetworkInterfaceSpecification = {
      DeviceIndex: index, Description: each.description, DeleteOnTermination: each.deleteOnTermination ?? true,
      SecondaryPrivateIpAddressCount: each.secondaryAddresses, InterfaceType: each.type, ConnectionTrackingSpecification: each.connectionTracking,
    };
    const record = makeInterface(ec2, {
      subnet: own, groups: groupsFor(ec2, own, each.securityGroupIds ?? spec.securityGroupIds), spec: request,
      publicAddress: index === 0 && (spec.publicIp ?? false),
    }, Object.entries(each.tags ?? {}).map(([Key, Value]) => ({ Key, Value })));
    record.SourceDestCheck = each.sourceDestCheck ?? true;
    attachInterface(ec2, record, instance, request, 'attached');
  });
}

/** What a launch of today could not ask for. */
function decorate(ec2: Ec2, instance: InstanceRecord, spec: InstanceSpec): void {
  const model: InstanceModel = ec2.get(ec2.instanceModels, instance.InstanceId);
  if (spec.metadataOptions) instance.MetadataOptions = { ...instance.MetadataOptions, ...spec.metadataOptions };
  if (spec.lifecycle) Object.assign(instance, { InstanceLifecycle: spec.lifecycle, SpotInstanceRequestId: `sir-${ec2.account.random.hex(8)}` });
  if (spec.operator) instance.Operator = spec.operator;
  if (spec.productCodes) instance.ProductCodes = [...spec.productCodes];
  if (spec.impaired) model.impaired = true;
  if (instance.CurrentInstanceBootMode === 'uefi') model.uefiData = spec.uefiData ?? '';
  if (typeInfo(instance.InstanceType)?.burstable) model.cpuCredits ??= defaultCredits(instance.InstanceType);
  const primary = interfacesOf(ec2, instance.InstanceId)[0];
  if (spec.publicIp && primary && !primary.Association) {
    primary.Association = publicAddress(ec2);
    primary.PrivateIpAddresses[0]!.Association = primary.Association;
    showInterfaces(ec2, instance);
  }
}

/** Its launch lies in the past: nothing of it is new any more. */
function age(ec2: Ec2, instance: InstanceRecord, { age: hours = 24 * 40, state = 'running' }: InstanceSpec): void {
  const then = new Date(ec2.account.clock.now() - hours * 3_600_000);
  const model = ec2.get(ec2.instanceModels, instance.InstanceId);
  ec2.instanceModels.set(instance.InstanceId, { ...model, createdAt: then.getTime(), runningSince: then.getTime() });
  Object.assign(instance, { LaunchTime: then, UsageOperationUpdateTime: then });
  for (const mapping of instance.BlockDeviceMappings) {
    mapping.Ebs!.AttachTime = then;
    const volume = ec2.get(ec2.volumes, mapping.Ebs!.VolumeId!);
    volume.CreateTime = then;
    for (const attachment of volume.Attachments) attachment.AttachTime = then;
    ec2.volumeModels.set(volume.VolumeId, { ...ec2.get(ec2.volumeModels, volume.VolumeId), createdAt: then.getTime() });
  }
  for (const record of interfacesOf(ec2, instance.InstanceId)) if (record.Attachment) record.Attachment.AttachTime = then;
  showInterfaces(ec2, instance);
  if (state === 'running') return;
  instance.State = { Code: 80, Name: 'stopped' };
  instance.StateReason = { Code: 'Client.UserInitiatedShutdown', Message: 'Client.UserInitiatedShutdown: User initiated shutdown' };
  ec2.get(ec2.instanceModels, instance.InstanceId).runningSince = undefined;
}

function profileOf(ec2: Ec2, name: string | undefined) {
  if (name === undefined) return undefined;
  const { iam } = ec2.account;
  const known = iam.instanceProfiles.get(name);
  if (known) return known;
  if (!iam.roles.has(name)) iam.addRole({ name });
  return iam.addInstanceProfile(name, name);
}

export function addKeyPair(ec2: Ec2, name: string): void {
  const fingerprint = Array.from({ length: 20 }, () => ec2.account.random.hex(2)).join(':');
  ec2.keyPairs.set(name, { KeyPairId: ec2.id('key'), KeyName: name, KeyType: 'rsa', KeyFingerprint: fingerprint, CreateTime: ec2.date() });
}

function namedSubnet(ec2: Ec2, id: string, zone = zones(ec2.account.region)[0]!.name): SubnetRecord {
  const vpcId = ec2.id('vpc');
  ec2.vpcs.set(vpcId, { VpcId: vpcId, CidrBlock: '10.0.0.0/16', State: 'available', IsDefault: false, InstanceTenancy: 'default', OwnerId: ec2.account.accountId });
  makeSecurityGroup(ec2, { vpcId, name: 'default', description: 'default VPC security group' });
  return makeSubnet(ec2, { id, vpcId, cidr: '10.0.1.0/24', zone, zoneId: zoneId(ec2.account.region, zone) });
}
