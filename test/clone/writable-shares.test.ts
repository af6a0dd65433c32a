import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import type { Json } from '../../rehearsal/json';
import { type Bench, everything, expectSuccess, rehearse, SERVER, synthesized } from '../support/rehearse';

jest.setTimeout(120_000);

const full = synthesized(everything);
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are JSON that tests look into */
type Any = any;
const DATA = { type: 'io2', iops: 1000, size: 100, written: 10, multiAttach: true, deleteOnTermination: false } as const;
const server: InstanceSpec = { ...SERVER, profile: 'web', volumes: [{ size: 20, written: 4 }, DATA] };
const OPTIONS = 'noatime,_netdev';
const WRITING = { strategy: 'shared', access: 'read-write', clusterServices: ['node-id.service', 'cluster.service'], services: ['app.service'] };
const writing: { [key: string]: Json } = { isolation: true, identity: 'reset', volumes: { '/dev/sdf': WRITING } };

/** The source as a node of a cluster, with its filesystem on the shared volume. */
function member(bench: Bench, kind = 'gfs2') {
  const { ec2, ssm } = bench.account;
  const data = ec2.instances.get(bench.sourceInstanceId)!.BlockDeviceMappings[1]!.Ebs!.VolumeId!;
  const source = ssm.guest(bench.sourceInstanceId);
  source.system.files.set('/etc/fstab', `UUID=${data} /data ${kind} ${OPTIONS},nofail 0 0\n`);
  source.cluster.install('1', { also: ['app.service'] });
  source.disks.format({ mounts: ['/data'], kind, volumes: [data], options: 'rw,noatime,heartbeat=local' });
  ec2.keepWriting(data, { blocksPerSecond: 2 });
  const { incidents } = ssm.clusters;
  return { ec2, ssm, data, source, incidents, attached: () => ec2.volumes.get(data)!.Attachments.map(({ InstanceId }) => InstanceId!).sort() };
}

/** Breaks a command of the first clone when the machine comes to a state. */
function breakIn(bench: Bench, state: string, ...[command, breakage]: Parameters<ReturnType<Bench['account']['ssm']['guest']>['breakCommand']>): void {
  bench.rehearsal.listen((_, event) => {
    if (event.stateEnteredEventDetails?.name !== state) return;
    const clone = [...bench.account.ec2.instances.values()].find(({ InstanceId }) => InstanceId !== bench.sourceInstanceId)!;
    bench.account.ssm.guest(clone.InstanceId).breakCommand(command, breakage);
  });
}

const startOf = (unit: string) => ({ exitCode: 1, stderr: 'Job failed', where: (argv: readonly string[]) => argv.join(' ') === `start ${unit}` });

describe('clones that write to a shared volume', () => {
  test('are members of the cluster by themselves, and none ever was its source', () => rehearse(full, server, async bench => {
    const { ssm, data, source, incidents, attached } = member(bench);
    const run = await bench.run({ ...writing, count: 2 });
    expectSuccess(run);
    const { clones, shares, plan } = run.output as Any;
    const order = ['Are shares inspected', 'Verify identity', 'Are cluster services held', 'Admit clones', 'Are clones fenced', 'Attach shared volumes', 'Have clones joined', 'Tidy up'];
    expect(run.trace.filter((state, index) => order.includes(state) && run.trace.lastIndexOf(state) === index)).toEqual(order);
    expect(shares).toEqual(clones.map(({ instanceId }: Any) => (
      { instanceId, access: 'read-write', volumeId: data, device: '/dev/sdf', filesystem: 'gfs2', mount: '/data', reason: null, reservation: null })));
    expect(plan.shared).toEqual([expect.objectContaining({ cluster: {
      clusterServices: ['node-id.service', 'cluster.service'], services: ['app.service'], filesystem: { kind: 'gfs2', mount: '/data', options: OPTIONS },
    } })]);
    expect(plan.warnings.join('\n')).toMatch(/become members of the cluster/);
    expect(attached()).toHaveLength(3);
    const guests = clones.map(({ instanceId }: Any) => ssm.guest(instanceId));
    for (const { disks, systemd } of guests) {
      expect(disks.readOnly.has(data)).toBe(false);
      expect(disks.filesystems.find(({ volumes }: Any) => volumes.includes(data))).toMatchObject({ mounts: ['/data'], options: 'rw,relatime' });
      expect(systemd.isActive('app.service')).toBe(true);
    }
    expect(new Set([source, ...guests].map(({ cluster }) => cluster.id)).size).toBe(3);
    expect(incidents).toEqual([]);
    bench.expectLeaseFree();
  }));

  test('are planned with what the source says, and nothing is made', () => rehearse(full, server, async bench => {
    member(bench, 'ocfs2');
    const run = await bench.run({ ...writing, planOnly: true });
    expectSuccess(run);
    expect((run.output as Any).plan.shared[0].cluster.filesystem).toEqual({ kind: 'ocfs2', mount: '/data', options: OPTIONS });
    bench.expectNothingHappened(run);
  }));

  test('beside one that they only read', () => rehearse(full, { ...server, volumes: [...server.volumes!, DATA] }, async bench => {
    member(bench);
    const run = await bench.run({ ...writing, volumes: { '/dev/sdf': WRITING, '/dev/sdg': { strategy: 'shared' } } });
    expectSuccess(run);
    expect((run.output as Any).shares.map(({ device, access }: Any) => [device, access])).toEqual([['/dev/sdg', 'read-only'], ['/dev/sdf', 'read-write']]);
  }));
});

