import type {
  ArchitectureType, BootModeType, InstanceTypeInfo, InstanceTypeOffering, PlacementGroupStrategy,
} from '@aws-sdk/client-ec2';
import { instanceStoreTypeTable } from './instance-store-types';
import { instanceTypeTable } from './instance-type-table';

/** What the account itself needs to know of an instance type. */
export interface TypeInfo {
  readonly name: string;
  readonly vcpus: number;
  readonly cores: number;
  readonly threads: number;
  readonly mebibytes: number;
  readonly architectures: readonly ArchitectureType[];
  readonly interfaces: number;
  readonly addressesPerInterface: number;
  readonly ebsAttachments: number;
  /** Whether interfaces and NVMe disks count to the attachments. */
  readonly sharedAttachments: boolean;
  readonly nitro: boolean;
  readonly paravirtual: boolean;
  readonly enaRequired: boolean;
  readonly burstable: boolean;
  readonly uefi: boolean;
  readonly legacyBios: boolean;
  readonly ebsOptimizedByDefault: boolean;
  readonly description: InstanceTypeInfo;
}

const types = new Map<string, TypeInfo>();

/** A type of the table; undefined for one that the rehearsal does not know. */
export function typeInfo(name: string): TypeInfo | undefined {
  return all().get(name);
}

export function allTypes(): TypeInfo[] {
  return [...all().values()];
}

/** Takes in a type that is younger than the table, from what DescribeInstanceTypes says of it. */
export function learnType(description: InstanceTypeInfo): void {
  const { InstanceType: name, VCpuInfo: cpus, NetworkInfo: network, EbsInfo: ebs } = description;
  if (!name || all().has(name)) return;
  const cores = cpus?.DefaultCores ?? cpus?.DefaultVCpus ?? 1;
  const vcpus = cpus?.DefaultVCpus ?? cores;
  types.set(name, {
    name, vcpus, cores, threads: cpus?.DefaultThreadsPerCore ?? vcpus / cores, mebibytes: description.MemoryInfo?.SizeInMiB ?? 0,
    architectures: description.ProcessorInfo?.SupportedArchitectures ?? ['x86_64'],
    interfaces: network?.MaximumNetworkInterfaces ?? 2, addressesPerInterface: network?.Ipv4AddressesPerInterface ?? 2,
    // "most instance types share 28 attachments" (aws.amazon.com, EC2 user guide, volume_limits)
    ebsAttachments: ebs?.MaximumEbsAttachments ?? 28, sharedAttachments: ebs?.AttachmentLimitType !== 'dedicated',
    nitro: description.Hypervisor === 'nitro' || description.BareMetal === true,
    paravirtual: description.SupportedVirtualizationTypes?.includes('paravirtual') ?? false,
    enaRequired: network?.EnaSupport === 'required', burstable: description.BurstablePerformanceSupported ?? false,
    uefi: description.SupportedBootModes?.includes('uefi') ?? false, legacyBios: description.SupportedBootModes?.includes('legacy-bios') ?? true,
    ebsOptimizedByDefault: ebs?.EbsOptimizedSupport === 'default', description,
  });
}

export function isBurstable(name: string): boolean {
  return /^t\d/.test(name) && !name.startsWith('t1.');
}

/** RunInstances makes T2 standard and the younger families unlimited (SDK, RunInstancesRequest.CreditSpecification). */
export function defaultCredits(name: string): 'standard' | 'unlimited' | undefined {
  return isBurstable(name) ? name.startsWith('t2.') ? 'standard' : 'unlimited' : undefined;
}

/** Every type of the table is offered wherever it is asked for; a scenario that needs a gap takes the type away with a fault. */
export function offering(type: string, locationType: InstanceTypeOffering['LocationType'], location: string): InstanceTypeOffering {
  return { InstanceType: type as InstanceTypeOffering['InstanceType'], LocationType: locationType, Location: location };
}

function all(): ReadonlyMap<string, TypeInfo> {
  if (types.size === 0) {
    for (const line of [...instanceTypeTable.trim().split('\n'), ...instanceStoreTypeTable.trim().split('\n')]) {
      const info = parse(line);
      types.set(info.name, info);
    }
  }
  return types;
}

function parse(line: string): TypeInfo {
  const [name, cpus, memory, architectures, network, ebs, optimized, disks, flags, performance] = line.split(' | ') as
    [string, string, string, string, string, string, string, string, string, string];
  const [vcpus, cores] = cpus.split(' ').map(Number) as [number, number];
  const [interfaces, addresses] = network.split('x').map(Number) as [number, number];
  const has = (flag: string) => flags.includes(flag);
  const info = {
    name, vcpus, cores, threads: vcpus / cores, mebibytes: Number(memory),
    architectures: architectures.split('+') as ArchitectureType[],
    interfaces, addressesPerInterface: addresses,
    ebsAttachments: Number(ebs.slice(1)), sharedAttachments: ebs.startsWith('s'),
    nitro: has('n'), paravirtual: has('p'), enaRequired: has('e'), burstable: has('B'),
    uefi: has('u'), legacyBios: has('l'), ebsOptimizedByDefault: has('O'),
  };
  return { ...info, description: describe(info, { optimized, disks, performance, has }) };
}

