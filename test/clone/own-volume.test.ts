import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Json } from '../../rehearsal/json';
import { type Bench, everything, expectSuccess, KEY_ARN, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are JSON that tests look into */
type Any = any;
const server: InstanceSpec = {
  ...SERVER, profile: 'web',
  volumes: [{ size: 20, written: 4 }, { type: 'io2', iops: 1000, size: 100, written: 10, multiAttach: true, deleteOnTermination: false, kmsKeyId: KEY_ARN }],
};

/** A clone that shares a volume with its source, which goes on writing. */
async function sharing(bench: Bench, input: { [key: string]: Json } = {}) {
  const { ec2, ssm } = bench.account;
  const data = ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings[1]!.Ebs!.VolumeId!;
  ec2.keepWriting(data, { blocksPerSecond: 2 });
  const cloned = await bench.run({ volumes: { '/dev/sdf': { strategy: 'shared' } }, ...input });
  expectSuccess(cloned);
  const { clones: [{ instanceId }], shares: [{ mount }] } = cloned.output as Any;
  return {
    ec2, data, instanceId: instanceId as string, mount: mount as string, guest: ssm.guest(instanceId),
    own: (input: object = {}) => bench.finish(bench.rehearsal.startExecution('OwnVolume', { cloneInstanceId: instanceId, volumeId: data, ...input })),
    attached: () => ec2.volumes.get(data)!.Attachments.map(({ InstanceId }) => InstanceId!).sort(),
    source: JSON.stringify(ec2.instances.get(bench.sourceInstanceId)),
  };
}

/** The share is as it was, and nothing of the copy is left. */
function expectShared(bench: Bench, share: Awaited<ReturnType<typeof sharing>>): void {
  const { ec2, data, instanceId, mount, guest } = share;
  expect(share.attached()).toEqual([bench.sourceInstanceId, instanceId].sort());
  expect(guest.disks.filesystems.find(({ volumes }) => volumes.includes(data))).toMatchObject({ mounts: [mount], options: 'ro,relatime' });
  expect(guest.disks.readOnly.has(data)).toBe(true);
  expect([...ec2.volumes.values()].filter(({ SourceVolumeId }) => SourceVolumeId === data)).toEqual([]);
  expect(JSON.stringify(ec2.instances.get(bench.sourceInstanceId))).toBe(share.source);
  bench.expectLeaseFree();
}

describe('give own volume', () => {
  test('the clone gets a copy in the place of the share, and both go their own way, block by block', () => rehearse(full, server, async bench => {
    const share = await sharing(bench);
    const { ec2, data, instanceId, mount, guest } = share;
    let before: ReadonlyMap<number, string> | undefined;
    const original = bench.account.call.bind(bench.account);
    jest.spyOn(bench.account, 'call').mockImplementation(async (...args) => {
      if (args[1] === 'CopyVolumes') before = new Map(ec2.content(data));
      return original(...args);
    });
    const run = await share.own();
    expectSuccess(run);
    const { volumeId, pauseSeconds, verification, ...output } = run.output as Any;
    expect(verification).toMatchObject({ how: 'sample', compared: 32 });
    expect(verification.equal).toBeGreaterThan(24);
    expect(output).toMatchObject({ instanceId, device: '/dev/sdf', sharedVolumeId: data, mount, copiedAt: expect.any(String) });
    expect(pauseSeconds).toBeGreaterThan(0);
    expect(pauseSeconds).toBeLessThan(60);
    expect(share.attached()).toEqual([bench.sourceInstanceId]);
    expect(ec2.instances.get(instanceId)!.BlockDeviceMappings.find(({ DeviceName }) => DeviceName === '/dev/sdf')!.Ebs)
      .toMatchObject({ VolumeId: volumeId, Status: 'attached', DeleteOnTermination: true });
    // the first writable mount replays the journal; all else is the source's of that instant
    const own = new Map(ec2.content(volumeId));
    expect(own.get(0)).toBe(`journal replayed by ${instanceId}`);
    own.delete(0);
    expect(own).toEqual(before);
    ec2.write(volumeId, 5000, 'by the clone');
    expect(ec2.content(data).has(5000)).toBe(false);
    expect(new Map(ec2.content(data))).not.toEqual(before);
    expect(guest.disks.readOnly.has(volumeId)).toBe(false);
    expect(guest.system.files.has(`/etc/udev/rules.d/99-instance-mobility-${data}.rules`)).toBe(false);
    expect(ec2.volumes.get(volumeId)!.Tags).toEqual(expect.arrayContaining([{ Key: 'instance-mobility:created-by', Value: run.arn }]));
    expect(ec2.ownedBy(run.arn)).toEqual([]);
    expect(JSON.stringify(ec2.instances.get(bench.sourceInstanceId))).toBe(share.source);
    bench.expectLeaseFree();
  }));

  test('of another type than the shared one', () => rehearse(full, server, async bench => {
    const share = await sharing(bench);
    const run = await share.own({ type: 'gp3', iops: 4000, throughput: 250 });
    expectSuccess(run);
    expect(share.ec2.volumes.get((run.output as Any).volumeId)).toMatchObject({ VolumeType: 'gp3', Iops: 4000, Throughput: 250, MultiAttachEnabled: false });
  }));

  test('of another type that can not be mounted: the share comes back', () => rehearse(full, server, async bench => {
    const share = await sharing(bench);
    share.guest.breakCommand('mount', { exitCode: 32, stderr: 'mount: bad superblock', where: argv => argv.includes('rw') });
    expect(await share.own({ type: 'io1' })).toMatchObject({ status: 'FAILED', error: 'OwnVolumeFailed' });
    expect(bench.account.calls.find(({ operation, input }) => operation === 'CopyVolumes' && (input as Any).SourceVolumeId === share.data)!.input)
      .toMatchObject({ VolumeType: 'io1', Iops: 1000 });
    expectShared(bench, share);
  }));

  test('of an account that encrypts by default, the copy of a plain volume is encrypted', () => rehearse(
    full, { ...server, volumes: [{ size: 20, written: 4 }, { ...server.volumes![1], kmsKeyId: undefined }] }, async bench => {
      const share = await sharing(bench);
      Object.assign(share.ec2, { encryptionByDefault: true, defaultKeyArn: KEY_ARN });
      const run = await share.own();
      expectSuccess(run);
      expect(share.ec2.volumes.get(share.data)!.Encrypted).toBe(false);
      expect(share.ec2.volumes.get((run.output as Any).volumeId)).toMatchObject({ Encrypted: true, KmsKeyId: KEY_ARN });
    }));

  test('what is no share is refused, and nothing is made', () => rehearse(full, server, async bench => {
    const share = await sharing(bench);
    const refused = async (input: object, error: string, message: RegExp) => expect(await share.own(input)).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(message) });
    await refused({ cloneInstanceId: 'clone', colour: 'red' }, 'InvalidRequest', /cloneInstanceId[^]*colour|colour[^]*cloneInstanceId/);
    await refused({ type: 'gp3', iops: 100 }, 'InvalidRequest', /iops: got 100, allowed is 3000 to 80000 for gp3/);
    await refused({ type: 'gp9', size: 3 }, 'InvalidRequest', /size: unknown[^]*type: got/);
    await refused({ cloneInstanceId: bench.sourceInstanceId }, 'ShareNotFound', /no finished clone/);
    await refused({ cloneInstanceId: 'i-0badbadbadbadbad0' }, 'ShareNotFound', /no finished clone/);
    const root = share.ec2.instances.get(share.instanceId)!.BlockDeviceMappings[0]!.Ebs!.VolumeId!;
    await refused({ volumeId: root }, 'ShareNotFound', /does not share .*attached again first/);
    share.guest.online = false;
    await refused({}, 'ShareNotFound', /not online/);
    share.guest.online = true;
    expectShared(bench, share);
  }));
});

