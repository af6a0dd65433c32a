import { handler as awaitApproval } from '../../lambda/clone/await-approval';
import { handler as planClone } from '../../lambda/clone/plan-clone';
import { vcpuQuota } from '../../lambda/shared/plan/quotas';
import { awsError, fakeAws } from './support/fake-aws';
import { EXECUTION, OWNER, request, source, SOURCE_ID, STEP, SUBNET } from './support/fixtures';

const dryRun = () => { throw awsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.'); };
function account(more: Parameters<typeof fakeAws>[0] = {}) {
  return fakeAws({
    DescribeSubnets: () => ({ Subnets: [{ SubnetId: SUBNET.subnetId, VpcId: SUBNET.vpcId, AvailabilityZone: 'eu-west-1a', AvailableIpAddressCount: 100 }] }),
    DescribeVpcEndpoints: () => ({}), RunInstances: dryRun, CreateSnapshots: dryRun, CreateImage: dryRun, CreateSecurityGroup: dryRun,
    GetServiceQuota: ({ QuotaCode }: { QuotaCode: string }) => ({ Quota: { Value: { 'L-1216C47A': 32, 'L-7A658B76': 50 }[QuotaCode] ?? 100_000 } }),
    DescribeInstances: () => ({ Reservations: [{ Instances: [
      { InstanceType: 'm5.large', CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 } }, { InstanceType: 'p4d.24xlarge', CpuOptions: { CoreCount: 48, ThreadsPerCore: 2 } },
      { InstanceType: 'm5.24xlarge', InstanceLifecycle: 'spot', CpuOptions: { CoreCount: 48, ThreadsPerCore: 2 } }, { InstanceType: 'm5.metal', Placement: { Tenancy: 'host' }, CpuOptions: { CoreCount: 48, ThreadsPerCore: 2 } },
    ] }] }),
    DescribeVolumes: () => ({ Volumes: [{ Size: 1024 }] }), DescribeSnapshots: () => ({ Snapshots: [{}] }),
    ...more,
  });
}
const plan = (over: object = {}, from = source()) => planClone({ ...STEP, request: request(over), source: from, subnetIds: [], prices: {} });

test('asks before anything is made, and tells what it asked', async () => {
  const calls = account();
  const { plan: { checks, expectedSeconds } } = await plan({ count: 2, volumeInitializationRate: 200 });
  expect(checks).toEqual([
    { check: 'free addresses', result: 'passed', detail: `${SUBNET.subnetId}: 4 of 100 free addresses` },
    { check: 'vCPUs of running On-Demand instances like m7i.large', result: 'passed', detail: '4 needed, 2 in use, the quota is 32' },
    { check: 'TiB of gp3 volumes', result: 'passed', detail: '0.21 needed, 1 in use, the quota is 50' },
    { check: 'snapshots in the Region', result: 'passed', detail: '2 needed, 1 in use, the quota is 100000' },
    { check: 'DryRun CreateSnapshots', result: 'passed', detail: 'EC2 would do it' },
    { check: 'DryRun RunInstances', result: 'passed', detail: 'EC2 would do it' },
    { check: 'DryRun CreateSecurityGroup', result: 'passed', detail: 'EC2 would do it' },
  ]);
  expect(expectedSeconds).toBeGreaterThan(1024);
  const run = calls.find(({ command }) => command === 'RunInstances')?.input;
  expect(run).toMatchObject({ DryRun: true, MinCount: 2, MaxCount: 2, ImageId: 'ami-0123456789abcdef0' });
  expect(JSON.stringify(run)).not.toContain('VolumeInitializationRate');
  expect(JSON.stringify(run)).toContain(`{"Key":"instance-mobility:owner","Value":"${OWNER}"}`);
  expect(calls.filter(({ command }) => /^(Run|Create)/.test(command)).every(({ input }) => input['DryRun'] === true)).toBe(true);
});

