import type { Instance, Tag } from '@aws-sdk/client-ec2';
import { typeInfo } from '../../../rehearsal/cloud/ec2/instance-types';
import type { Inventory } from '../../../rehearsal/inventory/inventory';

/** The parts of a plan that say what becomes of an attribute. */
export interface Plan {
  readonly launch: Launch;
  readonly image: Readonly<Record<string, unknown>>;
  readonly finish: {
    readonly sourceDestCheck: readonly unknown[];
    readonly volumeTags: readonly { readonly device: string; readonly tags: Record<string, string> }[];
  };
  readonly protections: { readonly termination: boolean; readonly stop: boolean };
  readonly volumes: readonly {
    readonly volumeId: string; readonly device: string; readonly size: number; readonly type: string; readonly iops: number | null;
    readonly throughput: number | null; readonly encrypted: boolean; readonly kmsKeyId: string | null;
  }[];
  readonly differences: readonly { readonly attribute: string }[];
  readonly warnings: readonly string[];
}

interface Launch {
  readonly [member: string]: unknown;
  readonly NetworkInterfaces: readonly Readonly<Record<string, unknown>>[];
  readonly BlockDeviceMappings: readonly { readonly DeviceName: string; readonly Ebs?: Readonly<Record<string, unknown>> }[];
  readonly TagSpecifications: readonly { readonly ResourceType: string; readonly Tags: readonly { readonly Key: string; readonly Value: string }[] }[];
}

/** Finds in the plan what must equal the recorded value. */
type Finder = (plan: Plan, instance: Instance) => unknown;

const launch = (member: string): Finder => ({ launch: all }) => member.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], all);
const image = (member: string): Finder => plan => plan.image[member];
const interfaces = (member: string): Finder => plan => plan.launch.NetworkInterfaces.map(each => each[member]);

/**
 * Where the attributes of an instance must be found again, written down from the API reference of RunInstances and
 * RegisterImage, and not from the handlers. An attribute of the recording that is neither here with its value nor among
 * the plan's differences is lost silently.
 */
