import type { Instance } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import type { Launch } from '../../lambda/shared/plan/launch-input';
import { releaseStory } from '../../lambda/sync/await-release-approval';
import { handler as awaitRelease } from '../../lambda/sync/await-release-approval';
import { handler as awaitSwitch } from '../../lambda/sync/await-switch-approval';
import { handler as describeSource } from '../../lambda/sync/describe-source';
import { handler as imageSource } from '../../lambda/sync/image-source';
import { handler as isImageReady } from '../../lambda/sync/is-image-ready';
import { handler as isManaged } from '../../lambda/sync/is-target-managed';
import { handler as planSync } from '../../lambda/sync/plan-sync';
import type { HostFacts } from '../../lambda/shared/replication/host';
import type { Candidates } from '../../lambda/shared/hosts';
import { checkSyncRequest } from '../../lambda/shared/sync/check';
import { expectations, fastest, tooLate } from '../../lambda/shared/sync/expect';
import { isTooOld } from '../../lambda/shared/sync/management';
import { refuseSmallType } from '../../lambda/shared/sync/mounts';
import type { LaunchPlan } from '../../lambda/shared/sync/plan';
import { awsError, fakeAws, tags } from './support/fake-aws';
import { EXECUTION, instance, KEY_ARN, OTHER_VPC, SOURCE_ID, source, STEP, SUBNET } from './support/fixtures';
import { diskId, ebsId, GB, host, hosts, mount, SESSION, TARGET_ID } from './support/replication';

const ROLE = 'arn:aws:iam::111122223333:role/app';
const request = (over: object = {}) => checkSyncRequest({ sourceInstanceId: SOURCE_ID, services: ['postgresql.service'], ...over }, { approvable: true, targetGroupArns: ['arn:group'], hostedZoneIds: [], verifyDocuments: [] });
const dryRun = () => { throw awsError('DryRunOperation'); };
const LEASE = { table: 'ledger', instanceId: SOURCE_ID, token: 1 };
const TAG = { key: 'instance-mobility:movable', value: 'true' };
const NOW = () => new Date().toISOString();