describe('refused before anything is made', () => {
  const refuse = (message: RegExp, prepare: (story: ReturnType<typeof member>, bench: Bench) => void, kind = 'gfs2') => rehearse(full, server, async bench => {
    prepare(member(bench, kind), bench);
    const run = await bench.run(writing);
    expect(run).toMatchObject({ status: 'FAILED', error: 'VolumeStrategyRefused', cause: expect.stringMatching(message) });
    expect(run.trace).not.toContain('Snapshot volumes');
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
  });
  test('ext4, which two that write destroy', () => refuse(/it holds ext4, which two instances that write destroy/, () => undefined, 'ext4'));
  test('a gfs2 that is locked for the source alone', () => refuse(/for itself alone/, ({ ec2, data }) => { ec2.volumeModels.get(data)!.cluster = { local: true }; }));
  test('one that the source has not mounted', () => refuse(/has not mounted it writable/, ({ source }) => source.disks.unmount('/data')));
  test('a source that does not answer well', () => refuse(/could not tell.*lsblk/, ({ source }) => source.breakCommand('lsblk', { exitCode: 1 })));
  test('a stopped source, which can tell nothing', () => rehearse(full, { ...server, state: 'stopped' }, async bench => {
    const run = await bench.run(writing);
    expect(run).toMatchObject({ error: 'VolumeStrategyRefused', cause: expect.stringMatching(/the source is stopped, and only it can tell/) });
    bench.expectNothingHappened(run);
  }));
});

describe('what fails takes the clones with it, and leaves the cluster as it was', () => {
  test.each<[string, Parameters<typeof breakIn> extends [Bench, ...infer Rest] ? Rest : never, string, RegExp]>([
    ['a unit is not known', ['Hold cluster services', 'systemctl', { exitCode: 1, where: argv => argv[0] === 'show' }], 'ShareFailed', /kept from joining the cluster as its source: NotFound/],
    ['the cluster does not let it in', ['Join clusters', 'systemctl', startOf('cluster.service')], 'ShareFailed', /could not join.*stopped its units.*cluster.service does not start: Job failed/],
    ['what uses it does not start', ['Join clusters', 'systemctl', startOf('app.service')], 'ShareFailed', /app.service does not start/],
  ])('%s', (_, [state, command, breakage], error, message) => rehearse(full, server, async bench => {
    const { incidents, attached } = member(bench);
    breakIn(bench, state, command, breakage);
    const run = await bench.run(writing);
    expect(run).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(message) });
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    expect(attached()).toEqual([bench.sourceInstanceId]);
    expect(incidents).toEqual([]);
    bench.expectLeaseFree();
  }));

  test.each<[string, string]>([
    ['Inspect shares', 'SendCommand'], ['Are shares inspected', 'GetCommandInvocation'], ['Hold cluster services', 'SendCommand'],
    ['Are cluster services held', 'GetCommandInvocation'], ['Join clusters', 'SendCommand'], ['Have clones joined', 'GetCommandInvocation'],
  ])('%s: %s', (step, operation) => rehearse(full, server, async bench => {
    const { attached } = member(bench);
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...bench.by(step) });
    const run = await bench.run(writing);
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    expect(attached()).toEqual([bench.sourceInstanceId]);
  }));
});

/** A clone that writes beside its source. */
async function joined(bench: Bench, kind = 'gfs2') {
  const story = member(bench, kind);
  const cloned = await bench.run(writing);
  expectSuccess(cloned);
  const { clones: [{ instanceId }] } = cloned.output as Any;
  const { ec2, data } = story;
  return {
    ...story, instanceId: instanceId as string, guest: story.ssm.guest(instanceId),
    own: (input: object = {}) => bench.finish(bench.rehearsal.startExecution('OwnVolume', { cloneInstanceId: instanceId, volumeId: data, ...input })),
    copies: () => [...ec2.volumes.values()].filter(({ SourceVolumeId }) => SourceVolumeId === data),
  };
}

