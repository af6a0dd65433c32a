import type { CpuOptionsRequest, Placement, TagSpecification } from '@aws-sdk/client-ec2';
import { TagKeyNotAllowed } from '../errors';
import { defined } from '../json';
import type { Request } from '../request/request';
import type { Source } from '../source/source';
import { tagList, tagMap, type Tags } from '../tags';
import type { Launch } from './launch-input';
import { placeOf, type NetworkPlan } from './network';
import type { Difference, Finish } from './plan';
import type { PlannedVolume } from './planned-volume';
import { commonTags, type CopiedTags, copiedTags, without } from './tags';
import { blockDeviceMappings } from './volumes';

export interface LaunchPlan { readonly launch: Launch; readonly finish: Finish; readonly differences: readonly Difference[] }

/** The launch of a clone: every launchable attribute of the source, in the traps' order of aws: interfaces carry subnet and groups themselves. */
export function planLaunch(source: Source, request: Request, volumes: readonly PlannedVolume[], network: NetworkPlan): LaunchPlan {
  const { instance, attributes, profile, cloneType } = source;
  const tags = planTags(source, request, volumes);
  const sameType = request.instanceType === null;
  const burstable = cloneType?.burstable ?? attributes.cpuCredits !== null;
  const launch = defined({
    InstanceType: (request.instanceType ?? instance.InstanceType) as Launch['InstanceType'],
    KeyName: request.keyName ?? (source.keyPairGone ? undefined : instance.KeyName),
    IamInstanceProfile: profile ? { Arn: profile.arn } : undefined,
    BlockDeviceMappings: blockDeviceMappings(volumes, source, request),
    NetworkInterfaces: [...network.interfaces],
    Placement: placement(source),
    Monitoring: monitoring(source),
    MetadataOptions: instance.MetadataOptions && defined({
      HttpTokens: instance.MetadataOptions.HttpTokens,
      HttpPutResponseHopLimit: instance.MetadataOptions.HttpPutResponseHopLimit,
      HttpEndpoint: instance.MetadataOptions.HttpEndpoint,
      HttpProtocolIpv6: instance.MetadataOptions.HttpProtocolIpv6,
      InstanceMetadataTags: instance.MetadataOptions.InstanceMetadataTags,
    }),
    CpuOptions: sameType ? cpuOptions(source) : undefined,
    CreditSpecification: attributes.cpuCredits !== null && burstable ? { CpuCredits: attributes.cpuCredits } : undefined,
    // never `open`: the clone would silently take a reservation that was meant for something else
    CapacityReservationSpecification: { CapacityReservationPreference: 'none' as const },
    HibernationOptions: instance.HibernationOptions?.Configured ? { Configured: true } : undefined,
    EnclaveOptions: instance.EnclaveOptions?.Enabled ? { Enabled: true } : undefined,
    EbsOptimized: instance.EbsOptimized && sameType ? true : undefined,
    PrivateDnsNameOptions: instance.PrivateDnsNameOptions && defined({ ...instance.PrivateDnsNameOptions }),
    MaintenanceOptions: instance.MaintenanceOptions?.AutoRecovery ? { AutoRecovery: instance.MaintenanceOptions.AutoRecovery } : undefined,
    NetworkPerformanceOptions: sameType ? weighting(source) : undefined,
    LicenseSpecifications: instance.Licenses?.map(({ LicenseConfigurationArn }) => ({ LicenseConfigurationArn })),
    InstanceInitiatedShutdownBehavior: attributes.shutdownBehavior as Launch['InstanceInitiatedShutdownBehavior'],
    KernelId: instance.KernelId,
    RamdiskId: instance.RamdiskId,
    TagSpecifications: tags.specifications,
  });
  refuseTagKeys(launch);
  return { launch, finish: { ...tags.finish, sourceDestCheck: network.sourceDestCheck }, differences: [...tags.differences, ...choices(source, request)] };
}