interface Described { source?: Partial<Instance>; target?: Partial<Instance> | null; agents?: Record<string, object | undefined>; events?: object[] }
function account({ source: described = {}, target = {}, agents = {}, events = [] }: Described = {}, more: Parameters<typeof fakeAws>[0] = {}) {
  const all: Instance[] = [instance(described), ...target ? [{ InstanceId: TARGET_ID, InstanceType: 'i4i.large' as const, State: { Name: 'running' as const }, PrivateIpAddress: '10.0.0.20', ...target }] : []];
  return fakeAws({
    DescribeInstances: ({ InstanceIds, Filters }) => {
      const ids = (InstanceIds ?? (Filters[0].Name === 'instance-id' ? Filters[0].Values : [SOURCE_ID])) as string[];
      return { Reservations: [{ Instances: all.filter(({ InstanceId }) => ids.includes(InstanceId!)) }] };
    },
    DescribeInstanceStatus: () => ({ InstanceStatuses: [{ InstanceId: SOURCE_ID, Events: events }] }),
    DescribeInstanceAttribute: ({ Attribute }: { Attribute: string }) => (Attribute === 'disableApiTermination' ? { DisableApiTermination: { Value: true } } : {}),
    // its tags name a group, which neither checks nor replaces what is in standby
    DescribeAutoScalingInstances: () => ({ AutoScalingInstances: [{ InstanceId: SOURCE_ID, LifecycleState: 'Standby' }] }),
    GetInstanceUefiData: () => ({}), DescribeNetworkInterfaces: () => ({ NetworkInterfaces: [] }),
    DescribeVolumes: ({ VolumeIds }) => ({ Volumes: VolumeIds ? [{ VolumeId: 'vol-0000000000000000a', Size: 8, VolumeType: 'gp3' }, { VolumeId: 'vol-0000000000000000b', Size: 100, VolumeType: 'gp3' }] : [] }),
    DescribeSecurityGroups: () => ({ SecurityGroups: [{ GroupId: 'sg-0000000000000000a', VpcId: 'vpc-0000000000000000a' }] }),
    DescribeImages: () => ({ Images: [{ ImageId: 'ami-0123456789abcdef0' }] }), DescribeKeyPairs: () => ({ KeyPairs: [{ KeyName: 'operators' }] }),
    DescribeInstanceTypes: ({ InstanceTypes }) => ({ InstanceTypes: (InstanceTypes as string[]).map(InstanceType => ({
      InstanceType, VCpuInfo: { DefaultVCpus: 2, DefaultCores: 1, DefaultThreadsPerCore: 2 }, InstanceStorageInfo: { Disks: [{ SizeInGB: 950, Count: 1 }] },
      NetworkInfo: { NetworkCards: [{ NetworkCardIndex: 0, BaselineBandwidthInGbps: InstanceType === 'i4i.large' ? 0.781 : 12.5 }] },
    })) }),
    GetInstanceProfile: () => ({ InstanceProfile: { Arn: 'arn:aws:iam::111122223333:instance-profile/path/app', Roles: [{ Arn: ROLE }] } }),
    DescribeInstanceInformation: ({ Filters: [{ Values: [id] }] }) => {
      const agent = id in agents ? agents[id] : { PingStatus: 'Online', PlatformType: 'Linux', AgentVersion: '3.3.2746.0' };
      return { InstanceInformationList: agent ? [{ InstanceId: id, ...agent }] : [] };
    },
    DescribeSubnets: () => ({ Subnets: [{ SubnetId: SUBNET.subnetId, VpcId: SUBNET.vpcId, AvailabilityZone: 'eu-west-1a', AvailableIpAddressCount: 100 }] }),
    GetServiceQuota: () => ({ Quota: { Value: 1000 } }), DescribeSnapshots: () => ({ Snapshots: [] }), CreateImage: dryRun, RunInstances: dryRun,
    UpdateItem: () => ({}), Publish: () => ({}), ...more,
  });
}

