import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NormalizedSchema } from '@smithy/core/schema';
import { operationSchemas, wireOf } from '../../../rehearsal/cloud/schemas';
import { dated } from '../../../rehearsal/cloud/ec2/import-answers';
import { world, type World } from './world';

const folder = join(process.env.RECORDINGS_DIR ?? join(__dirname, '../../../../shared/recordings'), 'ec2');
const recorded = existsSync(folder) ? describe : describe.skip;

interface Recording { readonly scenario: string; readonly operation: string; readonly data: Record<string, unknown> }

/** `ec2.describe-instances-1.json` is an answer of DescribeInstances. */
function recordings(): Recording[] {
  return readdirSync(folder, { withFileTypes: true }).filter(each => each.isDirectory()).flatMap(({ name: scenario }) =>
    readdirSync(join(folder, scenario)).flatMap(file => {
      const match = /^ec2\.([a-z-]+)-\d+\.json$/.exec(file);
      if (!match) return [];
      const operation = match[1]!.split('-').map(word => word[0]!.toUpperCase() + word.slice(1)).join('');
      return [{ scenario, operation, data: (JSON.parse(readFileSync(join(folder, scenario, file), 'utf8')) as { data: Record<string, unknown> }).data }];
    }));
}

/** The paths of an answer with the JSON type of what stands there: `Reservations[].Instances[].InstanceId string`. */
function paths(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : value.flatMap(each => paths(each, `${path}[]`));
  // the account's copies come from another realm than jest's
  if (Object.prototype.toString.call(value) === '[object Date]') return [`${path} time`];
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([key, each]) => paths(each, path ? `${path}.${key}` : key));
  return value === null || value === undefined ? [] : [`${path} ${typeof value}`];
}

/** An account in which each described resource has about everything that AWS would tell of it. */
async function richAccount(): Promise<World> {
  const it = world();
  const { ec2 } = it;
  const key = ec2.keys.create();
  const rich = ec2.addInstance({
    name: 'db', profile: 'db', keyName: 'key', publicIp: true, userData: 'x', bootMode: 'uefi-preferred', volumes: [{ tags: { a: 'b' } }, { kmsKeyId: key.arn, tags: { a: 'b' } }],
    interfaces: [{ description: 'front', tags: { a: 'b' } }], lifecycle: 'spot', platform: { windows: true },
  });
  ec2.addInstance({ state: 'stopped', type: 't2.micro' });
  await it.call('CreateTags', { Resources: [rich.subnetId, [...ec2.securityGroups.keys()][0]!, rich.imageId], Tags: [{ Key: 'a', Value: 'b' }] });
  await it.call('CreateSnapshots', {
    InstanceSpecification: { InstanceId: rich.instanceId }, TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'a', Value: 'b' }] }],
  });
  await it.pass(3600);
  await it.image(rich.instanceId, { SriovNetSupport: 'simple', ImdsSupport: 'v2.0', BootMode: 'uefi-preferred' });
  return it;
}