/** Where the source is pinned the clone is pinned; where it merely happens to be, the clone is free. */
function placement({ instance: { Placement: placed } }: Source): Placement | undefined {
  if (!placed) return undefined;
  const { Tenancy, GroupId, GroupName, PartitionNumber, Affinity, HostId, HostResourceGroupArn } = placed;
  const group = GroupId ? { GroupId } : GroupName ? { GroupName } : {}; // one of both, EC2 says
  const host = HostResourceGroupArn ? { HostResourceGroupArn } : Tenancy === 'host' ? defined({ Affinity, HostId: Affinity === 'host' ? HostId : undefined }) : {};
  // the zone is that of the interfaces' subnets
  const where = defined({ Tenancy, PartitionNumber: PartitionNumber || undefined, ...group, ...host });
  return Object.keys(where).length > 0 ? where : undefined;
}

/** Cores and threads have to be said both; types that can not choose refuse even their default, so that is left out. */
function cpuOptions({ instance: { CpuOptions: cpu }, instanceType }: Source): CpuOptionsRequest | undefined {
  if (!cpu) return undefined;
  const ordinary = !instanceType || instanceType.cores === null || (cpu.CoreCount === instanceType.cores && cpu.ThreadsPerCore === instanceType.threadsPerCore);
  const options = defined({
    CoreCount: ordinary ? undefined : cpu.CoreCount,
    ThreadsPerCore: ordinary ? undefined : cpu.ThreadsPerCore,
    AmdSevSnp: cpu.AmdSevSnp === 'enabled' ? cpu.AmdSevSnp : undefined,
    NestedVirtualization: cpu.NestedVirtualization === 'enabled' ? cpu.NestedVirtualization : undefined,
  });
  return Object.keys(options).length > 0 ? options : undefined;
}

function monitoring({ instance: { Monitoring: { State, MetricCategoryIds } = {} } }: Source): Launch['Monitoring'] {
  const Enabled = State === 'enabled' || State === 'pending';
  return Enabled && MetricCategoryIds?.length ? { Enabled, MetricCategoryIds } : { Enabled };
}

function weighting({ instance: { NetworkPerformanceOptions: performance } }: Source): Launch['NetworkPerformanceOptions'] {
  return performance?.BandwidthWeighting && performance.BandwidthWeighting !== 'default' ? { BandwidthWeighting: performance.BandwidthWeighting } : undefined;
}

/** Tags go into the launching call, so that tag policies see them; what differs between volumes comes after it. */
function planTags({ instance, volumes: sourceVolumes, interfaceTags }: Source, request: Request, volumes: readonly PlannedVolume[]) {
  const own = copiedTags(tagMap(instance.Tags as { Key?: string; Value?: string }[]), request.tags);
  const ofVolumes = volumes.map(({ device }) => ({ device, ...copiedTags(sourceVolumes.find(volume => volume.device === device)?.tags ?? {}, request.tags) }));
  const ofInterfaces = (instance.NetworkInterfaces ?? []).map(one =>
    ({ ...placeOf(one), ...copiedTags(interfaceTags[one.NetworkInterfaceId ?? ''] ?? {}, request.tags) }));
  const shared = { volume: commonTags(ofVolumes.map(({ tags }) => tags)), 'network-interface': commonTags(ofInterfaces.map(({ tags }) => tags)) };
  const specifications: TagSpecification[] = [
    { ResourceType: 'instance' as const, Tags: tagList(own.tags) },
    { ResourceType: 'volume' as const, Tags: tagList({ ...shared.volume, ...request.tags }) },
    { ResourceType: 'network-interface' as const, Tags: tagList({ ...shared['network-interface'], ...request.tags }) },
  ];
  const finish = {
    volumeTags: ofVolumes.map(({ device, tags }) => ({ device, tags: without(tags, shared.volume) })).filter(({ tags }) => Object.keys(tags).length > 0),
    interfaceTags: ofInterfaces.map(({ networkCardIndex, deviceIndex, tags }) => ({ networkCardIndex, deviceIndex, tags: without(tags, shared['network-interface']) }))
      .filter(({ tags }) => Object.keys(tags).length > 0),
  };
  return {
    specifications, finish,
    differences: [
      ...tagDifferences('Tags', own), ...ofVolumes.flatMap(copied => tagDifferences(`volume ${copied.device} tags`, copied)),
      ...ofInterfaces.flatMap(copied => tagDifferences(`interface ${copied.deviceIndex} tags`, copied)),
      ...Object.entries(request.tags).filter(([key, value]) => instance.Tags?.some(tag => tag.Key === key && tag.Value !== value))
        .map(([key, value]): Difference => ({
          attribute: `tag ${key}`, source: instance.Tags?.find(tag => tag.Key === key)?.Value ?? null, clone: value, kind: 'chosen', why: 'asked for by the request',
        })),
    ],
  };
}

