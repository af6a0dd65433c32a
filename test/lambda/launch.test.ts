import type { Instance } from '@aws-sdk/client-ec2';
import { handler as verifyClones } from '../../lambda/clone/verify-clones';
import { handler as areRunning } from '../../lambda/launch-like/are-instances-running';
import { handler as finish } from '../../lambda/launch-like/finish-instances';
import { handler as launchInstances } from '../../lambda/launch-like/launch-instances';
import type { Plan } from '../../lambda/shared/plan/plan';
import { awsError, fakeAws, tags } from './support/fake-aws';
import { EXECUTION, instance, KEY_ARN, OWNER, planFor, SOURCE_ID, STEP } from './support/fixtures';

const plan = { ...planFor({ tags: { Stage: 'test' } }), checks: [] } as Plan;
const snapshots = [
  { snapshotId: 'snap-a', volumeId: 'vol-0000000000000000a', device: '/dev/xvda', startTime: '' }, { snapshotId: 'snap-b', volumeId: 'vol-0000000000000000b', device: '/dev/sdf', startTime: '' },
];
const lease = { table: 't', instanceId: SOURCE_ID, token: 1 };

describe('launch instances', () => {
  const input = { ...STEP, launch: plan.launch, count: 3, imageId: 'ami-1', snapshots, userData: 'none' as const, sourceInstanceId: SOURCE_ID };

  test('all in one call, tagged, each volume from its snapshot', async () => {
    const calls = fakeAws({ RunInstances: () => ({ Instances: [{ InstanceId: 'i-1' }, { InstanceId: 'i-2' }, { InstanceId: 'i-3' }] }) });
    expect(await launchInstances(input)).toEqual({ instanceIds: ['i-1', 'i-2', 'i-3'], failures: [], launchedAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    const said = calls[0]?.input as Record<string, never>;
    expect(said).toMatchObject({ ImageId: 'ami-1', MinCount: 3, MaxCount: 3, BlockDeviceMappings: [{ Ebs: { SnapshotId: 'snap-a' } }, { Ebs: { SnapshotId: 'snap-b' } }] });
    expect(said['ClientToken']).toMatch(/^[0-9a-f]{64}$/);
    expect(said).not.toHaveProperty('UserData');
    for (const type of ['instance', 'volume', 'network-interface']) {
      expect(said['TagSpecifications']).toContainEqual(expect.objectContaining({ ResourceType: type, Tags: expect.arrayContaining(tags({
        Stage: 'test', 'instance-mobility:owner': OWNER, 'instance-mobility:execution': EXECUTION, 'instance-mobility:source': SOURCE_ID })) }));
    }
  });

  test('a repeated call has the same token, another image another one', async () => {
    const calls = fakeAws({ RunInstances: () => ({}) });
    await launchInstances(input);
    await launchInstances(input);
    await launchInstances({ ...input, imageId: 'ami-2' });
    const [first, again, other] = calls.map(call => call.input['ClientToken']);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('user data goes from call to call', async () => {
    const calls = fakeAws({ RunInstances: () => ({}), DescribeInstanceAttribute: () => ({ UserData: { Value: 'c291cmNl' } }) });
    await launchInstances({ ...input, userData: 'source' });
    await launchInstances({ ...input, userData: 'given', givenUserData: 'Z2l2ZW4=' });
    expect(calls.filter(({ command }) => command === 'RunInstances').map(call => call.input['UserData'])).toEqual(['c291cmNl', 'Z2l2ZW4=']);
  });

  test('a volume without snapshot is not launched empty', async () => {
    fakeAws({});
    await expect(launchInstances({ ...input, snapshots: snapshots.slice(1) })).rejects.toMatchObject({ name: 'SnapshotFailed', message: expect.stringContaining('/dev/xvda') });
  });

  test('instances that were terminated since are told of; EC2\'s own refusals keep their names', async () => {
    fakeAws({ RunInstances: () => { throw awsError('IdempotentInstanceTerminated'); } });
    await expect(launchInstances(input)).rejects.toMatchObject({ name: 'LaunchedAndGone' });
    fakeAws({ RunInstances: () => { throw awsError('InsufficientInstanceCapacity'); } });
    await expect(launchInstances(input)).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' });
  });

  test('no room while a source is paused for it: tried again as long as the pause may last, and told why when it may not', async () => {
    const pausedAt = new Date(Date.now() - 200_000).toISOString();
    const limited = (maxDowntime: number) => launchInstances({ ...input, limit: { sourceInstanceId: SOURCE_ID, maxDowntime, deadline: null, pausedAt } });
    const calls = fakeAws({ RunInstances: () => { throw awsError('InsufficientInstanceCapacity'); } });
    await expect(limited(400)).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' });
    await expect(limited(300)).rejects.toMatchObject({ name: 'DowntimeExceeded', message: expect.stringMatching(/no capacity for the target of i-.* of 300 s (99|100) s are left/) });
    expect(calls).toHaveLength(2);
    await expect(limited(180)).rejects.toMatchObject({ name: 'DowntimeExceeded', message: expect.stringContaining('has been paused for') });
    expect(calls).toHaveLength(2);
  });
});

describe('are instances running', () => {
  const ask = (states: Record<string, string>, checks: Record<string, [string, string]>, secondsAgo = 0) => {
    fakeAws({
      UpdateItem: () => ({}),
      DescribeInstances: () => ({ Reservations: [{ Instances: Object.entries(states).map(([InstanceId, Name]) => ({ InstanceId, State: { Name }, StateReason: { Message: 'Client.InternalError: Client error on launch' } })) }] }),
      DescribeInstanceStatus: ({ InstanceIds }: { InstanceIds: string[] }) => ({ InstanceStatuses: InstanceIds.filter(id => checks[id]).map(InstanceId =>
        ({ InstanceId, SystemStatus: { Status: checks[InstanceId]?.[0] }, InstanceStatus: { Status: checks[InstanceId]?.[1] } })) }),
    });
    return areRunning({ ...STEP, instanceIds: ['i-1', 'i-2'], lease, since: new Date(Date.now() - secondsAgo * 1000).toISOString() });
  };

  test('running means both checks passed, of every one', async () => {
    expect(await ask({ 'i-1': 'running', 'i-2': 'pending' }, { 'i-1': ['ok', 'ok'] })).toEqual({ running: false, waiting: ['i-2'], waitSeconds: 10, instanceIds: ['i-1', 'i-2'], failures: null });
    expect(await ask({ 'i-1': 'running', 'i-2': 'running' }, { 'i-1': ['ok', 'ok'], 'i-2': ['ok', 'initializing'] })).toMatchObject({ running: false, waiting: ['i-2'] });
    expect(await ask({ 'i-1': 'running', 'i-2': 'running' }, { 'i-1': ['ok', 'ok'], 'i-2': ['ok', 'ok'] })).toMatchObject({ running: true, waiting: [] });
  });

  test('one that can not be seen yet is waited for, but not for ever', async () => {
    expect(await ask({ 'i-1': 'running' }, { 'i-1': ['ok', 'ok'] })).toMatchObject({ running: false, waiting: ['i-2'] });
    await expect(ask({ 'i-1': 'running' }, { 'i-1': ['ok', 'ok'] }, 301)).rejects.toMatchObject({ name: 'InstanceFailedToStart', message: expect.stringContaining('i-2 is gone') });
  });

  test('a KMS key that can not be used shows as a terminated instance', async () => {
    await expect(ask({ 'i-1': 'running', 'i-2': 'terminated' }, {})).rejects.toMatchObject({ name: 'InstanceFailedToStart', message: expect.stringContaining('Client.InternalError') });
  });

  test('while a source is paused for it every second counts, and the wait is over when the pause took too long', async () => {
    const since = new Date(Date.now() - 200_000).toISOString();
    const limit = { sourceInstanceId: SOURCE_ID, maxDowntime: 300, deadline: null, pausedAt: since };
    fakeAws({ UpdateItem: () => ({}), DescribeInstances: () => ({}) });
    const looked = { ...STEP, instanceIds: ['i-1'], lease, since };
    expect(await areRunning({ ...looked, limit })).toMatchObject({ running: false, waitSeconds: 5 });
    await expect(areRunning({ ...looked, limit: { ...limit, maxDowntime: 180 } })).rejects.toMatchObject({ name: 'DowntimeExceeded' });
  });

  test('checks that never pass end the wait', async () => {
    const running = { 'i-1': 'running', 'i-2': 'running' };
    await expect(ask(running, { 'i-1': ['ok', 'ok'], 'i-2': ['ok', 'impaired'] }, 3601)).rejects.toMatchObject({ name: 'InstanceFailedToStart', message: expect.stringContaining('i-2 has the status checks ok and impaired') });
  });
});

/** What DescribeInstances shows of a clone that is as planned. */
function cloneOf(id: string, over: Partial<Instance> = {}): Instance {
  const model = instance();
  return {
    ...model, InstanceId: id, Tags: tags({ Name: 'db', Stage: 'test' }),
    BlockDeviceMappings: [['/dev/xvda', true], ['/dev/sdf', false]].map(([DeviceName, DeleteOnTermination]) =>
      ({ DeviceName: String(DeviceName), Ebs: { VolumeId: `vol-${id}-${String(DeviceName).slice(5)}`, DeleteOnTermination: Boolean(DeleteOnTermination) } })),
    NetworkInterfaces: model.NetworkInterfaces?.map(one => ({ ...one, NetworkInterfaceId: `eni-${id}` })) ?? [],
    ...over,
  };
}
function clones(described: Instance[], volume: object = {}) {
  return fakeAws({
    DescribeInstances: () => ({ Reservations: [{ Instances: described }] }),
    DescribeVolumes: ({ VolumeIds }: { VolumeIds: string[] }) => ({ Volumes: VolumeIds.map(VolumeId => ({
      VolumeId, VolumeType: 'gp3', Iops: 3000, Throughput: 125,
      ...VolumeId.endsWith('xvda') ? { Size: 8, Encrypted: false, SnapshotId: 'snap-a', Tags: tags({ Stage: 'test', Team: 'a' }) }
        : { Size: 100, Encrypted: true, KmsKeyId: KEY_ARN, SnapshotId: 'snap-b', Tags: tags({ Stage: 'test', Team: 'a', Name: 'data' }), ...volume },
    })) }),
    DescribeInstanceAttribute: () => ({ InstanceInitiatedShutdownBehavior: { Value: 'stop' } }),
    CreateTags: () => ({}), ModifyNetworkInterfaceAttribute: () => ({}),
  });
}

describe('finish instances', () => {
  test('does only what the launch could not', async () => {
    const calls = clones([cloneOf('i-1', { NetworkInterfaces: cloneOf('i-1').NetworkInterfaces!.map(one => ({ ...one, SourceDestCheck: true })) })]);
    await finish({ ...STEP, instanceIds: ['i-1'], finish: { ...plan.finish, interfaceTags: [{ networkCardIndex: 0, deviceIndex: 0, tags: { Role: 'front' } }] } });
    expect(calls.slice(1).map(({ command, input }) => [command, input['NetworkInterfaceId'] ?? input['Resources'], input['Tags'] ?? input['SourceDestCheck']])).toEqual([
      ['ModifyNetworkInterfaceAttribute', 'eni-i-1', { Value: false }],
      ['CreateTags', ['vol-i-1-xvda'], tags({ 'instance-mobility:device': '/dev/xvda' })],
      ['CreateTags', ['vol-i-1-sdf'], tags({ Name: 'data', 'instance-mobility:device': '/dev/sdf' })],
      ['CreateTags', ['eni-i-1'], tags({ Role: 'front' })],
    ]);
  });
});

test('the tags of many clones take as many calls as those of one: a step has a minute', async () => {
  const calls = clones(Array.from({ length: 20 }, (_, i) => cloneOf(`i-${i}`)));
  await finish({ ...STEP, instanceIds: ['i-0'], finish: plan.finish });
  const tagging = calls.filter(({ command }) => command === 'CreateTags');
  expect(tagging).toHaveLength(2);
  expect(tagging.map(({ input }) => (input['Resources'] as string[]).length)).toEqual([20, 20]);
});

describe('verify clones', () => {
  const verify = () => verifyClones({ ...STEP, plan, instanceIds: ['i-1'], snapshots });

  test('a clone that is as planned', async () => {
    clones([cloneOf('i-1')]);
    expect(await verify()).toEqual({ clones: [{ instanceId: 'i-1', privateIpAddress: '10.0.0.10', volumes: [
      { device: '/dev/xvda', volumeId: 'vol-i-1-xvda', snapshotId: 'snap-a', copyOf: null },
      { device: '/dev/sdf', volumeId: 'vol-i-1-sdf', snapshotId: 'snap-b', copyOf: null }] }], failures: null });
  });

  test.each<[string, Partial<Instance>, object, string]>([
    ['type', { InstanceType: 'm7i.xlarge' }, {}, 'InstanceType'], ['key', { KeyName: 'other' }, {}, 'KeyName'], ['profile', { IamInstanceProfile: {} }, {}, 'IamInstanceProfile'],
    ['metadata', { MetadataOptions: { ...instance().MetadataOptions, HttpTokens: 'optional' } }, {}, 'MetadataOptions.HttpTokens'], ['a tag', { Tags: tags({ Name: 'db' }) }, {}, 'tag Stage'],
    ['ENA', { EnaSupport: false }, {}, 'EnaSupport'], ['billing', { UsageOperation: 'RunInstances:0002' }, {}, 'UsageOperation'], ['monitoring', { Monitoring: { State: 'enabled' } }, {}, 'Monitoring'],
    ['an interface', { NetworkInterfaces: [] }, {}, 'interface 0/0: planned "present"'],
    ['the check of an interface', { NetworkInterfaces: cloneOf('i-1').NetworkInterfaces?.map(one => ({ ...one, SourceDestCheck: true })) ?? [] }, {}, 'interface 0/0 SourceDestCheck'],
    ['groups', { NetworkInterfaces: cloneOf('i-1').NetworkInterfaces?.map(one => ({ ...one, Groups: [] })) ?? [] }, {}, 'interface 0/0 Groups'],
    ['a public address', { NetworkInterfaces: cloneOf('i-1').NetworkInterfaces?.map(one => ({ ...one, Association: { PublicIp: '1.2.3.4' } })) ?? [] }, {}, 'public IPv4'],
    ['a volume too few', { BlockDeviceMappings: cloneOf('i-1').BlockDeviceMappings?.slice(0, 1) ?? [] }, {}, 'devices'],
    ['size', {}, { Size: 99 }, 'volume /dev/sdf size'], ['volume type', {}, { VolumeType: 'gp2' }, 'volume /dev/sdf type'], ['IOPS', {}, { Iops: 4000 }, 'iops'], ['snapshot', {}, { SnapshotId: 'snap-x' }, 'snapshot'],
    ['encryption', {}, { Encrypted: false }, 'encrypted'], ['key of a volume', {}, { KmsKeyId: `${KEY_ARN}x` }, 'KMS key'], ['volume tags', {}, { Tags: [] }, 'volume /dev/sdf tag Name'],
  ])('another %s is told', async (_, over, volume, attribute) => {
    clones([cloneOf('i-1', over)], volume);
    await expect(verify()).rejects.toMatchObject({ name: 'CloneDiffersFromPlan', message: expect.stringContaining(attribute) });
  });

  test('what its own software attached to a clone in the meantime is no difference (a Kubernetes node takes interfaces and volumes at once)', async () => {
    const [eni] = cloneOf('i-1').NetworkInterfaces ?? [];
    const more = cloneOf('i-1', {
      NetworkInterfaces: [eni!, { ...eni, NetworkInterfaceId: 'eni-cni', Attachment: { DeviceIndex: 1 } }],
      BlockDeviceMappings: [...cloneOf('i-1').BlockDeviceMappings ?? [], { DeviceName: '/dev/xvdba', Ebs: { VolumeId: 'vol-csi', DeleteOnTermination: false } }],
    });
    clones([more]);
    await expect(verify()).resolves.toMatchObject({ clones: [{ instanceId: 'i-1' }] });
    // but a volume that came with the launch unplanned is
    clones([more], { Tags: tags({ Stage: 'test', Team: 'a', Name: 'data', 'instance-mobility:owner': OWNER }) });
    await expect(verify()).rejects.toMatchObject({ message: expect.stringContaining('/dev/xvdba') });
  });

  test('more addresses than planned are no difference (its own software may take some), fewer are', async () => {
    const [eni] = cloneOf('i-1').NetworkInterfaces ?? [];
    const counted = { ...plan, launch: { ...plan.launch, NetworkInterfaces: plan.launch.NetworkInterfaces?.map(one =>
      ({ ...one, SecondaryPrivateIpAddressCount: 1, Ipv6AddressCount: 1, Ipv4PrefixCount: 1, Ipv6PrefixCount: 1 })) ?? [] } };
    const ask = (count: number) => {
      clones([cloneOf('i-1', { NetworkInterfaces: [{ ...eni,
        PrivateIpAddresses: [{ Primary: true }, ...Array.from({ length: count }, () => ({ Primary: false }))],
        Ipv6Addresses: Array(count).fill({}), Ipv4Prefixes: Array(count).fill({}), Ipv6Prefixes: Array(count).fill({}),
      }] })]);
      return verifyClones({ ...STEP, plan: counted, instanceIds: ['i-1'], snapshots });
    };
    await expect(ask(1)).resolves.toBeDefined();
    await expect(ask(16)).resolves.toBeDefined();
    await expect(ask(0)).rejects.toMatchObject({ message: expect.stringMatching(
      /secondary IPv4 addresses: planned 1, found 0[^]*IPv6 addresses: planned 1, found 0[^]*IPv4 prefixes: planned 1, found 0[^]*IPv6 prefixes: planned 1, found 0/) });
  });

  test('all differences are told at once; a missing clone too', async () => {
    clones([cloneOf('i-1', { KeyName: 'other', InstanceType: 't3.nano' })]);
    await expect(verify()).rejects.toMatchObject({ message: expect.stringMatching(/InstanceType[^]*KeyName/) });
    clones([]);
    await expect(verify()).rejects.toMatchObject({ message: 'planned 1 clones, found 0' });
  });

  test('encryption by the account\'s default is no loss', async () => {
    const calls = clones([cloneOf('i-1')]);
    expect(calls).toEqual([]);
    const plain = { ...plan, volumes: plan.volumes.map(one => ({ ...one, encrypted: false, kmsKeyId: null })) };
    await expect(verifyClones({ ...STEP, plan: plain, instanceIds: ['i-1'], snapshots })).resolves.toBeDefined();
  });
});