interface Columns { readonly optimized: string; readonly disks: string; readonly performance: string; has(flag: string): boolean }

function describe(info: Omit<TypeInfo, 'description'>, { optimized, disks, performance, has }: Columns): InstanceTypeInfo {
  const supported = (flag: string) => has(flag) ? 'supported' as const : 'unsupported' as const;
  const strategies: PlacementGroupStrategy[] = has('C') ? ['cluster', 'partition', 'spread'] : ['partition', 'spread'];
  const bootModes: BootModeType[] = [...has('l') ? ['legacy-bios' as const] : [], ...has('u') ? ['uefi' as const] : []];
  return {
    InstanceType: info.name as InstanceTypeInfo['InstanceType'],
    CurrentGeneration: has('g'),
    FreeTierEligible: false,
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: has('i') ? ['ebs', 'instance-store'] : ['ebs'],
    SupportedVirtualizationTypes: has('p') ? ['hvm', 'paravirtual'] : ['hvm'],
    BareMetal: false,
    Hypervisor: info.nitro ? 'nitro' : 'xen',
    ProcessorInfo: { SupportedArchitectures: [...info.architectures] },
    VCpuInfo: { DefaultVCpus: info.vcpus, DefaultCores: info.cores, DefaultThreadsPerCore: info.threads },
    MemoryInfo: { SizeInMiB: info.mebibytes },
    InstanceStorageSupported: disks !== '-',
    ...disks !== '-' && { InstanceStorageInfo: storage(disks, has('w')) },
    EbsInfo: {
      EbsOptimizedSupport: has('O') ? 'default' : has('o') ? 'supported' : 'unsupported',
      EncryptionSupport: 'supported',
      ...optimized !== '-' && { EbsOptimizedInfo: ebsPerformance(optimized) },
      NvmeSupport: has('v') ? 'required' : has('V') ? 'supported' : 'unsupported',
      MaximumEbsAttachments: info.ebsAttachments,
      AttachmentLimitType: info.sharedAttachments ? 'shared' : 'dedicated',
    },
    NetworkInfo: {
      NetworkPerformance: performance,
      MaximumNetworkInterfaces: info.interfaces,
      MaximumNetworkCards: 1,
      DefaultNetworkCardIndex: 0,
      NetworkCards: [{ NetworkCardIndex: 0, NetworkPerformance: performance, MaximumNetworkInterfaces: info.interfaces }],
      Ipv4AddressesPerInterface: info.addressesPerInterface,
      Ipv6AddressesPerInterface: has('6') ? info.addressesPerInterface : 0,
      Ipv6Supported: has('6'),
      EnaSupport: has('e') ? 'required' : has('E') ? 'supported' : 'unsupported',
      EfaSupported: false,
      EncryptionInTransitSupported: has('k'),
      EnaSrdSupported: false,
      ...has('b') && { BandwidthWeightings: ['default', 'ebs-1', 'vpc-1'] },
    },
    PlacementGroupInfo: { SupportedStrategies: strategies },
    HibernationSupported: has('h'),
    BurstablePerformanceSupported: has('B'),
    DedicatedHostsSupported: has('H'),
    AutoRecoverySupported: has('a'),
    SupportedBootModes: bootModes,
    NitroEnclavesSupport: supported('c'),
    NitroTpmSupport: supported('T'),
    ...has('T') && { NitroTpmInfo: { SupportedVersions: ['2.0'] } },
    RebootMigrationSupport: supported('r'),
    SupportedInRegion: true,
  };
}

function storage(disks: string, nvme: boolean): InstanceTypeInfo['InstanceStorageInfo'] {
  const parsed = disks.split('+').map(each => {
    const [, count, size, type] = /^(\d+)x(\d+)(hdd|ssd)$/.exec(each)! as unknown as [string, string, string, 'hdd' | 'ssd'];
    return { SizeInGB: Number(size), Count: Number(count), Type: type };
  });
  return {
    TotalSizeInGB: parsed.reduce((sum, disk) => sum + disk.SizeInGB * disk.Count, 0),
    Disks: parsed,
    NvmeSupport: nvme ? 'required' : 'unsupported',
    EncryptionSupport: nvme ? 'required' : 'unsupported',
  };
}

function ebsPerformance(text: string): NonNullable<InstanceTypeInfo['EbsInfo']>['EbsOptimizedInfo'] {
  const [baseline, baselineIops, maximum, maximumIops] = text.split('/').map(Number) as [number, number, number, number];
  return {
    BaselineBandwidthInMbps: baseline, BaselineThroughputInMBps: baseline / 8, BaselineIops: baselineIops,
    MaximumBandwidthInMbps: maximum, MaximumThroughputInMBps: maximum / 8, MaximumIops: maximumIops,
  };
}