/** The clone writes to the share as before, and nothing of the copy is left. */
function expectWriting(bench: Bench, { data, guest, attached, instanceId, copies, incidents }: Awaited<ReturnType<typeof joined>>): void {
  expect(attached()).toEqual([bench.sourceInstanceId, instanceId].sort());
  expect(guest.disks.filesystems.find(({ volumes }) => volumes.includes(data))).toMatchObject({ mounts: ['/data'], options: expect.stringMatching(/^rw/) });
  expect(['cluster.service', 'app.service'].filter(unit => !guest.systemd.isActive(unit))).toEqual([]);
  expect(guest.system.files.get('/etc/fstab')).toMatch(/^UUID=/);
  expect(copies()).toEqual([]);
  expect(incidents).toEqual([]);
  bench.expectLeaseFree();
}

describe('give own volume to a clone that writes', () => {
  test.each(['gfs2', 'ocfs2'])('of %s: it has let go before it is copied, so that all it wrote is on both; then they diverge', kind => rehearse(full, server, async bench => {
    const clone = await joined(bench, kind);
    const { ec2, data, guest, instanceId, attached, incidents } = clone;
    ec2.write(data, 90_000, 'by the clone');
    bench.rehearsal.listen((_, event) => {
      // until it lets go it writes on
      if (event.stateEnteredEventDetails?.name === 'Release share') ec2.write(data, 90_001, 'by the clone, last');
    });
    const run = await clone.own();
    expectSuccess(run);
    const { volumeId, mount, pauseSeconds, notStarted, verification } = run.output as Any;
    const order = ['Release share', 'Copy shared volume', 'Swap volumes', 'Mount own volume'];
    expect(run.trace.filter((state, index) => order.includes(state) && run.trace.lastIndexOf(state) === index)).toEqual(order);
    for (const [block, value] of [[90_000, 'by the clone'], [90_001, 'by the clone, last']] as const) {
      expect([ec2.content(volumeId).get(block), ec2.content(data).get(block)]).toEqual([value, value]);
    }
    ec2.write(volumeId, 90_002, 'by the clone alone');
    ec2.write(data, 90_003, 'by the source alone');
    expect([ec2.content(data).get(90_002), ec2.content(volumeId).get(90_003)]).toEqual([undefined, undefined]);
    expect(mount).toBe('/data');
    expect(pauseSeconds).toBeGreaterThan(0);
    expect(notStarted).toEqual([]);
    expect(verification.equal * 2).toBeGreaterThan(verification.compared);
    expect(guest.disks.filesystems.find(({ volumes }) => volumes.includes(volumeId))).toMatchObject({ mounts: ['/data'], kind });
    expect(ec2.volumeModels.get(volumeId)!.cluster).toMatchObject({ local: true });
    expect([guest.systemd.isActive('cluster.service'), guest.systemd.isActive('app.service')]).toEqual([false, true]);
    expect(attached()).toEqual([bench.sourceInstanceId]);
    expect(ec2.volumes.get(volumeId)!.Attachments.map(each => each.InstanceId)).toEqual([instanceId]);
    expect(incidents).toEqual([]);
    bench.expectLeaseFree();
  }));

  test.each<[step: string, operation: string]>([
    ['Release share', 'SendCommand'], ['Copy shared volume', 'CopyVolumes'], ['Swap volumes', 'AttachVolume'],
  ])('%s: %s fails, and it writes to the share as before', (step, operation) => rehearse(full, server, async bench => {
    const clone = await joined(bench);
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...bench.by(step) });
    expect(await clone.own()).toMatchObject({ status: 'FAILED', error: 'OrderedFailure', cause: expect.stringContaining('is as it was') });
    expectWriting(bench, clone);
  }));

  test.each([['umount', /target is busy/], ['tunegfs2', /could not change the lock protocol/]] as const)('%s fails: the share comes back', (command, message) => rehearse(full, server, async bench => {
    const clone = await joined(bench);
    clone.guest.breakCommand(command, { exitCode: 32, stderr: 'target is busy' });
    expect(await clone.own()).toMatchObject({ status: 'FAILED', error: 'OwnVolumeFailed', cause: expect.stringMatching(message) });
    clone.guest.noticeReboot();
    expectWriting(bench, clone);
  }));

  test('a unit that does not start on it is told, and nothing is undone', () => rehearse(full, server, async bench => {
    const clone = await joined(bench);
    clone.guest.breakCommand('systemctl', startOf('app.service'));
    const run = await clone.own();
    expectSuccess(run);
    expect((run.output as Any).notStarted).toEqual(['app.service']);
    expect(clone.attached()).toEqual([bench.sourceInstanceId]);
  }));
});