const carried: Record<string, Finder> = {
  'InstanceType': launch('InstanceType'),
  'KeyName': launch('KeyName'),
  // some recordings have scrubbed the account id
  'IamInstanceProfile.Arn': (plan, { IamInstanceProfile: profile }) =>
    (nameOf((launch('IamInstanceProfile.Arn')(plan, {}) as string)) === nameOf(profile?.Arn ?? '') ? profile?.Arn : undefined),
  'EbsOptimized': plan => plan.launch.EbsOptimized ?? false,
  'Monitoring.State': plan => ((plan.launch.Monitoring as { Enabled?: boolean }).Enabled ? 'enabled' : 'disabled'),
  'Placement.Tenancy': launch('Placement.Tenancy'),
  'Placement.GroupName': launch('Placement.GroupName'),
  'CpuOptions.CoreCount': (plan, instance) => (plan.launch.CpuOptions as { CoreCount?: number } | undefined)?.CoreCount ?? defaultCores(instance),
  'CpuOptions.ThreadsPerCore': (plan, instance) =>
    (plan.launch.CpuOptions as { ThreadsPerCore?: number } | undefined)?.ThreadsPerCore ?? vcpus(instance) / defaultCores(instance),
  'HibernationOptions.Configured': plan => (plan.launch.HibernationOptions as { Configured?: boolean } | undefined)?.Configured ?? false,
  'EnclaveOptions.Enabled': plan => (plan.launch.EnclaveOptions as { Enabled?: boolean } | undefined)?.Enabled ?? false,
  'MaintenanceOptions.AutoRecovery': launch('MaintenanceOptions.AutoRecovery'),
  'MaintenanceOptions.RebootMigration': () => 'default',
  'NetworkPerformanceOptions.BandwidthWeighting': plan =>
    (plan.launch.NetworkPerformanceOptions as { BandwidthWeighting?: string } | undefined)?.BandwidthWeighting ?? 'default',
  'Operator.Managed': () => false,
  'NetworkInterfaces[].Operator.Managed': plan => plan.launch.NetworkInterfaces.map(() => false),
  'MetadataOptions.HttpTokens': launch('MetadataOptions.HttpTokens'),
  'MetadataOptions.HttpEndpoint': launch('MetadataOptions.HttpEndpoint'),
  'MetadataOptions.HttpPutResponseHopLimit': launch('MetadataOptions.HttpPutResponseHopLimit'),
  'MetadataOptions.HttpProtocolIpv6': launch('MetadataOptions.HttpProtocolIpv6'),
  'MetadataOptions.InstanceMetadataTags': launch('MetadataOptions.InstanceMetadataTags'),
  'PrivateDnsNameOptions.HostnameType': launch('PrivateDnsNameOptions.HostnameType'),
  'PrivateDnsNameOptions.EnableResourceNameDnsARecord': launch('PrivateDnsNameOptions.EnableResourceNameDnsARecord'),
  'PrivateDnsNameOptions.EnableResourceNameDnsAAAARecord': launch('PrivateDnsNameOptions.EnableResourceNameDnsAAAARecord'),
  'Architecture': image('architecture'),
  'VirtualizationType': image('virtualizationType'),
  'EnaSupport': image('enaSupport'),
  'SriovNetSupport': image('sriovNetSupport'),
  'RootDeviceName': image('rootDeviceName'),
  'BootMode': image('bootMode'),
  'TpmSupport': image('tpmSupport'),
  'KernelId': image('kernelId'),
  'RamdiskId': image('ramdiskId'),
  'PlatformDetails': image('platformDetails'),
  'UsageOperation': image('usageOperation'),
  'SubnetId': plan => primary(plan)?.SubnetId,
  'SourceDestCheck': plan => plan.finish.sourceDestCheck.length === 0,
  'SecurityGroups[].GroupId': plan => primary(plan)?.Groups,
  'NetworkInterfaces[].SubnetId': interfaces('SubnetId'),
  'NetworkInterfaces[].Description': plan => plan.launch.NetworkInterfaces.map(each => each.Description ?? ''),
  'NetworkInterfaces[].InterfaceType': plan => plan.launch.NetworkInterfaces.map(each => each.InterfaceType ?? 'interface'),
  'NetworkInterfaces[].SourceDestCheck': plan => plan.launch.NetworkInterfaces.map(() => plan.finish.sourceDestCheck.length === 0),
  'NetworkInterfaces[].Groups[].GroupId': plan => plan.launch.NetworkInterfaces.flatMap(each => each.Groups),
  'NetworkInterfaces[].Attachment.DeleteOnTermination': interfaces('DeleteOnTermination'),
  'NetworkInterfaces[].Attachment.DeviceIndex': interfaces('DeviceIndex'),
  'NetworkInterfaces[].Attachment.NetworkCardIndex': plan => plan.launch.NetworkInterfaces.map(each => each.NetworkCardIndex ?? 0),
  'NetworkInterfaces[].PrivateIpAddresses[].Primary': plan => plan.launch.NetworkInterfaces.flatMap(each =>
    [true, ...Array.from({ length: Number(each.SecondaryPrivateIpAddressCount ?? 0) }, () => false)]),
  'BlockDeviceMappings[].DeviceName': plan => volumes(plan).map(each => each.DeviceName),
  'BlockDeviceMappings[].Ebs.DeleteOnTermination': plan => volumes(plan).map(each => each.Ebs?.DeleteOnTermination),
  'BlockDeviceMappings[].Ebs.EbsCardIndex': plan => volumes(plan).map(each => each.Ebs?.EbsCardIndex ?? 0),
  'Tags[].Key': plan => tagsOf(plan).map(tag => tag.Key),
  'Tags[].Value': plan => tagsOf(plan).map(tag => tag.Value),
};

/** The attributes of a recorded instance that a plan neither carries over nor lists. */
export function unaccounted(instance: Instance, plan: Plan): string[] {
  const listed = new Set(plan.differences.map(each => each.attribute));
  const values = new Map<string, unknown[]>();
  const { Tags = [], ...rest } = instance;
  const mayGive = Tags.filter(tag => !/^(aws|instance-mobility):/.test(tag.Key ?? ''));
  collect({ ...rest, Tags: mayGive }, '', values);
  const silently = mayGive.length < Tags.length && !listed.has('Tags') ? ['Tags: those that can not be given are not listed'] : [];
  return [...silently, ...[...values].flatMap(([path, recorded]) => {
    if (listed.has(path)) return [];
    const found = carried[path]?.(plan, instance);
    const same = JSON.stringify(sorted(recorded)) === JSON.stringify(sorted(Array.isArray(found) ? found : [found]));
    return same ? [] : [`${path}: ${JSON.stringify(recorded)}, planned ${JSON.stringify(found)}`];
  })];
}