describe('a limit of cost', () => {
  const prices = { 'instance-hour:m7i.large': 0.1, 'volume-gib-month:gp3': 0.1, 'volume-mibps-month:gp3': 0.04, 'volume-iops-month:gp3': 0.005, 'public-ipv4-hour': 0.005, 'copied-gib': 0 };
  const limited = (over: object, maxCost: number | null = null, known: Record<string, number> = prices) =>
    planClone({ ...STEP, request: request(over), source: source(), subnetIds: [], prices: known, maxCost });
  const day = { expireAfter: 'P1D' };

  test('is told with what is expected of it', async () => {
    account();
    const { plan: { expectedCost: { amount, hours, unpriced }, checks } } = await limited({ ...day, maxCost: 50 });
    expect(amount).toBeGreaterThan(2.4);
    expect({ hours, unpriced }).toEqual({ hours: 24, unpriced: [] });
    expect(checks).toContainEqual({ check: 'cost', result: 'passed', detail: `${amount} of at most 50` });
  });

  test.each<[string, object, number | null]>([
    ['of the request', { ...day, maxCost: 2 }, null], ['of the construct', day, 2], ['of the construct, which a request can not raise', { ...day, maxCost: 100 }, 2],
    ['of the request, below the construct\'s', { ...day, maxCost: 2 }, 100], ['without an end, for a month', { maxCost: 50 }, null],
  ])('%s is kept', async (_, over, allowed) => {
    const calls = account();
    await expect(limited(over, allowed)).rejects.toMatchObject({ name: 'CostLimitExceeded', message: expect.stringMatching(/^the clones cost [\d.]+ in (24|730) hours, and the limit is (2|50): /) });
    expect(calls.some(({ command }) => command === 'RunInstances')).toBe(false);
    const { plan: { checks } } = await limited({ ...over, planOnly: true }, allowed);
    expect(checks).toContainEqual({ check: 'cost', result: 'not possible', detail: expect.stringContaining('and the limit is') });
  });

  test('is not taken for kept while prices are missing', async () => {
    account();
    const known = { ...prices, 'volume-gib-month:gp3': undefined } as unknown as Record<string, number>;
    await expect(limited({ ...day, maxCost: 1000 }, null, known)).rejects.toMatchObject({ name: 'PriceMissing', message: expect.stringContaining('volume-gib-month:gp3') });
  });
});

test('the other route asks for an image instead of snapshots', async () => {
  const calls = account();
  await plan({ volumes: { '/dev/sdf': { exclude: true } } }, source({}, { PlatformDetails: 'Windows' }));
  expect(calls.find(({ command }) => command === 'CreateImage')?.input).toMatchObject({ NoReboot: true, DryRun: true, BlockDeviceMappings: [{ DeviceName: '/dev/sdf', NoDevice: '' }] });
  expect(calls.some(({ command }) => command === 'CreateSnapshots')).toBe(false);
});

test('a denial shows with EC2\'s own words', async () => {
  account({ RunInstances: () => { throw awsError('UnauthorizedOperation', 'You are not authorized. Encoded authorization failure message: abc123'); } });
  await expect(plan()).rejects.toMatchObject({ name: 'DryRunDenied', message: expect.stringContaining('abc123') });
});

test('what else EC2 would refuse shows under its own name', async () => {
  account({ RunInstances: () => { throw awsError('InvalidKeyPair.NotFound'); } });
  await expect(plan()).rejects.toMatchObject({ name: 'InvalidKeyPair.NotFound' });
});

test('an image that is gone can not be tried', async () => {
  account();
  const launch = async (from = source()) => (await plan({}, from)).plan.checks.find(({ check }) => check === 'DryRun RunInstances');
  expect(await launch(source({ image: null }))).toMatchObject({ result: 'not possible' });
  account({ RunInstances: () => { throw awsError('InvalidAMIID.NotFound'); } });
  expect(await launch()).toMatchObject({ result: 'not possible' });
});

test('quotas that would be exceeded', async () => {
  account();
  await expect(plan({ count: 16 })).rejects.toMatchObject({ name: 'QuotaExceeded', message: expect.stringMatching(/vCPUs.*32 are needed and 2 in use.*L-1216C47A.*32/) });
  account({ DescribeVolumes: () => ({ Volumes: [{ Size: 50 * 1024 }] }) });
  await expect(plan()).rejects.toMatchObject({ name: 'QuotaExceeded', message: expect.stringContaining('L-7A658B76') });
});

test('AWS\'s default where the account has no value of its own; no check where it may not be read', async () => {
  account({ GetServiceQuota: () => { throw awsError('NoSuchResourceException'); }, GetAWSDefaultServiceQuota: () => ({ Quota: { Value: 5 } }) });
  await expect(plan({ count: 2 })).rejects.toMatchObject({ name: 'QuotaExceeded' });
  account({ GetServiceQuota: () => { throw awsError('AccessDeniedException', 'an SCP says no'); } });
  expect((await plan({ count: 20 })).plan.checks).toContainEqual(expect.objectContaining({ result: 'not possible', detail: expect.stringContaining('an SCP says no') }));
  account({ GetServiceQuota: () => { throw awsError('TooManyRequestsException'); } });
  await expect(plan()).rejects.toMatchObject({ name: 'TooManyRequestsException' });
});

test('counting snapshots ends somewhere', async () => {
  const calls = account({ DescribeSnapshots: () => ({ Snapshots: [{}], NextToken: 'more' }) });
  expect((await plan()).plan.checks).toContainEqual({ check: 'snapshots in the Region', result: 'not possible', detail: 'more than 20000 in use: not counted' });
  expect(calls.filter(({ command }) => command === 'DescribeSnapshots')).toHaveLength(20);
});

test('so does counting volumes and instances', async () => {
  const calls = account({ DescribeVolumes: () => ({ Volumes: [{ Size: 1 }], NextToken: 'more' }), DescribeInstances: () => ({ Reservations: [], NextToken: 'more' }) });
  const { plan: { checks } } = await plan();
  expect(checks).toContainEqual({ check: 'TiB of gp3 volumes', result: 'not possible', detail: 'more than 10000 in use: not counted' });
  expect(checks).toContainEqual(expect.objectContaining({ check: expect.stringContaining('vCPUs'), result: 'not possible' }));
  for (const command of ['DescribeVolumes', 'DescribeInstances']) expect(calls.filter(call => call.command === command)).toHaveLength(20);
});

