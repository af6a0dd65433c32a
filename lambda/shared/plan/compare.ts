import type { Instance, InstanceNetworkInterface, Volume } from '@aws-sdk/client-ec2';
import { plain } from '../json';
import type { VolumeSnapshot } from '../step';
import { OWNER, tagMap } from '../tags';
import type { Launch } from './launch-input';
import { placeOf } from './network';
import type { InterfacePlace, Plan } from './plan';
import type { PlannedVolume } from './planned-volume';

/** What is known of a clone after its launch. */
export interface CloneFacts {
  readonly instance: Instance;
  readonly volumes: readonly Volume[];
  readonly shutdownBehavior: string | undefined;
  readonly cpuCredits: string | undefined;
}

type Finding = readonly [attribute: string, planned: unknown, found: unknown];

/** Every way in which a clone is not as planned, one line each. */
export function compareClone(plan: Plan, { instance, volumes, shutdownBehavior, cpuCredits }: CloneFacts, snapshots: readonly VolumeSnapshot[]): string[] {
  const { launch } = plan;
  const findings: Finding[] = [
    ...instanceFindings(launch, instance),
    ['InstanceInitiatedShutdownBehavior', launch.InstanceInitiatedShutdownBehavior, shutdownBehavior],
    ['CreditSpecification.CpuCredits', launch.CreditSpecification?.CpuCredits, cpuCredits],
    ...imageFindings(plan, instance),
    ...tagFindings('tag', tagsOf(launch, 'instance'), tagMap(instance.Tags)),
    ...interfaceFindings(plan, instance),
    ...volumeFindings(plan, instance, volumes, snapshots),
  ];
  return findings.filter(([, planned, found]) => planned !== undefined && planned !== null && JSON.stringify(planned) !== JSON.stringify(found))
    .map(([attribute, planned, found]) => `${attribute}: planned ${JSON.stringify(planned)}, found ${JSON.stringify(found) ?? 'nothing'}`);
}

/** Each field of a structure by itself: what was not planned may be as EC2 likes. */
function fields(path: string, planned: object | undefined, found: object | undefined): Finding[] {
  return Object.entries(planned ?? {}).map(([key, value]) => [`${path}.${key}`, value, (found as Record<string, unknown> | undefined)?.[key]]);
}

function instanceFindings(launch: Launch, instance: Instance): Finding[] {
  const { Enabled } = launch.Monitoring ?? {};
  return [
    ['InstanceType', launch.InstanceType, instance.InstanceType],
    ['KeyName', launch.KeyName, instance.KeyName],
    ['IamInstanceProfile', launch.IamInstanceProfile?.Arn, instance.IamInstanceProfile?.Arn],
    ['no IamInstanceProfile', launch.IamInstanceProfile ? undefined : 'none', instance.IamInstanceProfile?.Arn ?? 'none'],
    ['Monitoring', Enabled, instance.Monitoring?.State === 'enabled' || instance.Monitoring?.State === 'pending'],
    ['EbsOptimized', launch.EbsOptimized, instance.EbsOptimized],
    ['HibernationOptions.Configured', launch.HibernationOptions?.Configured, instance.HibernationOptions?.Configured],
    ['EnclaveOptions.Enabled', launch.EnclaveOptions?.Enabled, instance.EnclaveOptions?.Enabled],
    ['Licenses', sorted(launch.LicenseSpecifications?.map(({ LicenseConfigurationArn }) => LicenseConfigurationArn)),
      sorted(instance.Licenses?.map(({ LicenseConfigurationArn }) => LicenseConfigurationArn))],
    ...fields('MetadataOptions', launch.MetadataOptions, instance.MetadataOptions),
    ...fields('CpuOptions', launch.CpuOptions, instance.CpuOptions),
    ...fields('Placement', launch.Placement, instance.Placement),
    ...fields('PrivateDnsNameOptions', launch.PrivateDnsNameOptions, instance.PrivateDnsNameOptions),
    ...fields('MaintenanceOptions', launch.MaintenanceOptions, instance.MaintenanceOptions),
    ...fields('NetworkPerformanceOptions', launch.NetworkPerformanceOptions, instance.NetworkPerformanceOptions),
  ];
}

function imageFindings({ image }: Plan, instance: Instance): Finding[] {
  return [
    ['Architecture', image.architecture, instance.Architecture],
    ['EnaSupport', image.enaSupport || undefined, instance.EnaSupport],
    ['SriovNetSupport', image.sriovNetSupport, instance.SriovNetSupport],
    ['BootMode', image.bootMode, instance.BootMode],
    ['TpmSupport', image.tpmSupport, instance.TpmSupport],
    ['RootDeviceName', image.rootDeviceName, instance.RootDeviceName],
    ['PlatformDetails', image.platformDetails, instance.PlatformDetails],
    ['UsageOperation', image.usageOperation, instance.UsageOperation],
  ];
}

