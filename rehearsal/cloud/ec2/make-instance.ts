import type { Instance, RunInstancesRequest, TagSpecification } from '@aws-sdk/client-ec2';
import type { InstanceProfileRecord } from '../iam/state';
import { attach } from './attachments';
import { type Place, placeOfSubnet } from './edge/site';
import { defaultCredits, type TypeInfo } from './instance-types';
import type { PlannedVolume } from './launch-devices';
import { makeVolume, tellInitialization } from './make-volume';
import { attachInterface, makeInterface, type PlannedInterface } from './network';
import type { Ec2, ImageRecord, InstanceModel, InstanceRecord } from './state';
import { specifiedTags } from './tags';
import { zoneId } from './zones';

export interface LaunchPlan {
  readonly input: RunInstancesRequest;
  readonly image: ImageRecord;
  readonly type: TypeInfo;
  readonly interfaces: readonly PlannedInterface[];
  readonly volumes: readonly PlannedVolume[];
  readonly profile?: InstanceProfileRecord;
  readonly reservation: InstanceModel['reservation'];
}

/** Makes one instance of a launch with its volumes and interfaces, in state `pending`. */
export function makeInstance(ec2: Ec2, plan: LaunchPlan, index: number): InstanceRecord {
  const { input, image, type, interfaces, volumes, reservation } = plan;
  const place = placeOfSubnet(interfaces[0]!.subnet);
  const instance = newRecord(ec2, plan, place, index);
  ec2.instances.set(instance.InstanceId, instance);
  ec2.instanceModels.set(instance.InstanceId, {
    reservation, createdAt: ec2.account.clock.now(), reboots: 0,
    ...input.UserData !== undefined && { userData: input.UserData },
    disableApiTermination: input.DisableApiTermination ?? false,
    disableApiStop: input.DisableApiStop ?? false,
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
    cpuCredits: type.burstable ? cpuCredits(input, type) : undefined,
    uefiData: ec2.imageModels.get(image.ImageId)?.uefiData,
  });
  const tags = tagging(input.TagSpecifications);
  for (const planned of interfaces) {
    attachInterface(ec2, planned.existing ?? makeInterface(ec2, planned, tags('network-interface')), instance, planned.spec, 'attaching');
  }
  const platform = image.PlatformDetails === undefined ? undefined
    : { PlatformDetails: image.PlatformDetails, UsageOperation: image.UsageOperation ?? 'RunInstances' };
  for (const { device, shape, encryption, snapshot, foreignSnapshotId, deleteOnTermination, initializationRate } of volumes) {
    const volume = makeVolume(ec2, {
      shape, place, encryption, snapshot, foreignSnapshotId, initializationRate, tags: tags('volume'),
      // what licence the guest needs rests on the root volume
      ...device === image.RootDeviceName && { platform },
    });
    attach(ec2, volume, instance, { device, deleteOnTermination, state: 'attaching' });
    tellInitialization(ec2, volume);
  }
  image.LastLaunchedTime = ec2.account.clock.timestamp();
  return instance;
}

function tagging(specifications: TagSpecification[] | undefined): (type: 'volume' | 'network-interface' | 'instance') => { Key?: string; Value?: string }[] {
  return type => specifiedTags(specifications, type);
}

function cpuCredits(input: RunInstancesRequest, type: TypeInfo): InstanceModel['cpuCredits'] {
  const wanted = input.CreditSpecification?.CpuCredits;
  return wanted === 'standard' || wanted === 'unlimited' ? wanted : defaultCredits(type.name);
}