/** What answers of these operations can have and those of our account do not, and why. Import keeps it all; nothing here makes it. */
const reasons: readonly [RegExp, string][] = [
  [/^NextToken /, 'this account has less than a page'],
  [/\.(KernelId|RamdiskId) /, 'paravirtual images of 2008 to 2014 can not be launched here'],
  [/\.RequesterId /, 'launched by another AWS service'],
  [/^Reservations\[\]\.Groups/, 'EC2-Classic'],
  [/\.EbsCardIndex /, 'types with several EBS cards are not modelled'],
  [/\.(AssociatedResource|InstanceOwningService|VolumeOwnerId) |Operator\.\w+ /, 'managed by another AWS service: imported, and refused as a source'],
  [/\.(ElasticGpu|ElasticInferenceAccelerator)Association/, 'accelerators that AWS has retired'],
  [/\.(CarrierIp|CustomerOwnedIp|CustomerOwnedIpv4Pool|OutpostArn|EnableLniAtDeviceIndex) /, 'Outposts and Wavelength Zones belong to a later step'],
  [/\.EnaSrdSpecification|\.EnaQueueCount |\.ConnectionTrackingConfiguration|\.SecondaryInterfaces/, 'network options that launches here do not set'],
  [/Ipv6|Ipv4Prefix/, 'IPv6 and prefixes are imported, not given'],
  [/\.CpuOptions\.(AmdSevSnp|NestedVirtualization) |\.TpmSupport /, 'confidential computing and nested virtualization are not modelled'],
  [/\.(CapacityBlockId|CapacityReservationId|CapacityReservationResourceGroupArn) /, 'capacity reservations are not modelled'],
  [/\.LicenseConfigurationArn |\.ProductCodes/, 'licences and Marketplace codes are imported, and refused as a source'],
  [/\.Placement\.(Affinity|PartitionNumber|HostId|SpreadDomain|HostResourceGroupArn|GroupId) /, 'dedicated hosts and partitions are imported, not given'],
  [/MetricCategoryIds/, 'metric categories are not modelled'],
  [/\.(SourceVolumeId|FastRestored|VolumeArn|SseType|TransferType) |^Volumes\[\]\.OwnerId /, 'volumes are not copied here, nor restored fast'],
  [/\.VolumeInitializationRate /, 'no volume of this account has one'],
  [/^Snapshots\[\]\.(OwnerAlias|RestoreExpiryTime|AvailabilityZone|CompletionDurationMinutes|StateMessage|DataEncryptionKeyId) /,
    'snapshots of others, archived, timed, of Local Zones or failed'],
  [/^Images\[\]\.(DeprecationTime|SourceInstanceId|DeregistrationProtection|ImageAllowed|SourceImage\w+|FreeTierEligible|PublicSsmParameterName|StateReason) ?/,
    'images that are deprecated, protected, failed, or say where they come from'],
  [/^Images\[\]\.(ImageWatermarks|ScanResults|InstanceTypeSpecification)/, 'additions of 2026'],
  [/^Images\[\]\.BlockDeviceMappings\[\]\.(VirtualName|NoDevice|Ebs\.(KmsKeyId|AvailabilityZone|AvailabilityZoneId)) /,
    'instance store of images of M3 and older, and keys and zones in images'],
  [/Association\.(AllocationId|AssociationId) /, 'elastic addresses are imported, not made'],
  [/\.(DenyAllIgwTraffic|PublicIpDnsNameOptions\.\w+|PublicDnsName|AssociatedSubnets\[\]) |^Subnets\[\]\.Type /, 'interfaces and subnets of other services'],
  [/^SecurityGroups\[\]\.IpPermissions/, 'rules are imported, not made'],
];
const described = [
  'DescribeInstances', 'DescribeVolumes', 'DescribeSnapshots', 'DescribeImages', 'DescribeSubnets', 'DescribeSecurityGroups', 'DescribeNetworkInterfaces',
];

/** The paths of all that an answer can have, as `paths` writes them. */
function members(schema: NormalizedSchema, path = ''): string[] {
  if (schema.isStructSchema()) return [...schema.structIterator()].flatMap(([name, member]) => members(member, path ? `${path}.${name}` : name));
  if (schema.isListSchema()) return members(schema.getValueSchema(), `${path}[]`);
  return [`${path} ${schema.isTimestampSchema() ? 'time' : schema.isBooleanSchema() ? 'boolean' : schema.isNumericSchema() ? 'number' : 'string'}`];
}

describe('what answers can have, ours have', () => {
  test('or there is a reason; and each reason is needed', async () => {
    const { call } = await richAccount();
    const missing: string[] = [];
    for (const operation of described) {
      const ours = new Set(paths(await call(operation, {})));
      missing.push(...members(operationSchemas(wireOf('EC2'), operation)!.output).filter(path => !ours.has(path)));
    }
    expect(missing.filter(path => !reasons.some(([pattern]) => pattern.test(path)))).toEqual([]);
    expect(reasons.filter(([pattern]) => !missing.some(path => pattern.test(path))).map(([pattern]) => String(pattern))).toEqual([]);
  });
});