describe('a failure leaves the share as it was', () => {
  const faults: [step: string, operation: string][] = [
    ['Copy shared volume', 'CopyVolumes'], ['Is own volume ready', 'DescribeVolumes'], ['Release share', 'SendCommand'], ['Is share released', 'GetCommandInvocation'],
    ['Swap volumes', 'DetachVolume'], ['Swap volumes', 'AttachVolume'], ['Sign own volume', 'CreateTags'],
  ];
  test.each(faults)('%s: %s', (step, operation) => rehearse(full, server, async bench => {
    const share = await sharing(bench);
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...bench.by(step) });
    const run = await share.own();
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure', cause: expect.stringContaining('is as it was') });
    expectShared(bench, share);
  }));

  test('programs that use the mount keep it', () => rehearse(full, server, async bench => {
    const share = await sharing(bench);
    share.guest.breakCommand('umount', { exitCode: 32, stderr: 'umount: target is busy.' });
    const run = await share.own();
    expect(run).toMatchObject({ status: 'FAILED', error: 'OwnVolumeFailed', cause: expect.stringContaining('target is busy') });
    expectShared(bench, share);
  }));

  test('a copy that can not be mounted', () => rehearse(full, server, async bench => {
    const share = await sharing(bench);
    share.guest.breakCommand('mount', { exitCode: 32, stderr: 'mount: bad superblock', where: argv => argv.includes('rw') });
    const run = await share.own();
    expect(run).toMatchObject({ status: 'FAILED', error: 'OwnVolumeFailed', cause: expect.stringContaining('bad superblock') });
    expectShared(bench, share);
  }));

  test('a copy that holds something else than the share', () => rehearse(full, server, async bench => {
    const share = await sharing(bench);
    bench.rehearsal.listen((_, event) => {
      if (event.stateEnteredEventDetails?.name !== 'Swap volumes') return;
      const own = [...share.ec2.volumes.values()].find(({ SourceVolumeId }) => SourceVolumeId === share.data)!.VolumeId!;
      for (let block = 0; block < 100 * 2048; block++) share.ec2.write(own, block, 'of another volume');
    });
    const run = await share.own();
    expect(run).toMatchObject({ status: 'FAILED', error: 'OwnVolumeFailed', cause: expect.stringMatching(/only 0 of 32 blocks/) });
    expectShared(bench, share);
  }));

  test('a lost answer makes nothing twice', () => rehearse(full, server, async bench => {
    const share = await sharing(bench);
    for (const operation of ['CopyVolumes', 'DetachVolume', 'AttachVolume', 'ModifyInstanceAttribute']) bench.account.fail(operation, 'InternalError', { times: 4, afterwards: true });
    const run = await share.own();
    expectSuccess(run);
    expect([...share.ec2.volumes.values()].filter(({ SourceVolumeId }) => SourceVolumeId === share.data)).toHaveLength(1);
  }));
});