/** The record of a new instance. Fields and their spelling are those of recorded answers of 2023 to 2026. */
function newRecord(ec2: Ec2, { input, image, type, profile }: LaunchPlan, { zone, outpostArn }: Place, index: number): InstanceRecord {
  const now = ec2.date();
  const given = <K extends keyof Instance>(key: K, value: Instance[K]) => value === undefined ? {} : { [key]: value } as Pick<Instance, K>;
  return {
    InstanceId: ec2.id('i'),
    AmiLaunchIndex: index,
    ImageId: image.ImageId,
    InstanceType: type.name as InstanceRecord['InstanceType'],
    ...given('KeyName', input.KeyName),
    LaunchTime: now,
    ...given('OutpostArn', outpostArn),
    Monitoring: { State: input.Monitoring?.Enabled ? 'pending' : 'disabled' },
    Placement: placementOf(ec2, input, zone),
    ...given('Platform', image.Platform),
    ProductCodes: image.ProductCodes ?? [],
    State: { Code: 0, Name: 'pending' },
    StateReason: { Code: 'pending', Message: 'pending' },
    StateTransitionReason: '',
    Architecture: image.Architecture,
    BlockDeviceMappings: [],
    ClientToken: input.ClientToken ?? '',
    EbsOptimized: input.EbsOptimized ?? type.ebsOptimizedByDefault,
    EnaSupport: image.EnaSupport,
    Hypervisor: 'xen',
    ...profile && { IamInstanceProfile: { Arn: profile.Arn, Id: profile.InstanceProfileId } },
    NetworkInterfaces: [],
    RootDeviceName: image.RootDeviceName,
    RootDeviceType: 'ebs',
    SecurityGroups: [],
    ...given('SriovNetSupport', image.SriovNetSupport),
    Tags: specifiedTags(input.TagSpecifications, 'instance'),
    VirtualizationType: image.VirtualizationType,
    CpuOptions: {
      CoreCount: type.cores, ThreadsPerCore: type.threads, ...input.CpuOptions,
    },
    CapacityReservationSpecification: reservationOf(input),
    HibernationOptions: { Configured: input.HibernationOptions?.Configured ?? false },
    ...given('Licenses', input.LicenseSpecifications?.map(({ LicenseConfigurationArn }) => ({ LicenseConfigurationArn }))),
    MetadataOptions: {
      State: 'pending', HttpTokens: image.ImdsSupport === 'v2.0' ? 'required' : 'optional',
      HttpPutResponseHopLimit: image.ImdsSupport === 'v2.0' ? 2 : 1,
      HttpEndpoint: 'enabled', HttpProtocolIpv6: 'disabled', InstanceMetadataTags: 'disabled', ...input.MetadataOptions,
    },
    EnclaveOptions: { Enabled: input.EnclaveOptions?.Enabled ?? false },
    ...given('BootMode', image.BootMode),
    PlatformDetails: image.PlatformDetails ?? 'Linux/UNIX',
    UsageOperation: image.UsageOperation ?? 'RunInstances',
    UsageOperationUpdateTime: now,
    PrivateDnsNameOptions: {
      HostnameType: 'ip-name', EnableResourceNameDnsARecord: false, EnableResourceNameDnsAAAARecord: false, ...input.PrivateDnsNameOptions,
    },
    ...given('TpmSupport', image.TpmSupport),
    MaintenanceOptions: { AutoRecovery: input.MaintenanceOptions?.AutoRecovery ?? 'default', RebootMigration: 'default' },
    CurrentInstanceBootMode: image.BootMode === 'uefi' || image.BootMode === 'uefi-preferred' && type.uefi || !type.legacyBios ? 'uefi' : 'legacy-bios',
    NetworkPerformanceOptions: { BandwidthWeighting: input.NetworkPerformanceOptions?.BandwidthWeighting ?? 'default' },
    Operator: { Managed: false },
  };
}

function placementOf(ec2: Ec2, { Placement: wanted }: RunInstancesRequest, zone: string): InstanceRecord['Placement'] {
  const group = [...ec2.placementGroups.values()].find(each => each.GroupId !== undefined && each.GroupId === wanted?.GroupId
    || each.GroupName !== undefined && each.GroupName === wanted?.GroupName);
  return {
    Tenancy: wanted?.Tenancy ?? 'default',
    GroupName: group?.GroupName ?? '',
    ...group?.GroupId !== undefined && { GroupId: group.GroupId },
    AvailabilityZone: zone,
    AvailabilityZoneId: zoneId(ec2.account.region, zone),
    ...wanted?.HostId !== undefined && { HostId: wanted.HostId },
    ...wanted?.HostResourceGroupArn !== undefined && { HostResourceGroupArn: wanted.HostResourceGroupArn },
    ...wanted?.Affinity !== undefined && { Affinity: wanted.Affinity },
    ...wanted?.PartitionNumber !== undefined && { PartitionNumber: wanted.PartitionNumber },
  };
}

function reservationOf({ CapacityReservationSpecification: wanted }: RunInstancesRequest): Instance['CapacityReservationSpecification'] {
  return {
    ...!wanted?.CapacityReservationTarget && { CapacityReservationPreference: wanted?.CapacityReservationPreference ?? 'open' },
    ...wanted?.CapacityReservationTarget && { CapacityReservationTarget: wanted.CapacityReservationTarget },
  };
}