recorded('what recorded answers have, ours have', () => {
  test.each(described)('%s: every member, by its name and type', async operation => {
    const { call } = await richAccount();
    const ours = new Set(paths(await call(operation, {})));
    const theirs = new Set(recordings().filter(each => each.operation === operation && !('Error' in each.data)).flatMap(each => paths(dated(each.data))));
    expect(theirs.size).toBeGreaterThan(5);
    const missing = [...theirs].filter(path => !ours.has(path) && !reasons.some(([pattern]) => pattern.test(path)));
    expect(missing).toEqual([]);
  });

  test('answers of calls that change something', async () => {
    const { ec2, call, pass } = world();
    const { instanceId, volumeIds: [, data] } = ec2.addInstance({ volumes: [{}, { type: 'gp2' }] });
    const tagged = { TagSpecifications: [{ ResourceType: 'snapshot' as const, Tags: [{ Key: 'a', Value: 'b' }] }] };
    const answers: Record<string, object> = {};
    answers.CreateSnapshot = await call('CreateSnapshot', { VolumeId: data!, ...tagged });
    await pass(60);
    answers.CreateSnapshots = await call('CreateSnapshots', { InstanceSpecification: { InstanceId: instanceId }, ...tagged });
    answers.StopInstances = await call('StopInstances', { InstanceIds: [instanceId] });
    await pass(60);
    answers.DetachVolume = await call('DetachVolume', { VolumeId: data! });
    await pass(60);
    answers.AttachVolume = await call('AttachVolume', { VolumeId: data!, InstanceId: instanceId, Device: '/dev/sdf' });
    answers.StartInstances = await call('StartInstances', { InstanceIds: [instanceId] });
    answers.TerminateInstances = await call('TerminateInstances', { InstanceIds: [instanceId] });
    answers.CreateVolume = await call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 8 });
    for (const { operation, data: theirs } of recordings()) {
      const ours = answers[operation];
      if (!ours || 'Error' in theirs) continue;
      const known = new Set(paths(ours));
      expect([operation, paths(dated(theirs)).filter(path => !known.has(path))]).toEqual([operation, []]);
    }
  });

  test('the answer of a launch', async () => {
    const { call, image, ec2 } = world();
    const imageId = await image(ec2.addInstance({ type: 't2.micro' }).instanceId);
    const ours = await call('RunInstances', { ImageId: imageId, InstanceType: 't2.micro', MinCount: 1, MaxCount: 1 });
    const known = new Set(paths(ours));
    const theirs = recordings().filter(({ operation, data }) => operation === 'RunInstances' && !('Error' in data)).flatMap(({ data }) => paths(dated(data)));
    expect(theirs.filter(path => !known.has(path))).toEqual([]);
  });

  test('errors: the codes and words', async () => {
    const calls: Record<string, (id: string) => [string, object]> = {
      InvalidVolume: id => ['DescribeVolumes', { VolumeIds: [id] }],
      InvalidSnapshot: id => ['DescribeSnapshots', { SnapshotIds: [id] }],
      InvalidSubnetID: id => ['DescribeSubnets', { SubnetIds: [id] }],
      InvalidNetworkInterfaceID: id => ['DescribeNetworkInterfaces', { NetworkInterfaceIds: [id] }],
      InvalidAllocationID: id => ['DescribeAddresses', { AllocationIds: [id] }],
    };
    const { account } = world();
    let compared = 0;
    for (const { data } of recordings()) {
      const error = data.Error as { Code: string; Message: string } | undefined;
      const call = error && calls[error.Code.split('.')[0]!];
      if (!error || !call) continue;
      // other refusals of the same kind, such as InvalidSnapshot.InUse, name nothing that is missing
      const id = /'([a-z]+-[0-9a-f]+)' does not exist/.exec(error.Message)?.[1];
      if (id === undefined) continue;
      await expect(account.call('EC2', ...call(id), { callerArn: 'x' })).rejects.toMatchObject({ name: error.Code, message: error.Message });
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  });
});
