import type { Instance } from '@aws-sdk/client-ec2';
import type { Difference } from '../../lambda/shared/plan/plan';
import { KEY_ARN, OTHER_VPC, OTHER_ZONE, planFor, ROOT_VOLUME, source, SUBNET, TYPE, volume } from './support/fixtures';

const difference = (differences: readonly Difference[], attribute: string) => differences.find(one => one.attribute === attribute);

describe('route', () => {
  test.each<[string, Partial<Instance>, string]>([
    ['plain Linux', {}, 'register-image'],
    ['Windows', { PlatformDetails: 'Windows', UsageOperation: 'RunInstances:0002', Platform: 'Windows' }, 'create-image'],
    ['RHEL', { PlatformDetails: 'Red Hat Enterprise Linux', UsageOperation: 'RunInstances:0010' }, 'create-image'],
    ['Linux with SQL', { PlatformDetails: 'Linux/UNIX', UsageOperation: 'RunInstances:0004' }, 'create-image'],
    ['product codes', { ProductCodes: [{ ProductCodeId: 'x', ProductCodeType: 'devpay' }] }, 'create-image'],
    ['macOS', { Architecture: 'arm64_mac' }, 'create-image'],
  ])('%s', (_, described, route) => expect(planFor({}, source({}, described)).route).toBe(route));

  test('an unsaid platform is not taken for plain Linux', () => {
    const unsaid = { ...source().instance };
    delete unsaid.PlatformDetails;
    expect(planFor({}, source({ instance: unsaid })).route).toBe('create-image');
  });
});

describe('freeze', () => {
  test('only on request, and only while it runs', () => {
    expect(planFor().freeze).toBe(false);
    expect(planFor({ consistency: 'filesystem' }).freeze).toBe(true);
    expect(planFor({ consistency: 'filesystem' }, source({ state: 'stopped' })).freeze).toBe(false);
  });
});