/** What was recorded of an instance's volumes and attributes, and is not in the plan. */
export function unaccountedBeside({ InstanceId, BlockDeviceMappings = [] }: Instance, { Volumes, InstanceAttributes }: Inventory, plan: Plan): string[] {
  const lost = BlockDeviceMappings.flatMap(({ DeviceName = '', Ebs }) => {
    const recorded = Volumes.find(volume => volume.VolumeId === Ebs?.VolumeId);
    if (!recorded) return [];
    const planned = plan.volumes.find(volume => volume.volumeId === recorded.VolumeId);
    const { Size, VolumeType, Iops, Throughput, Encrypted = false, KmsKeyId } = recorded;
    // the IOPS of gp2 and the like follow from the size
    const provisioned = ['gp3', 'io1', 'io2'].includes(VolumeType ?? '');
    const expected = {
      device: DeviceName, size: Size, type: VolumeType, encrypted: Encrypted, kmsKeyId: KmsKeyId ?? null,
      ...provisioned && { iops: Iops ?? null, throughput: Throughput ?? null },
    };
    return Object.entries(expected).filter(([member, value]) => planned?.[member as keyof typeof planned] !== value)
      .map(([member, value]) => `${recorded.VolumeId} ${member}: ${value}`)
      .concat(lostTags(recorded.Tags ?? [], DeviceName, plan).map(key => `${recorded.VolumeId} tag ${key}`));
  });
  const attributes = InstanceAttributes.find(each => each.InstanceId === InstanceId);
  if ((attributes?.DisableApiTermination?.Value ?? false) !== plan.protections.termination) lost.push('DisableApiTermination');
  if ((attributes?.DisableApiStop?.Value ?? false) !== plan.protections.stop) lost.push('DisableApiStop');
  const behaviour = attributes?.InstanceInitiatedShutdownBehavior?.Value;
  if (behaviour !== undefined && behaviour !== plan.launch.InstanceInitiatedShutdownBehavior) lost.push('InstanceInitiatedShutdownBehavior');
  // by default user data is not copied: the plan has to say so
  if (attributes?.UserData?.Value && !plan.differences.some(each => /user ?data/i.test(each.attribute))) lost.push('UserData');
  return lost;
}

function lostTags(tags: readonly Tag[], device: string, { launch: { TagSpecifications }, finish: { volumeTags } }: Plan): string[] {
  const given = [
    ...TagSpecifications.filter(each => each.ResourceType === 'volume').flatMap(each => each.Tags.map(tag => `${tag.Key}=${tag.Value}`)),
    ...volumeTags.filter(each => each.device === device).flatMap(each => Object.entries(each.tags).map(([key, value]) => `${key}=${value}`)),
  ];
  return tags.filter(tag => !/^(aws|instance-mobility):/.test(tag.Key ?? '') && !given.includes(`${tag.Key}=${tag.Value}`)).map(tag => tag.Key ?? '');
}

/** A mapping without a volume only keeps away what the image would bring. */
function volumes({ launch: { BlockDeviceMappings } }: Plan) {
  return BlockDeviceMappings.filter(each => each.Ebs !== undefined);
}

function primary({ launch: { NetworkInterfaces } }: Plan) {
  return NetworkInterfaces.find(each => each.DeviceIndex === 0 && (each.NetworkCardIndex ?? 0) === 0);
}

/** The cores that an instance has unless its launch asks for others. */
function defaultCores({ InstanceType }: Instance): number {
  return typeInfo(InstanceType ?? 't3.micro')!.cores;
}

function vcpus({ InstanceType }: Instance): number {
  return typeInfo(InstanceType ?? 't3.micro')!.vcpus;
}

function tagsOf({ launch: { TagSpecifications } }: Plan) {
  return TagSpecifications.filter(each => each.ResourceType === 'instance').flatMap(each => each.Tags);
}

/** Every value that says something, by its path. */
function collect(value: unknown, path: string, values: Map<string, unknown[]>): void {
  if (value === undefined || value === null || value === '') return;
  if (Array.isArray(value)) for (const each of value) collect(each, `${path}[]`, values);
  else if (typeof value === 'object' && !(value instanceof Date)) {
    for (const [member, part] of Object.entries(value)) collect(part, path ? `${path}.${member}` : member, values);
  } else values.set(path, [...values.get(path) ?? [], value]);
}

function nameOf(arn: string): string | undefined {
  return arn?.split('/').at(-1);
}

function sorted(values: readonly unknown[]): unknown[] {
  return [...values].map(value => value ?? null).sort((a, b) => (String(a) < String(b) ? -1 : 1));
}