describe('describe source', () => {
  const describe_ = (over: object = {}, passableRoleArns = [ROLE]) => describeSource({ ...STEP, request: request(over), passableRoleArns });
  const toExisting = { target: { instanceId: TARGET_ID } };

  test('a target to be launched has no id yet, but the protections that it will get', async () => {
    account();
    const { hosts: found, source: described } = await describe_({ releaseSource: 'stop' });
    expect(found).toEqual({
      source: { instanceId: SOURCE_ID, address: '10.0.0.10', launched: false, protections: null },
      target: { instanceId: null, address: null, launched: true, protections: { termination: true, stop: false } },
    });
    expect(described).toMatchObject({ instanceId: SOURCE_ID, profile: { roleArn: ROLE }, managedBySsm: true });
  });

  test('an existing target needs no passable role, and what can not be cloned can be moved to it', async () => {
    account({ source: { ProductCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] } });
    expect((await describe_(toExisting, [])).hosts.target).toEqual({ instanceId: TARGET_ID, address: '10.0.0.20', launched: false, protections: null });
    await expect(describe_()).rejects.toMatchObject({ name: 'SourceIsMarketplace' });
    account();
    await expect(describe_({}, [])).rejects.toMatchObject({ name: 'RoleNotPassable' });
  });

  test('tells what AWS has scheduled, and leaves out what is over', async () => {
    account({ events: [
      { Code: 'instance-retirement', NotBefore: new Date('2026-06-01T00:00:00Z'), Description: 'degraded hardware' }, { Code: 'system-reboot', Description: 'reboot' },
      { Code: 'instance-stop', Description: '[Completed] stopped' },
    ] });
    const { source: { warnings } } = await describe_();
    expect(warnings.filter(line => line.startsWith('AWS has scheduled'))).toEqual([
      expect.stringMatching(/instance-retirement.*not before 2026-06-01T00:00:00.000Z: degraded hardware. It erases/), expect.stringMatching(/system-reboot for the source: reboot$/),
    ]);
  });

  const phase = tags({ 'instance-mobility:phase': 'switching', 'instance-mobility:session': SESSION });
  const many = tags(Object.fromEntries(Array.from({ length: 46 }, (_, i) => [`k${i}`, ''])));
  test.each<[string, Described, object, string]>([
    ['a stopped source', { source: { State: { Name: 'stopped' } } }, {}, 'SourceNotRunning'],
    ['Windows', { source: { Platform: 'Windows' } }, {}, 'InstanceNotManaged'],
    ['a source without an agent', { agents: { [SOURCE_ID]: undefined } }, {}, 'InstanceNotManaged'],
    ['a source whose agent is away', { agents: { [SOURCE_ID]: { PingStatus: 'ConnectionLost', PlatformType: 'Linux', AgentVersion: '3.4.0.0' } } }, {}, 'InstanceNotManaged'],
    ['macOS', { agents: { [SOURCE_ID]: { PingStatus: 'Online', PlatformType: 'MacOS', AgentVersion: '3.4.0.0' } } }, {}, 'InstanceNotManaged'],
    ['an old agent', { agents: { [SOURCE_ID]: { PingStatus: 'Online', PlatformType: 'Linux', AgentVersion: '3.3.2745.9' } } }, {}, 'AgentTooOld'],
    ['an old agent on the target', { agents: { [TARGET_ID]: { PingStatus: 'Online', PlatformType: 'Linux', AgentVersion: '2.9' } } }, toExisting, 'AgentTooOld'],
    ['a source in another move', { source: { Tags: phase } }, {}, 'MoveUnfinished'],
    ['a target in another move', { target: { Tags: phase } }, toExisting, 'MoveUnfinished'],
    ['a source full of tags', { source: { Tags: many } }, {}, 'TooManyTags'],
    ['a target full of tags', { target: { Tags: many } }, toExisting, 'TooManyTags'],
    ['a target that does not exist', { target: null }, toExisting, 'TargetNotPossible'],
    ['a stopped target', { target: { State: { Name: 'stopped' } } }, toExisting, 'TargetNotPossible'],
    ['termination of a source that is protected from it', {}, { releaseSource: 'terminate' }, 'SourceIsProtected'],
  ])('refuses %s', async (_, described, over, name) => {
    account(described);
    await expect(describe_(over)).rejects.toMatchObject({ name });
  });

  test('tags of AWS and of an earlier move do not count', async () => {
    account({ source: { Tags: [...many.slice(2), ...tags({ 'aws:a': '', 'aws:b': '', 'instance-mobility:verified': 'x' })] } });
    await expect(describe_()).resolves.toBeDefined();
  });
});

test.each([['3.3.2746.0', false], ['3.3.2746.1', false], ['3.10.0.0', false], ['4.0', false], ['3.3.2745.99', true], ['3.2.9999.0', true], ['3.3', true], ['', true], ['abc', true]])('agent %s is too old: %s', (version, old) => {
  expect(isTooOld(version)).toBe(old);
});

describe('is target managed', () => {
  const candidates: Candidates = {
    source: hosts().source, target: { instanceId: null, address: null, launched: true, protections: { termination: true, stop: false } },
  };
  const look = () => isManaged({ ...STEP, hosts: candidates, plan: {}, instanceIds: [TARGET_ID], lease: LEASE, since: NOW() });
  test('waits for the agent, and knows the target\'s address', async () => {
    account({ agents: { [TARGET_ID]: undefined } });
    expect(await look()).toMatchObject({ managed: false, hosts: { source: candidates.source, target: { instanceId: TARGET_ID, address: '10.0.0.20', launched: true, protections: { termination: true } } } });
    account();
    expect((await look()).managed).toBe(true);
  });
  test('knows the volumes that were launched empty', async () => {
    account({ target: { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeId: 'vol-1' } }, { DeviceName: '/dev/sdf', Ebs: { VolumeId: 'vol-2' } }] } });
    const { hosts: found } = await isManaged({ ...STEP, hosts: candidates, plan: { empty: [{ device: '/dev/sdf', volumeId: 'vol-9' }] }, instanceIds: [TARGET_ID], lease: LEASE, since: NOW() });
    expect(found.target.empty).toEqual([{ volumeId: 'vol-2', sourceVolumeId: 'vol-9' }]);
  });
  test('an agent that is too old will not get younger; a target that stops will not come', async () => {
    account({ agents: { [TARGET_ID]: { PingStatus: 'Online', PlatformType: 'Linux', AgentVersion: '3.1.0.0' } } });
    await expect(look()).rejects.toMatchObject({ name: 'AgentTooOld' });
    account({ target: { State: { Name: 'shutting-down' }, StateReason: { Message: 'Client.InternalError' } } });
    await expect(look()).rejects.toMatchObject({ name: 'TargetGone', message: expect.stringContaining('Client.InternalError') });
  });
});