describe('volumes', () => {
  test('are as the source\'s, and say what a launch needs', () => {
    const { volumes, launch } = planFor({ volumeInitializationRate: 200 });
    expect(volumes.map(({ device, size, type, encrypted }) => [device, size, type, encrypted])).toEqual([['/dev/xvda', 8, 'gp3', false], ['/dev/sdf', 100, 'gp3', true]]);
    expect(launch.BlockDeviceMappings?.[1]).toEqual({
      DeviceName: '/dev/sdf',
      Ebs: { DeleteOnTermination: false, VolumeSize: 100, VolumeType: 'gp3', Iops: 3000, Throughput: 125, VolumeInitializationRate: 200 },
    });
  });

  test('gp2 has a baseline in its description that a launch may not repeat', () => {
    const { launch } = planFor({}, source({ volumes: [ROOT_VOLUME, volume({ type: 'gp2', iops: 300, throughput: null })] }));
    expect(launch.BlockDeviceMappings?.[1]?.Ebs).toEqual({ DeleteOnTermination: false, VolumeSize: 100, VolumeType: 'gp2' });
  });

  test('take overrides, and each is listed', () => {
    const key = 'alias/other';
    const { volumes, launch, differences } = planFor({ volumes: { '/dev/sdf': { type: 'io2', iops: 9000, size: 200, kmsKeyId: key }, '/dev/xvda': { throughput: 250 } } });
    expect(volumes[1]).toMatchObject({ type: 'io2', iops: 9000, throughput: null, size: 200, encrypted: true, kmsKeyId: key });
    expect(launch.BlockDeviceMappings?.[1]?.Ebs).toMatchObject({ Encrypted: true, KmsKeyId: key, VolumeType: 'io2', Iops: 9000, VolumeSize: 200 });
    expect(launch.BlockDeviceMappings?.[0]?.Ebs?.Throughput).toBe(250);
    expect(differences.filter(({ kind }) => kind === 'chosen').map(({ attribute }) => attribute)).toEqual(expect.arrayContaining([
      'volume /dev/xvda throughput', 'volume /dev/sdf type', 'volume /dev/sdf size', 'volume /dev/sdf iops', 'volume /dev/sdf throughput', 'volume /dev/sdf kmsKeyId']));
  });

  test('can be left out, which is listed and warned of', () => {
    const plan = planFor({ volumes: { '/dev/sdf': { exclude: true } } });
    expect(plan.volumes.map(({ device }) => device)).toEqual(['/dev/xvda']);
    expect(plan.excluded).toEqual([{ device: '/dev/sdf', volumeId: 'vol-0000000000000000b' }]);
    expect(difference(plan.differences, 'volume /dev/sdf')).toMatchObject({ kind: 'chosen', clone: null });
    expect(plan.warnings.join()).toContain('nofail');
  });

  test('all problems are told at once', () => {
    const overrides = { '/dev/sdz': { size: 1 }, '/dev/xvda': { exclude: true }, '/dev/sdf': { size: 50, iops: 60000, throughput: 2000 } };
    expect(() => planFor({ volumes: overrides })).toThrow(expect.objectContaining({ name: 'VolumeOverrideRefused', message: expect.stringMatching(
      /no such device[^]*root volume can not be excluded[^]*less than the source's 100[^]*more than the 25000/) }));
  });

  test.each([
    ['a root of spinning disks', { '/dev/xvda': { type: 'st1', size: 125 } }, /can not hold a root/],
    ['io1 without IOPS', { '/dev/sdf': { type: 'io1' } }, undefined], // gp3's own are kept
    ['throughput without IOPS for it', { '/dev/sdf': { throughput: 1000 } }, /3000 IOPS allow/],
    ['throughput on gp2', { '/dev/sdf': { type: 'gp2', throughput: 125 } }, /throughput/],
  ])('%s', (_, volumes, message) => {
    if (message) expect(() => planFor({ volumes })).toThrow(message);
    else expect(planFor({ volumes }).volumes[1]?.iops).toBe(3000);
  });

  test('io2 from a type without IOPS of its own needs them said', () => {
    const gp2 = source({ volumes: [ROOT_VOLUME, volume({ type: 'gp2', iops: 300, throughput: null })] });
    expect(() => planFor({ volumes: { '/dev/sdf': { type: 'io2' } } }, gp2)).toThrow(/iops must be said/);
  });

  test('Multi-Attach is lost, and said so', () => {
    expect(difference(planFor({}, source({ volumes: [ROOT_VOLUME, volume({ multiAttach: true })] })).differences, 'volume /dev/sdf multiAttach')?.kind).toBe('lost');
  });

  test('the source image\'s instance stores are mapped again, but not over a volume', () => {
    const image = { ...source().image!, ephemeral: [{ device: '/dev/sdb', virtualName: 'ephemeral0' }, { device: '/dev/sdf', virtualName: 'ephemeral1' }] };
    expect(planFor({}, source({ image })).launch.BlockDeviceMappings?.slice(2)).toEqual([{ DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' }]);
  });
});

describe('launch', () => {
  test('carries what the source has', () => {
    const { launch, image, protections } = planFor();
    expect(launch).toMatchObject({
      InstanceType: 'm7i.large', KeyName: 'operators', IamInstanceProfile: { Arn: 'arn:aws:iam::111122223333:instance-profile/path/app' }, EbsOptimized: true,
      Monitoring: { Enabled: false }, InstanceInitiatedShutdownBehavior: 'stop', Placement: { Tenancy: 'default' },
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled', HttpProtocolIpv6: 'disabled', InstanceMetadataTags: 'disabled' },
    });
    expect(launch.MetadataOptions).not.toHaveProperty('State');
    expect(launch).not.toHaveProperty('SubnetId');
    expect(launch).not.toHaveProperty('CpuOptions'); // the type's default
    expect(image).toMatchObject({ architecture: 'x86_64', virtualizationType: 'hvm', enaSupport: true, bootMode: 'uefi-preferred', uefiData: true, imdsSupport: 'v2.0' });
    expect(protections).toEqual({ termination: true, stop: false });
  });

  test('never takes a capacity reservation silently', () => {
    const plan = planFor();
    expect(plan.launch.CapacityReservationSpecification).toEqual({ CapacityReservationPreference: 'none' });
    expect(difference(plan.differences, 'CapacityReservationSpecification.CapacityReservationPreference')).toMatchObject({ source: 'open', kind: 'lost' });
    const none = planFor({}, source({}, { CapacityReservationSpecification: { CapacityReservationPreference: 'none' } }));
    expect(difference(none.differences, 'CapacityReservationSpecification.CapacityReservationPreference')).toBeUndefined();
  });

  test('CPU options that are not the type\'s own are said with cores and threads', () => {
    const { launch } = planFor({}, source({}, { CpuOptions: { CoreCount: 1, ThreadsPerCore: 1, AmdSevSnp: 'enabled' } }));
    expect(launch.CpuOptions).toEqual({ CoreCount: 1, ThreadsPerCore: 1, AmdSevSnp: 'enabled' });
  });

  test('another instance type takes no options of the old one, and loses them aloud', () => {
    const from = source({ cloneType: { ...TYPE, name: 'c7i.large' } }, { CpuOptions: { CoreCount: 1, ThreadsPerCore: 1 } });
    const { launch, differences } = planFor({ instanceType: 'c7i.large' }, from);
    expect(launch.CpuOptions).toBeUndefined();
    expect(difference(differences, 'InstanceType')).toMatchObject({ source: 'm7i.large', clone: 'c7i.large', kind: 'chosen' });
    expect(difference(differences, 'CpuOptions')).toMatchObject({ source: '{"CoreCount":1,"ThreadsPerCore":1}', kind: 'lost' });
  });

  test('another instance type must run what the source runs', () => {
    const arm = source({ cloneType: { ...TYPE, name: 't4g.nano', architectures: ['arm64'], bootModes: ['uefi'], maximumVolumes: 1 } });
    expect(() => planFor({ instanceType: 't4g.nano' }, arm)).toThrow(/arm64, not x86_64; it holds 1 EBS volumes, not 2/);
  });

  test('a host is kept only by affinity', () => {
    const placed = (Affinity: string) => source({}, { Placement: { Tenancy: 'host', HostId: 'h-1', Affinity, GroupId: 'pg-1', GroupName: 'g', AvailabilityZone: 'eu-west-1a' } });
    expect(planFor({}, placed('host')).launch.Placement).toEqual({ Tenancy: 'host', Affinity: 'host', HostId: 'h-1', GroupId: 'pg-1' });
    expect(planFor({}, placed('default')).launch.Placement).toEqual({ Tenancy: 'host', Affinity: 'default', GroupId: 'pg-1' });
    expect(difference(planFor({}, placed('host')).differences, 'Placement.HostId')).toBeUndefined();
    expect(difference(planFor({}, placed('default')).differences, 'Placement.HostId')).toBeDefined();
  });

  test('a key pair that is gone is left out, and lost aloud; the request\'s own is taken', () => {
    const gone = source({ keyPairGone: true });
    const plan = planFor({}, gone);
    expect(plan.launch).not.toHaveProperty('KeyName');
    expect(plan.differences.filter(({ attribute }) => attribute === 'KeyName')).toEqual([{
      attribute: 'KeyName', source: 'operators', clone: null, kind: 'lost', why: 'the key pair no longer exists; the keys on the root volume stay' }]);
    expect(difference(planFor().differences, 'KeyName')).toBeUndefined();
    const named = planFor({ keyName: 'other' });
    expect(named.launch.KeyName).toBe('other');
    expect(difference(named.differences, 'KeyName')).toMatchObject({ clone: 'other', kind: 'chosen' });
  });

  test('no profile when none is asked for', () => {
    const plan = planFor({ instanceProfile: 'none' }, source({ profile: null }));
    expect(plan.launch.IamInstanceProfile).toBeUndefined();
    expect(difference(plan.differences, 'IamInstanceProfile')).toMatchObject({ clone: null, kind: 'chosen' });
  });
});

describe('tags', () => {
  const tagsOf = (plan: ReturnType<typeof planFor>, type: string) =>
    Object.fromEntries(plan.launch.TagSpecifications?.find(({ ResourceType }) => ResourceType === type)?.Tags?.map(({ Key, Value }) => [Key, Value]) ?? []);

  test('are the source\'s own, the request\'s over them, none of AWS or of this library', () => {
    const plan = planFor({ tags: { Stage: 'test' } });
    expect(tagsOf(plan, 'instance')).toEqual({ Name: 'db', Stage: 'test' });
    expect(tagsOf(plan, 'volume')).toEqual({ Team: 'a', Stage: 'test' });
    expect(tagsOf(plan, 'network-interface')).toEqual({ Team: 'a', Stage: 'test' });
    expect(plan.finish.volumeTags).toEqual([{ device: '/dev/sdf', tags: { Name: 'data' } }]);
    expect(plan.finish.interfaceTags).toEqual([]);
  });

  test('of AWS and of this library stay behind, and that is listed', () => {
    expect(planFor().differences.filter(({ attribute }) => attribute === 'Tags')).toEqual([expect.objectContaining({
      source: { 'aws:autoscaling:groupName': 'asg', 'instance-mobility:owner': 'other' }, clone: null, kind: 'nature' })]);
  });

  test('of the request win, and that is listed', () => {
    const plan = planFor({ tags: { Name: 'copy' } });
    expect(tagsOf(plan, 'instance')['Name']).toBe('copy');
    expect(tagsOf(plan, 'volume')['Name']).toBe('copy');
    expect(plan.finish.volumeTags).toEqual([]);
    expect(difference(plan.differences, 'tag Name')).toMatchObject({ source: 'db', clone: 'copy', kind: 'chosen' });
  });

  test('never exceed EC2\'s fifty together with ours, and what is dropped is listed', () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: 'v' }));
    const plan = planFor({ tags: { mine: '1' } }, source({}, { Tags: many }));
    expect(Object.keys(tagsOf(plan, 'instance'))).toHaveLength(44);
    expect(tagsOf(plan, 'instance')['mine']).toBe('1');
    expect(Object.keys(difference(plan.differences, 'Tags')?.source ?? {})).toHaveLength(7); // all of them lost, none reserved
  });

  test('in the instance metadata may not have a blank or slash', () => {
    const exposed = source({}, { MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled' } });
    expect(() => planFor({ tags: { 'cost centre': '1' } }, exposed)).toThrow(expect.objectContaining({ name: 'TagKeyNotAllowed' }));
    expect(() => planFor({ tags: { 'cost-centre': '1' } }, exposed)).not.toThrow();
  });
});

describe('network', () => {
  test('one interface: counts instead of addresses, and no public address where the source has none', () => {
    expect(planFor().launch.NetworkInterfaces).toEqual([{
      DeviceIndex: 0, SubnetId: SUBNET.subnetId, Groups: ['sg-0000000000000000a'], DeleteOnTermination: true, Description: 'front', SecondaryPrivateIpAddressCount: 1,
      AssociatePublicIpAddress: false,
    }]);
    expect(planFor().finish.sourceDestCheck).toEqual([{ networkCardIndex: 0, deviceIndex: 0 }]);
  });

  const [front] = source().instance.NetworkInterfaces ?? [];
  const withInterfaces = (...more: object[]) => {
    const from = source();
    return source({ instance: { ...from.instance, NetworkInterfaces: [{ ...front, Association: { PublicIp: '1.2.3.4', IpOwnerId: '111122223333' } }, ...more] } });
  };
  const back = { ...front, NetworkInterfaceId: 'eni-2', SubnetId: 'subnet-0000000000000000d', InterfaceType: 'efa-only', Attachment: { DeviceIndex: 1, NetworkCardIndex: 1, DeleteOnTermination: false } };

  test('an Elastic IP address becomes a public one of the pool', () => {
    const plan = planFor({}, withInterfaces());
    expect(plan.launch.NetworkInterfaces?.[0]?.AssociatePublicIpAddress).toBe(true);
    expect(difference(plan.differences, 'interface 0 Elastic IP address')).toMatchObject({ source: '1.2.3.4', kind: 'lost' });
  });

  test('several interfaces have no public address, and an EFA-only one has none at all', () => {
    const { launch } = planFor({}, withInterfaces(back));
    expect(launch.NetworkInterfaces?.[0]).not.toHaveProperty('AssociatePublicIpAddress');
    expect(launch.NetworkInterfaces?.[1]).toEqual({
      DeviceIndex: 1, NetworkCardIndex: 1, SubnetId: 'subnet-0000000000000000d', Groups: ['sg-0000000000000000a'], DeleteOnTermination: false, Description: 'front', InterfaceType: 'efa-only',
    });
  });

  test('another subnet of the same VPC', () => {
    const plan = planFor({ subnetId: OTHER_ZONE.subnetId });
    expect(plan.launch.NetworkInterfaces?.[0]?.SubnetId).toBe(OTHER_ZONE.subnetId);
    expect(difference(plan.differences, 'SubnetId')).toMatchObject({ source: SUBNET.subnetId, clone: OTHER_ZONE.subnetId, kind: 'chosen' });
  });

  test('another VPC needs security groups of its own', () => {
    expect(() => planFor({ subnetId: OTHER_VPC.subnetId })).toThrow(expect.objectContaining({ name: 'SecurityGroupsElsewhere' }));
    const groups = source({ securityGroups: [{ groupId: 'sg-0000000000000000c', vpcId: OTHER_VPC.vpcId }] });
    const { launch } = planFor({ subnetId: OTHER_VPC.subnetId, securityGroupIds: ['sg-0000000000000000c'] }, groups);
    expect(launch.NetworkInterfaces?.[0]?.Groups).toEqual(['sg-0000000000000000c']);
    expect(() => planFor({ securityGroupIds: ['sg-0000000000000000c'] }, groups)).toThrow(/not in vpc-0000000000000000a/);
  });

  test('only subnets that clones may enter', () => {
    expect(planFor({}, source(), [OTHER_ZONE.subnetId]).launch.NetworkInterfaces?.[0]?.SubnetId).toBe(OTHER_ZONE.subnetId);
    expect(() => planFor({ subnetId: OTHER_ZONE.subnetId }, source(), [SUBNET.subnetId])).toThrow(expect.objectContaining({ name: 'SubnetNotPossible' }));
  });

  test('interfaces do not lie in two zones', () => {
    const inHome = { ...back, SubnetId: SUBNET.subnetId };
    const elsewhere = { ...back, SubnetId: 'subnet-0000000000000000a' };
    expect(() => planFor({ subnetId: OTHER_ZONE.subnetId }, withInterfaces(inHome, elsewhere))).not.toThrow(); // all move together
    const stays = { ...back, SubnetId: OTHER_VPC.subnetId };
    expect(() => planFor({ subnetId: OTHER_ZONE.subnetId }, withInterfaces(stays))).toThrow(/eu-west-1b, eu-west-1a|eu-west-1a, eu-west-1b/);
  });

  test('secondary interfaces are not made, and each attribute is lost aloud', () => {
    const { launch, differences } = planFor({}, source({}, { SecondaryInterfaces: [{
      SecondaryInterfaceId: 'sni-1', SecondarySubnetId: 'ssubnet-1', SecondaryNetworkId: 'snet-1', InterfaceType: 'secondary', PrivateIpAddresses: [{ PrivateIpAddress: '10.9.0.1' }],
      Attachment: { DeviceIndex: 0, NetworkCardIndex: 1, DeleteOnTermination: true },
    }] }));
    expect(launch).not.toHaveProperty('SecondaryInterfaces');
    expect(JSON.stringify(launch)).not.toContain('ssubnet-1');
    const lost = differences.filter(({ attribute, kind }) => attribute.startsWith('SecondaryInterfaces') && kind === 'lost');
    expect(lost.map(({ attribute }) => attribute)).toEqual(['SecondaryInterfaceId', 'SecondarySubnetId', 'SecondaryNetworkId', 'InterfaceType', 'PrivateIpAddresses[].PrivateIpAddress',
      'Attachment.DeviceIndex', 'Attachment.NetworkCardIndex', 'Attachment.DeleteOnTermination'].map(name => `SecondaryInterfaces[].${name}`));
    expect(lost[0]?.why).toMatch(/rights on secondary subnets/);
  });

  test('IPv6 is lost where the subnet has none, and counted where it has', () => {
    const six = withInterfaces();
    const from = source({ instance: { ...six.instance, NetworkInterfaces: [{ ...front, Ipv6Addresses: [{ Ipv6Address: '::1', IsPrimaryIpv6: true }] }] } });
    const plan = planFor({}, from);
    expect(plan.launch.NetworkInterfaces?.[0]).not.toHaveProperty('Ipv6AddressCount');
    expect(difference(plan.differences, 'interface 0 IPv6 addresses and prefixes')?.kind).toBe('lost');
  });

  test('a stopped source does not show whether it would be public: the subnet decides', () => {
    const plan = planFor({}, source({ state: 'stopped' }));
    expect(plan.launch.NetworkInterfaces?.[0]).not.toHaveProperty('AssociatePublicIpAddress');
    expect(difference(plan.differences, 'public IPv4 address')).toBeDefined();
  });
});

test('unencrypted volumes are warned of, for the account may encrypt by default', () => {
  const warning = expect.stringContaining('its key must then be among volumeKeys');
  expect(planFor().warnings).toContainEqual(warning);
  expect(planFor({ volumes: { '/dev/xvda': { kmsKeyId: KEY_ARN } } }).warnings).not.toContainEqual(warning);
});

test('cost is told in units, and in money where there is a price', () => {
  const { cost } = planFor({ count: 2, keepSnapshots: 'all' }, source(), [], { 'volume-gib-month:gp3': 0.1 });
  expect(cost).toContainEqual({ item: 'gp3 volumes, per month', quantity: 216, unit: 'volume-gib-month:gp3', price: 0.1, amount: 21.6 });
  expect(cost).toContainEqual(expect.objectContaining({ quantity: 2, unit: 'instance-hour:m7i.large', price: null, amount: null }));
  expect(cost.map(({ unit }) => unit)).toContain('snapshot-gib-month');
});

test('what clones cost in all counts hours and months until they expire, and once what is paid once', () => {
  const prices = { 'instance-hour:m7i.large': 0.1, 'volume-gib-month:gp3': 0.073, 'copied-gib': 0.01 };
  const day = planFor({ strategy: 'volume-copy', expireAfter: 'P1D', consistency: 'filesystem' }, source(), [], prices);
  expect(day.cost.find(({ unit }) => unit === 'copied-gib')?.quantity).toBe(108);
  // 24 h of 0.10, 24 of 730 h of 108 GiB at 0.073, 108 GiB copied at 0.01
  expect(day.expectedCost).toEqual({ amount: 3.74, hours: 24, unpriced: day.cost.filter(({ price }) => price === null).map(({ unit }) => unit) });
  const month = planFor({ strategy: 'snapshot' }, source(), [], prices);
  expect(month.expectedCost).toMatchObject({ amount: 80.88, hours: 730 });
});

test('a plan survives JSON', () => {
  const plan = planFor({ count: 3, volumes: { '/dev/sdf': { kmsKeyId: KEY_ARN } } });
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});