test('a subnet that is full', async () => {
  account({ DescribeSubnets: () => ({ Subnets: [{ SubnetId: SUBNET.subnetId, VpcId: SUBNET.vpcId, AvailabilityZone: 'eu-west-1a', AvailableIpAddressCount: 3 }] }) });
  await expect(plan({ count: 2 })).rejects.toMatchObject({ name: 'InsufficientAddresses', message: expect.stringContaining('has 3 free addresses, but 4 are needed') });
});

test.each(['us-west-2-lax-1a', 'us-east-1-wl1-bos-wlz-1'])('no initialization rate in %s', async AvailabilityZone => {
  account({ DescribeSubnets: () => ({ Subnets: [{ SubnetId: SUBNET.subnetId, VpcId: SUBNET.vpcId, AvailabilityZone, AvailableIpAddressCount: 99 }] }) });
  await expect(plan({ volumeInitializationRate: 100 })).rejects.toMatchObject({ name: 'InitializationRateNotPossible' });
  await expect(plan()).resolves.toBeDefined();
});

test.each([['m7i.large', 'L-1216C47A'], ['im4gn.large', 'L-1216C47A'], ['g5.xlarge', 'L-DB2E81BA'], ['p5.48xlarge', 'L-417A185B'], ['u7i-12tb.224xlarge', 'L-43DA4232'], ['x2gd.large', 'L-7295265B'],
  ['inf2.xlarge', 'L-1945791B'], ['trn1.2xlarge', 'L-2C3B7624'], ['hpc7a.96xlarge', 'L-F7808C92'], ['dl1.24xlarge', 'L-6E869C2A'], ['d3.xlarge', 'L-1216C47A'], ['t4g.nano', 'L-1216C47A']])('%s counts for %s', (type, code) => expect(vcpuQuota(type)).toBe(code));

test('a plan that no state can hold is refused', async () => {
  account();
  const tags = Object.fromEntries(Array.from({ length: 45 }, (_, i) => [`k${i}`, 'v'.repeat(200)]));
  const many = source();
  const volumes = Array.from({ length: 40 }, (_, i) => ({ ...many.volumes[0]!, device: `/dev/sd${i}`, root: false, tags: { ...tags, k0: `${i}`, k1: 'w'.repeat(250) + i, k2: `${i}`.repeat(100), k3: `${i}`.repeat(99), k4: `${i}`.repeat(98),
    ...Object.fromEntries(Array.from({ length: 40 }, (_unused, j) => [`k${j + 5}`, `${i}-${'z'.repeat(240)}`])) } }));
  await expect(plan({}, source({ volumes }))).rejects.toMatchObject({ name: 'PlanTooLarge' });
});

test('so many clones of so many volumes that no state could name them all are refused before anything is made', async () => {
  account({ GetServiceQuota: () => ({ Quota: { Value: 1_000_000 } }), DescribeSubnets: () => ({ Subnets: [{ SubnetId: SUBNET.subnetId, VpcId: SUBNET.vpcId, AvailabilityZone: 'eu-west-1a', AvailableIpAddressCount: 4000 }] }) });
  const from = source();
  const volumes = Array.from({ length: 120 }, (_, i) => ({ ...from.volumes[0]!, device: `/dev/sd${i}`, volumeId: `vol-${String(i).padStart(17, '0')}`, root: i === 0, tags: {} }));
  await expect(plan({ count: 20 }, source({ volumes }))).rejects.toMatchObject({ name: 'PlanTooLarge', message: expect.stringContaining('fewer at a time') });
  await expect(plan({ count: 4 }, source({ volumes }))).resolves.toBeDefined();
});

test('whoever approves is told what is made, what it costs and how to answer; the lease lasts as long', async () => {
  account({ UpdateItem: () => ({}), Publish: () => ({}) });
  const { plan: made } = await plan({ approve: true });
  const calls = account({ UpdateItem: () => ({}), Publish: () => ({}) });
  const before = Date.now();
  await awaitApproval({ ...STEP, topicArn: 'arn:topic', plan: made, taskToken: 'AAA+b/c=', lease: { table: 't', instanceId: SOURCE_ID, token: 1 }, timeoutSeconds: 86_400 });
  const [renewed, published] = calls;
  expect(Number((renewed?.input['ExpressionAttributeValues'] as Record<string, { N: string }>)[':expires']?.N)).toBeGreaterThanOrEqual(before + 90_000_000);
  const message = String(published?.input['Message']);
  expect(String(published?.input['Subject']).length).toBeLessThan(100);
  for (const part of [EXECUTION, '/dev/sdf: 100 GiB gp3', 'gp3 volumes, per month', 'send-task-success', 'send-task-failure', 'AAA+b/c=']) expect(message).toContain(part);
});