describe('plan sync', () => {
  const facts: HostFacts = host({ mounts: [
    mount('/data', { bytes: 500 * GB }), mount('/ebs', { onInstanceStore: false }), mount('/md', { layout: 'raid5', onInstanceStore: true, disks: [diskId('B')] }),
  ] });
  const candidates: Candidates = { source: hosts().source, target: { instanceId: null, address: null, launched: true, protections: null } };
  const plan = async (over: object = {}, sourceHost = facts, from = source(), vpcId: string | null = null) =>
    (await planSync({ ...STEP, request: request({ mountPoints: ['/data'], ...over }), session: SESSION, source: from, sourceHost, hosts: candidates, prices: { 'snapshot-gib-month': 1 }, tag: TAG, subnetIds: [], vpcId })).plan;

  test('says what will happen, in words and numbers, and makes nothing', async () => {
    const calls = account();
    const made = await plan({ target: { launch: { instanceType: 'i4i.large' } }, finishBy: '2099-01-01T00:00:00Z' });
    expect(made).toMatchObject({
      sourceInstanceId: SOURCE_ID, session: SESSION, targetInstanceId: null, count: 1, userData: 'none', launch: { InstanceType: 'i4i.large' }, bytesToMove: 500 * GB,
      mounts: [{ mountPoint: '/data', bytes: 500 * GB, disks: 1 }], image: { platformDetails: 'Linux/UNIX' },
    });
    expect(made.expected.at(-1)).toEqual({ mibPerSecond: 93, hours: 1.42, because: 'the network baseline of both instance types' });
    expect(made.checks.map(({ check }) => check)).toEqual(expect.arrayContaining(['DryRun CreateImage', 'DryRun RunInstances']));
    expect(made.warnings.join('\n')).toMatch(/both instances are needed[\s\S]*writes wait[\s\S]*\/data are in the source's fstab[\s\S]*postgresql.service are enabled/);
    expect(made.warnings.join('\n')).not.toMatch(/\bclone|not cloned/);
    expect(calls.filter(({ command }) => /^(Run|Create)/.test(command)).map(({ command, input }) => [command, input['DryRun']])).toEqual([['CreateImage', true], ['RunInstances', true]]);
    expect(calls.map(({ command }) => command)).not.toContain('DescribeTargetHealth');
  });

  test('where the construct opens the ports, both instances are in its vpc, or nothing is made', async () => {
    const here = SUBNET.vpcId;
    account();
    await expect(plan({}, facts, source(), here)).resolves.toMatchObject({ targetInstanceId: null });
    await expect(plan({}, facts, source(), 'vpc-elsewhere')).rejects.toMatchObject({ name: 'PortsNotPossible', message: expect.stringMatching(`^${SOURCE_ID} is in ${here}, not in the construct's vpc vpc-elsewhere`) });

    account({}, { DescribeSubnets: ({ SubnetIds }) => ({ Subnets: (SubnetIds as string[]).map(SubnetId => ({
      SubnetId, VpcId: SubnetId === OTHER_VPC.subnetId ? OTHER_VPC.vpcId : here, AvailabilityZone: 'eu-west-1a', AvailableIpAddressCount: 100,
    })) }) });
    const launch = { subnetId: OTHER_VPC.subnetId, securityGroupIds: ['sg-0000000000000000c'] };
    const from = source({ securityGroups: [{ groupId: 'sg-0000000000000000c', vpcId: OTHER_VPC.vpcId }] });
    await expect(plan({ target: { launch } }, facts, from, here)).rejects.toMatchObject({ name: 'PortsNotPossible', message: expect.stringContaining(`${OTHER_VPC.subnetId} is in ${OTHER_VPC.vpcId}`) });
    await expect(plan({ target: { launch } }, facts, from)).resolves.toMatchObject({ targetInstanceId: null });

    account({ target: { VpcId: 'vpc-elsewhere' } });
    await expect(plan({ target: { instanceId: TARGET_ID } }, facts, source(), here)).rejects.toMatchObject({ name: 'PortsNotPossible', message: expect.stringContaining(`${TARGET_ID} is in vpc-elsewhere`) });
  });

  test('a launched target may be moved like its source, however full of tags that is', async () => {
    account();
    const full = source({}, { Tags: tags(Object.fromEntries(Array.from({ length: 44 }, (_, i) => [`k${i}`, '']))) });
    for (const from of [source(), full]) {
      const { launch } = await plan({ target: { launch: { tags: { own: '1' } } } }, facts, from);
      const [ofInstance, ...ofParts] = launch!.TagSpecifications!;
      expect(ofInstance!.Tags).toEqual(expect.arrayContaining(tags({ own: '1', [TAG.key]: TAG.value })));
      expect(ofInstance!.Tags!.length).toBeLessThanOrEqual(44);
      for (const { Tags } of ofParts) expect(Tags!.map(({ Key }) => Key)).not.toContain(TAG.key);
    }
  });

  describe('of EBS volumes, too', () => {
    const DATA = 'vol-0000000000000000b';
    const onEbs = (over: object = {}) => host({ mounts: [mount('/data', { onInstanceStore: false, bytes: 100 * 2 ** 30, device: ebsId(DATA), disks: [ebsId(DATA)], ...over })] });
    const given = { ebsVolumes: true, target: { launch: { subnetId: SUBNET.subnetId } } };

    test('the target is launched with an empty one, encrypted as the source\'s, of which no image is made', async () => {
      const calls = account();
      const made = await plan(given, onEbs());
      expect(made).toMatchObject({ empty: [{ device: '/dev/sdf', volumeId: DATA }], mounts: [{ mountPoint: '/data', volumeIds: [DATA] }] });
      const mappings = (made as { launch: Launch }).launch.BlockDeviceMappings!;
      expect(mappings.find(({ DeviceName }) => DeviceName === '/dev/sdf')!.Ebs).toMatchObject({ VolumeSize: 100, VolumeType: 'gp3', Encrypted: true, KmsKeyId: KEY_ARN });
      const [image] = calls.filter(({ command }) => command === 'CreateImage');
      expect(image!.input).toMatchObject({ BlockDeviceMappings: [{ DeviceName: '/dev/sdf', NoDevice: '' }] });
      expect(made.warnings.join('\n')).toMatch(/1 volume\(s\) are not cloned/);
      expect((made as LaunchPlan).creates.filter(({ resource }) => resource === 'volume').map(({ detail }) => detail.split(':')[0])).toEqual(['/dev/xvda', '/dev/sdf']);
    });

    test('what a volume holds besides is told', async () => {
      account();
      expect((await plan(given, onEbs({ bytes: 60 * 2 ** 30 }))).warnings.join('\n')).toMatch(/has 40 GiB besides \/data: what is there does not come with it/);
    });

    test.each<[string, object, object, string, RegExp]>([
      ['without consent', { ebsVolumes: false }, {}, 'NothingToMove', /but on EBS: "ebsVolumes": true moves that, too/],
      ['on the root volume', {}, { disks: [ebsId('vol-0000000000000000a')] }, 'MountNotPossible', /root volume/],
      ['on a volume of another instance', {}, { disks: [ebsId('vol-0000000000000000c')] }, 'MountNotPossible', /EC2 does not say/],
      ['on a disk that is neither', {}, { disks: ['/dev/disk/by-id/nvme-Other'] }, 'NothingToMove', /does not lie on instance store or EBS volumes/],
    ])('refused: %s', async (_, over, mounted, name, message) => {
      account();
      await expect(plan({ ...given, ...over }, onEbs(mounted))).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    });
  });

  test('of an existing target nothing is launched or asked', async () => {
    const calls = account();
    const made = await plan({ target: { instanceId: TARGET_ID }, services: [], rateLimit: 20 });
    expect(made).toMatchObject({ targetInstanceId: TARGET_ID, launch: null, checks: [] });
    expect(made.expected).toEqual([{ mibPerSecond: 20, hours: 6.62, because: 'rateLimit' }]);
    expect(made.warnings.join('\n')).toMatch(/no services are named/);
    expect(made.warnings.join('\n')).not.toMatch(/fstab/);
    expect(calls.map(({ command }) => command)).not.toContain('RunInstances');
  });

  test('no mount points named: all that lie on instance store', async () => {
    account();
    const three = host({ mounts: [mount('/a', { bytes: GB }), mount('/b', { bytes: GB, layout: 'lvm' }), mount('/ebs', { onInstanceStore: false })] });
    expect((await plan({ mountPoints: [] }, three)).mounts.map(({ mountPoint }) => mountPoint)).toEqual(['/a', '/b']);
  });

  test.each<[string, object, HostFacts, string, RegExp]>([
    ['nothing on instance store', { mountPoints: [] }, host({ mounts: [mount('/ebs', { onInstanceStore: false })] }), 'NothingToMove', /nothing of it is mounted/],
    ['what is no mount, not there, or has no replica', { mountPoints: ['/nope', '/ebs', '/md'] }, facts, 'NothingToMove', /\/nope is no mount.*\/ebs does not lie.*\/md lies on raid5.*are \/data, \/md/],
    ['a type without room', {}, host({ mounts: [mount('/data', { bytes: 951 * GB })] }), 'TargetUnfit', /m7i.large has 1 instance-store disk\(s\) of 950 GB, but \/data need 951 GB/],
  ])('refuses %s', async (_, over, sourceHost, name, words) => {
    const calls = account();
    await expect(plan(over, sourceHost)).rejects.toMatchObject({ name, message: expect.stringMatching(words) });
    expect(calls.filter(({ command, input }) => /^(Run|Create)/.test(command) && !input['DryRun'])).toEqual([]);
  });

  test('traffic that does not lead to the source is refused before the switch', async () => {
    account({}, { DescribeTargetGroups: () => ({ TargetGroups: [{ TargetType: 'instance' }] }), DescribeTargetHealth: () => ({ TargetHealthDescriptions: [] }) });
    await expect(plan({ traffic: { targetGroupArns: ['arn:group'] } })).rejects.toMatchObject({ name: 'TrafficNotMovable' });
  });

  test('a filesystem on one disk needs one disk, not the sum of two', () => {
    const type = { name: 't', baselineGbps: null, disks: [900, 900] };
    const planned = (mountPoint: string, bytes: number, layout = 'disk') => ({ mountPoint, device: '', fstype: 'xfs', layout, disks: 1, bytes, usedBytes: 0, volumeIds: [] });
    expect(() => refuseSmallType([planned('/a', 1000 * GB)], type, 't')).toThrow(/none of them left for the 1000 GB of \/a/);
    expect(() => refuseSmallType([planned('/a', 1000 * GB, 'raid0')], type, 't')).not.toThrow();
    expect(() => refuseSmallType([planned('/a', 800 * GB), planned('/b', 900 * GB)], type, 't')).not.toThrow();
    expect(() => refuseSmallType([planned('/a', 1 * GB), planned('/b', 1 * GB), planned('/c', 1 * GB)], type, 't')).toThrow(/\/c|\/a|\/b/);
    expect(() => refuseSmallType([planned('/a', 1)], undefined, 'm7i.large')).toThrow(/m7i.large has no instance store/);
  });
});

describe('what to expect', () => {
  const type = (baselineGbps: number | null) => ({ name: 't', baselineGbps, disks: [] });
  test('the slower network, five gigabits for each flow, and the limit count', () => {
    expect(fastest({ source: type(10), target: type(1), flows: 8, rateLimit: null })).toBe(119);
    expect(fastest({ source: type(100), target: type(100), flows: 1, rateLimit: null })).toBe(596);
    expect(fastest({ source: type(100), target: type(100), flows: 2, rateLimit: null })).toBe(1192);
    expect(fastest({ source: type(100), target: type(100), flows: 2, rateLimit: 7 })).toBe(7);
    expect(fastest({ source: type(null), target: type(100), flows: 2, rateLimit: null })).toBeNull();
    expect(fastest({ source: undefined, target: type(100), flows: 2, rateLimit: 7 })).toBe(7);
  });
  test('never faster than can be had, and the less the faster', () => fc.assert(fc.property(
    fc.integer({ min: 1, max: 1e14 }), fc.option(fc.integer({ min: 1, max: 2000 })), fc.integer({ min: 1, max: 200 }), (bytes, rateLimit, gbps) => {
      const means = { source: type(gbps), target: type(gbps), flows: 1, rateLimit };
      const rows = expectations(bytes, means);
      const most = fastest(means)!;
      expect(rows.every(({ mibPerSecond }) => mibPerSecond <= most)).toBe(true);
      for (const [index, row] of rows.entries()) if (index > 0) expect(row.hours).toBeLessThanOrEqual(rows[index - 1]!.hours);
    })));
  test('a time that can not be kept is told', () => {
    const means = { source: type(1), target: type(1), flows: 1, rateLimit: null };
    const now = Date.parse('2026-05-01T00:00:00Z');
    expect(tooLate(1000 * GB, means, '2026-05-01T01:00:00Z', now)).toMatch(/needs 265 MiB\/s, but at most 119/);
    expect(tooLate(1000 * GB, means, '2026-05-01T03:00:00Z', now)).toBeUndefined();
    expect(tooLate(1000 * GB, means, null, now)).toBeUndefined();
  });
});

describe('the image of the source', () => {
  const launchPlan = { sourceInstanceId: SOURCE_ID, count: 1, tags: { team: 'a' }, launch: {} as Launch, volumes: [{ device: '/dev/xvda', volumeId: 'vol-a' }, { device: '/dev/sdf', volumeId: 'vol-b' }], image: { platformDetails: 'Linux/UNIX', usageOperation: 'RunInstances' }, empty: [] } as unknown as LaunchPlan;
  const ready = (image: object | undefined, since = NOW()) => {
    account({}, { DescribeImages: () => ({ Images: image ? [image] : [] }) });
    return isImageReady({ ...STEP, plan: launchPlan, imageId: 'ami-1', lease: LEASE, since });
  };

  test('is made once, without a reboot, under the execution\'s tags', async () => {
    const calls = account({}, { DescribeImages: () => ({ Images: [] }), CreateImage: () => ({ ImageId: 'ami-1' }) });
    expect(await imageSource({ ...STEP, plan: launchPlan })).toEqual({ imageId: 'ami-1' });
    const { Name, NoReboot, TagSpecifications } = calls.find(({ command }) => command === 'CreateImage')!.input as { Name: string; NoReboot: boolean; TagSpecifications: { ResourceType: string; Tags: object[] }[] };
    expect(NoReboot).toBe(true);
    expect(TagSpecifications.map(({ ResourceType }) => ResourceType)).toEqual(['image', 'snapshot']);
    for (const { Tags } of TagSpecifications) expect(Tags).toEqual(expect.arrayContaining(tags({ 'team': 'a', 'instance-mobility:execution': EXECUTION, 'instance-mobility:set': '0' })));
    const found = tags({ 'instance-mobility:execution': EXECUTION, 'instance-mobility:owner': STEP.owner });
    const again = account({}, { DescribeImages: () => ({ Images: [{ ImageId: 'ami-1', Name, Tags: found }] }) });
    expect(await imageSource({ ...STEP, plan: launchPlan })).toEqual({ imageId: 'ami-1' });
    expect(again.map(({ command }) => command)).toEqual(['DescribeImages']);
  });

  const AVAILABLE = { State: 'available', PlatformDetails: 'Linux/UNIX', UsageOperation: 'RunInstances', CreationDate: '2026-05-01T00:00:00.000Z',
    BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { SnapshotId: 'snap-b' } }, { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-a' } }, { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' }] };
  test('tells its snapshots by device', async () => {
    expect(await ready(AVAILABLE)).toMatchObject({ ready: true, snapshots: [
      { device: '/dev/xvda', snapshotId: 'snap-a', volumeId: 'vol-a', startTime: AVAILABLE.CreationDate }, { device: '/dev/sdf', snapshotId: 'snap-b', volumeId: 'vol-b' }] });
  });
  test('is waited for', async () => {
    expect(await ready({ State: 'pending' })).toMatchObject({ ready: false, snapshots: [] });
    expect(await ready(undefined)).toMatchObject({ ready: false });
  });
  test.each<[string, object | undefined, string]>([
    ['failed', { State: 'failed', StateReason: { Message: 'Client.InternalError' } }, 'ImageFailed'], ['billed otherwise', { ...AVAILABLE, UsageOperation: 'RunInstances:0010' }, 'PlatformLost'],
    ['gone', undefined, 'ImageFailed'],
  ])('%s is a failure by its name', async (_, image, name) => {
    await expect(ready(image, '2026-01-01T00:00:00Z')).rejects.toMatchObject({ name });
  });
});