function interfaceFindings({ launch, finish }: Plan, { NetworkInterfaces = [] }: Instance): Finding[] {
  // interfaces beyond these were attached by the clone's own software: a launch makes no others
  const planned = launch.NetworkInterfaces ?? [];
  return planned.flatMap((one): Finding[] => {
    const place = { networkCardIndex: one.NetworkCardIndex ?? 0, deviceIndex: one.DeviceIndex ?? 0 };
    const found = NetworkInterfaces.find(other => samePlace(placeOf(plain(other)), place));
    const path = `interface ${place.networkCardIndex}/${place.deviceIndex}`;
    const unchecked = finish.sourceDestCheck.some(other => samePlace(other, place));
    return found ? [
      [`${path} SubnetId`, one.SubnetId, found.SubnetId],
      [`${path} Groups`, sorted(one.Groups), sorted(found.Groups?.map(({ GroupId }) => GroupId))],
      [`${path} DeleteOnTermination`, one.DeleteOnTermination, found.Attachment?.DeleteOnTermination],
      [`${path} Description`, one.Description, found.Description],
      [`${path} InterfaceType`, one.InterfaceType, found.InterfaceType],
      [`${path} SourceDestCheck`, !unchecked, found.SourceDestCheck],
      ...addressFindings(path, one, found),
      ...fields(`${path} ConnectionTracking`, one.ConnectionTrackingSpecification, found.ConnectionTrackingConfiguration),
      [`${path} EnaSrdSpecification`, one.EnaSrdSpecification, found.Attachment?.EnaSrdSpecification],
      [`${path} EnaQueueCount`, one.EnaQueueCount, found.Attachment?.EnaQueueCount],
    ] : [[path, 'present', 'absent']];
  });
}

function addressFindings(path: string, one: NonNullable<Launch['NetworkInterfaces']>[number], found: InstanceNetworkInterface): Finding[] {
  return [
    atLeast(`${path} secondary IPv4 addresses`, one.SecondaryPrivateIpAddressCount, found.PrivateIpAddresses?.filter(({ Primary }) => !Primary)),
    atLeast(`${path} IPv6 addresses`, one.Ipv6AddressCount, found.Ipv6Addresses),
    atLeast(`${path} IPv4 prefixes`, one.Ipv4PrefixCount, found.Ipv4Prefixes),
    atLeast(`${path} IPv6 prefixes`, one.Ipv6PrefixCount, found.Ipv6Prefixes),
    [`${path} public IPv4 address`, one.AssociatePublicIpAddress, Boolean(found.Association?.PublicIp)],
  ];
}

/** The clone's own software may have taken more by now: a container network does as soon as it starts. */
function atLeast(attribute: string, planned: number | undefined, found: readonly object[] = []): Finding {
  return [attribute, planned, Math.min(found.length, planned ?? 0)];
}

function volumeFindings(
  { volumes: planned, launch, finish }: Plan, { BlockDeviceMappings = [] }: Instance, volumes: readonly Volume[], snapshots: readonly VolumeSnapshot[],
): Finding[] {
  // the launch tags what it makes: any other volume was attached by the clone's own software
  const launched = BlockDeviceMappings.filter(({ DeviceName, Ebs }) => planned.some(({ device }) => device === DeviceName)
    || volumes.some(({ VolumeId, Tags }) => VolumeId === Ebs?.VolumeId && tagMap(Tags)[OWNER] !== undefined));
  return [
    ['devices', sorted(planned.map(({ device }) => device)), sorted(launched.map(({ DeviceName }) => DeviceName))],
    ...planned.flatMap((one): Finding[] => {
      const mapping = BlockDeviceMappings.find(({ DeviceName }) => DeviceName === one.device);
      const volume = volumes.find(({ VolumeId }) => VolumeId === mapping?.Ebs?.VolumeId);
      const path = `volume ${one.device}`;
      if (!mapping || !volume) return [[path, 'present', 'absent']];
      const tags = { ...tagsOf(launch, 'volume'), ...finish.volumeTags.find(({ device }) => device === one.device)?.tags };
      return [
        [`${path} snapshot`, snapshots.find(({ device }) => device === one.device)?.snapshotId, volume.SnapshotId],
        [`${path} copied from`, one.strategy === 'volume-copy' ? one.volumeId : undefined, volume.SourceVolumeId],
        [`${path} size`, one.size, volume.Size],
        [`${path} type`, one.type, volume.VolumeType],
        [`${path} iops`, one.iops, volume.Iops],
        [`${path} throughput`, one.throughput, volume.Throughput],
        // the account may encrypt by default what the source has in the clear: that is no loss
        [`${path} encrypted`, one.encrypted || undefined, volume.Encrypted],
        [`${path} KMS key`, comparableKey(one), volume.KmsKeyId],
        [`${path} DeleteOnTermination`, one.deleteOnTermination, mapping.Ebs?.DeleteOnTermination],
        ...tagFindings(`${path} tag`, tags, tagMap(volume.Tags)),
      ];
    }),
  ];
}

/** An alias or a bare id can not be compared with the ARN that EC2 answers. */
function comparableKey({ encrypted, kmsKeyId }: PlannedVolume): string | undefined {
  return encrypted && kmsKeyId !== null && /^arn:[^:]+:kms:[^:]*:[^:]*:key\//.test(kmsKeyId) ? kmsKeyId : undefined;
}

function tagFindings(path: string, planned: Readonly<Record<string, string>>, found: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(planned).map(([key, value]) => [`${path} ${key}`, value, found[key]]);
}

function tagsOf({ TagSpecifications }: Launch, type: string): Record<string, string> {
  return tagMap(TagSpecifications?.find(({ ResourceType }) => ResourceType === type)?.Tags);
}

function sorted(values: readonly (string | undefined)[] | undefined): string[] | undefined {
  return values?.flatMap(value => value ?? []).sort();
}

function samePlace(one: InterfacePlace, other: InterfacePlace): boolean {
  return one.networkCardIndex === other.networkCardIndex && one.deviceIndex === other.deviceIndex;
}