test('an own volume that may have been written to is never taken away', () => rehearse(full, server, async bench => {
  const share = await sharing(bench);
  bench.account.fail('DescribeVolumes', 'OrderedFailure', { times: Infinity, ...bench.by('Finish own volume') });
  const run = await share.own();
  expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure', cause: expect.stringContaining('both volumes are kept') });
  const own = [...share.ec2.volumes.values()].find(({ SourceVolumeId }) => SourceVolumeId === share.data)!;
  expect(own.Attachments).toEqual([expect.objectContaining({ InstanceId: share.instanceId, State: 'attached' })]);
}));

test('aborted while it copies: the janitor removes the copy', () => rehearse(full, server, async bench => {
  const share = await sharing(bench);
  bench.rehearsal.listen((execution, event) => {
    if (event.stateEnteredEventDetails?.name === 'Is own volume ready') bench.account.clock.after(50, () => execution.stop('Test', 'aborted by the test'));
  });
  const run = await share.own();
  expect(run.status).toBe('ABORTED');
  expectShared(bench, share);
}));

describe('a share that becomes too busy', () => {
  /** Minutes in which reads take so many milliseconds. */
  async function minutes(bench: Bench, volumeId: string, latencies: readonly number[]): Promise<void> {
    const { cloudwatch, clock } = bench.account;
    for (const latency of latencies) {
      await clock.advance(60_000);
      cloudwatch.put({ namespace: 'AWS/EBS', metricName: 'VolumeAvgReadLatency', dimensions: { VolumeId: volumeId }, unit: 'Milliseconds' }, latency);
      cloudwatch.put({ namespace: 'AWS/EBS', metricName: 'VolumeQueueLength', dimensions: { VolumeId: volumeId }, unit: 'Count' }, 0.2);
    }
    await bench.rehearsal.settle();
  }
  const swaps = (bench: Bench) => bench.rehearsal.executions.filter(({ arn }) => /OwnVolume/.test(arn));
  const alarms = (bench: Bench) => [...bench.account.cloudwatch.alarms.keys()];
  const slow = (count: number) => Array.from({ length: count }, () => 40);
  const quick = (count: number) => Array.from({ length: count }, () => 1);

  test('ends in a volume of the clone\'s own, once; a burst does not end it', () => rehearse(full, server, async bench => {
    const { data, instanceId, attached } = await sharing(bench, { ownVolumeAbove: {} });
    expect(alarms(bench)).toEqual([expect.stringMatching(new RegExp(`-${instanceId}-${data}$`))]);
    expect(bench.account.cloudwatch.alarms.get(alarms(bench)[0]!)!.spec).toMatchObject({
      EvaluationPeriods: 15, DatapointsToAlarm: 10, Metrics: expect.arrayContaining([expect.objectContaining({ Expression: 'MAX([latency / 10, queue / 1])' })]),
    });
    await minutes(bench, data, [...quick(5), ...slow(9), ...quick(20)]);
    expect(swaps(bench)).toEqual([]);
    await minutes(bench, data, slow(12));
    expect(swaps(bench).map(({ status }) => status)).toEqual(['SUCCEEDED']);
    expect(attached()).toEqual([bench.sourceInstanceId]);
    // the alarm went with the share
    expect(alarms(bench)).toEqual([]);
    await minutes(bench, data, slow(20));
    expect(swaps(bench)).toHaveLength(1);
    bench.expectLeaseFree();
  }));

  test('waits while a volume is being loaded, and lets go when the alarm does', () => rehearse(full, server, async bench => {
    const { ec2, data, attached } = await sharing(bench, { ownVolumeAbove: { latencyMillis: 30 } });
    const now = bench.account.clock.now();
    ec2.volumeModels.get(data)!.initialization = { type: 'volume-copy', from: now, until: now + 3_600_000 };
    await minutes(bench, data, slow(12));
    const [run] = swaps(bench);
    expect(run!.trace).toContain('Wait for initialization');
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: { instanceId: expect.any(String) } });
    expect(Date.parse((run!.output as Any).copiedAt)).toBeGreaterThan(now + 3_600_000);
    expect(attached()).toEqual([bench.sourceInstanceId]);

    const other = await sharing(bench, { ownVolumeAbove: { queueDepth: 5 } });
    await minutes(bench, data, quick(16));
    bench.rehearsal.listen((_, event) => {
      // somebody looked after it in the meantime
      if (event.stateEnteredEventDetails?.name === 'Asked by an alarm?') for (const alarm of bench.account.cloudwatch.alarms.values()) alarm.state = 'OK';
    });
    await minutes(bench, data, slow(12));
    expect(swaps(bench)[1]).toMatchObject({ status: 'SUCCEEDED', output: { given: false } });
    expect(other.attached()).toContain(other.instanceId);
  }));

  test('of two clones that share one volume each gets its own, one after the other: EBS makes one copy of a volume at a time', () => rehearse(full, server, async bench => {
    const { data, attached } = await sharing(bench, { count: 2, ownVolumeAbove: {} });
    expect(alarms(bench)).toHaveLength(2);
    // both alarms look at the same volume, so they go off together
    await minutes(bench, data, slow(12));
    for (let hour = 0; hour < 24 && attached().length > 1; hour++) await minutes(bench, data, slow(60));
    expect(swaps(bench).map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(attached()).toEqual([bench.sourceInstanceId]);
    expect(alarms(bench)).toEqual([]);
    bench.expectLeaseFree();
  }));

  test('has no alarm unless it is asked for; an alarm that can not be made undoes nothing', () => rehearse(full, server, async bench => {
    await sharing(bench);
    expect(alarms(bench)).toEqual([]);
    bench.account.fail('PutMetricAlarm', 'LimitExceeded', { times: Infinity });
    const cloned = await bench.run({ volumes: { '/dev/sdf': { strategy: 'shared' } }, ownVolumeAbove: {} });
    expectSuccess(cloned);
    expect((cloned.output as Any).leftOver).toEqual([{ id: 'alarms', type: 'alarm', reason: 'not made: LimitExceededFault' }]);
  }));

  test('the alarm of a clone that expires goes with it', () => rehearse(full, server, async bench => {
    const { instanceId } = await sharing(bench, { ownVolumeAbove: {}, expireAfter: 'PT1H' });
    expect(alarms(bench)).toHaveLength(1);
    await bench.account.clock.advance(2 * 3_600_000);
    await bench.rehearsal.settle();
    expect(bench.account.ec2.instances.get(instanceId)?.State.Name ?? 'terminated').toBe('terminated');
    expect(alarms(bench)).toEqual([]);
  }));
});