function tagDifferences(attribute: string, { dropped, reserved }: CopiedTags): Difference[] {
  const line = (source: Tags, kind: 'nature' | 'lost', why: string): Difference[] =>
    (Object.keys(source).length === 0 ? [] : [{ attribute, source, clone: null, kind, why }]);
  return [
    ...line(dropped, 'lost', 'EC2 takes 50 tags per resource, and the clone needs some for itself'),
    ...line(reserved, 'nature', 'AWS and this library give them themselves, and they tell of the source: its stack, its Auto Scaling group, who made it'),
  ];
}

/** With tags in the instance metadata their keys become paths (EC2 user guide, "work-with-tags-in-IMDS"). */
function refuseTagKeys({ MetadataOptions, TagSpecifications = [] }: Launch): void {
  if (MetadataOptions?.InstanceMetadataTags !== 'enabled') return;
  const keys = Object.keys(tagMap(TagSpecifications.find(({ ResourceType }) => ResourceType === 'instance')?.Tags));
  const wrong = keys.filter(key => !/^[A-Za-z0-9+\-=._:,@]+$/.test(key) || /^(\.|\.\.|_index)$/.test(key));
  if (wrong.length > 0) {
    throw new TagKeyNotAllowed(`the source offers its tags in the instance metadata, where keys may have letters, digits and + - = . , _ : @ only:`
      + ` change ${wrong.map(key => JSON.stringify(key)).join(', ')} in tags`);
  }
}

/** What the request asks to be otherwise, or has to be. */
function choices(source: Source, request: Request): Difference[] {
  const { instance, profile, attributes } = source;
  const chosen = (attribute: string, from: string | undefined, clone: string | null, isAsked: boolean): Difference[] =>
    (isAsked && (from ?? null) !== clone ? [{ attribute, source: from ?? null, clone, kind: 'chosen', why: 'asked for by the request' }] : []);
  return [
    ...chosen('InstanceType', instance.InstanceType, request.instanceType, request.instanceType !== null),
    ...chosen('KeyName', instance.KeyName, request.keyName, request.keyName !== null),
    ...source.keyPairGone ? [{
      attribute: 'KeyName', source: instance.KeyName ?? null, clone: null, kind: 'lost' as const,
      why: `the key pair ${source.elsewhere === undefined ? 'no longer exists' : `is of ${source.elsewhere} and not here`}; the keys on the root volume stay`,
    }] : [],
    ...chosen('IamInstanceProfile', instance.IamInstanceProfile?.Arn, profile?.arn ?? null, request.instanceProfile !== 'source'),
    ...chosen('UserData', attributes.userData ? `sha256 ${attributes.userData.sha256}` : undefined, request.userData === 'given' ? 'as given' : null,
      request.userData !== 'source'),
    ...typeBoundLosses(source, request),
  ];
}

/** What is not forced upon an instance type that it was not made for. */
function typeBoundLosses(source: Source, request: Request): Difference[] {
  const { instance, attributes, instanceType, cloneType } = source;
  const lost = (attribute: string, value: string | boolean | undefined | null, why: string): Difference[] =>
    (value ? [{ attribute, source: value, clone: null, kind: 'lost', why }] : []);
  if (request.instanceType === null) {
    const cpu = instance.CpuOptions && !instanceType ? JSON.stringify(instance.CpuOptions) : null;
    return lost('CpuOptions', cpu, `EC2 no longer describes ${instance.InstanceType}, so it can not be told whether cores and threads are its default: the default is taken`);
  }
  const why = `it depends on the instance type, which is ${request.instanceType} for the clone`;
  const cpu = cpuOptions(source);
  return [
    ...lost('CpuOptions', cpu && JSON.stringify(cpu), why),
    ...lost('NetworkPerformanceOptions', weighting(source)?.BandwidthWeighting, why),
    ...lost('EbsOptimized', instance.EbsOptimized, why),
    ...cloneType?.burstable === false ? lost('CpuCredits', attributes.cpuCredits, why) : [],
  ];
}