describe('approvals', () => {
  const asking = { ...STEP, topicArn: 'arn:topic', taskToken: 'TOKEN', lease: LEASE, targetLease: { ...LEASE, instanceId: TARGET_ID }, timeoutSeconds: 86400 };
  test('of the switch: what happens, at what risk, how long it takes, and how to answer; both leases outlast the wait', async () => {
    const calls = account();
    const { plan } = await planSync({ ...STEP, request: request({ target: { instanceId: TARGET_ID } }), session: SESSION, source: source(), sourceHost: host({ mounts: [mount('/data')] }), hosts: hosts(), prices: {}, tag: TAG, subnetIds: [], vpcId: null });
    await awaitSwitch({ ...asking, plan });
    const { Subject, Message } = calls.find(({ command }) => command === 'Publish')!.input as { Subject: string; Message: string };
    expect(Subject).toContain(SOURCE_ID);
    expect(Message).toMatch(/\/data of i-0123456789abcdef0 to i-0fedcba9876543210[\s\S]*the pause[\s\S]*Warnings[\s\S]*hours at[\s\S]*send-task-success[\s\S]*TOKEN[\s\S]*send-task-failure/);
    const renewed = calls.filter(({ command }) => command === 'UpdateItem').map(({ input }) => input as { Key: { pk: { S: string } }; ExpressionAttributeValues: { ':expires': { N: string } } });
    expect(renewed.map(({ Key }) => Key.pk.S)).toEqual([`lease#${SOURCE_ID}`, `lease#${TARGET_ID}`]);
    for (const { ExpressionAttributeValues } of renewed) expect(Number(ExpressionAttributeValues[':expires'].N)).toBeGreaterThan(Date.now() + 86_400_000);
  });
  test('of the release: who is who, and what was compared', async () => {
    const calls = account();
    await awaitRelease({ ...asking, targetLease: null, hosts: hosts(), session: SESSION, verification: { verified: true, bytesChecked: 5, since: {} } });
    expect(calls.filter(({ command }) => command === 'UpdateItem')).toHaveLength(1);
    expect(releaseStory(hosts(), SESSION, { verified: true, since: {} }, 'wait', EXECUTION).join('\n')).toMatch(/has moved i-0123456789abcdef0 to i-0fedcba9876543210[\s\S]*verified: true/);
  });
});
