/** Clones by the dozen: batches, each an execution, of which some may fail. */
import type { Execution } from '../../rehearsal/asl';
import type { InstanceSpec } from '../../rehearsal/cloud/ec2/builder';
import { type Bench, everything, expectSuccess, rehearse, synthesized } from '../support/rehearse';

jest.setTimeout(240_000);

const full = synthesized(everything);
const SMALL: InstanceSpec = { name: 'worker', type: 'm5.large', tags: { clonable: 'yes' }, volumes: [{ size: 8, written: 1 }] };
const person = { callerArn: 'arn:aws:iam::111122223333:user/operator' };
const tagsOf = (tags: readonly { Key?: string; Value?: string }[] = []) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));

interface Output {
  readonly clones: { instanceId: string; privateIpAddress: string }[];
  readonly failures: { clones: number; instanceIds: string[]; reason: string }[];
  readonly leftOver: unknown[];
  readonly expiresAt: string | null;
}
const outputOf = (run: Execution) => run.output as unknown as Output;
const finished = ({ account }: Bench, run: Execution) => [...account.ec2.instances.values()]
  .filter(({ Tags, State }) => State.Name === 'running' && tagsOf(Tags)['instance-mobility:created-by'] === run.arn).map(({ InstanceId }) => InstanceId);
const batchesOf = ({ rehearsal }: Bench) => rehearsal.executions.filter(({ arn }) => arn.includes(`:${rehearsal.deployment.machines.find('Batch').name}:`));
const launches = ({ account }: Bench) => account.calls.filter(({ operation, input, error }) => operation === 'RunInstances' && !('DryRun' in input) && !error)
  .map(({ input }) => input as { MinCount: number; MaxCount: number; ClientToken: string });
/** Does something once when a state of a batch is entered, or of the fleet. */
function when(bench: Bench, state: string, act: () => void): void {
  let done = false;
  bench.rehearsal.listen((_, event) => {
    if (done || event.stateEnteredEventDetails?.name !== state) return;
    done = true;
    act();
  });
}

test('25 clones: two batches under one root, protected, expiring, without litter', () => rehearse(full, { ...SMALL, terminationProtection: true, stopProtection: true }, async bench => {
  const run = await bench.run({ count: 25, expireAfter: 'P1D' });
  expectSuccess(run);
  const { clones, failures, expiresAt, leftOver } = outputOf(run);
  expect([new Set(clones.map(({ instanceId }) => instanceId)).size, failures, leftOver]).toEqual([25, [], []]);
  expect(run.trace.slice(run.trace.indexOf('Launch how?'))).toEqual([
    'Launch how?', 'Clone batches', 'Enough clones?', 'Tidy up', 'Watch shares?', 'Report clones', 'Did some fail?', 'Release lease', 'Was it cloned?', 'Cloned',
  ]);
  const batches = batchesOf(bench);
  expect(batches.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  for (const { trace } of batches) {
    expect([...new Set(trace)]).toEqual([
      'Begin', 'Launch instances', 'Are instances running', 'Instances running?', 'Wait for instances', 'Finish instances', 'Check identity?', 'Warm up?', 'Are they isolated?',
      'Verify clones', 'Protect clones',
      'Expires?', 'Schedule expiry', 'Report batch',
    ]);
  }
  expect(launches(bench).map(({ MaxCount }) => MaxCount).sort()).toEqual([20, 5]);
  expect(new Set(launches(bench).map(({ ClientToken }) => ClientToken)).size).toBe(2);
  expect(finished(bench, run).sort()).toEqual(clones.map(({ instanceId }) => instanceId).sort());
  expect(bench.schedulesOf(run).sort()).toEqual(finished(bench, run).sort());
  for (const { instanceId } of clones) {
    expect(bench.account.ec2.instanceModels.get(instanceId)).toMatchObject({ disableApiTermination: true, disableApiStop: true });
    expect(tagsOf(bench.account.ec2.instances.get(instanceId)!.Tags)).toMatchObject({ 'instance-mobility:expires': expect.any(String), clonable: 'yes' });
  }
  expect(Date.parse(expiresAt!)).toBeGreaterThan(run.startDate.getTime() + 86_400_000);
  expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
  bench.expectSourceUntouched();
  bench.expectLeaseFree();
}));

test('a batch without room fails alone; what it launched is nobody\'s', () => rehearse(full, SMALL, async bench => {
  bench.account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: Infinity, where: input => !input.DryRun && input.MaxCount === 5 });
  const run = await bench.run({ count: 25, minCount: 20 });
  expectSuccess(run);
  expect(outputOf(run).failures).toEqual([{ clones: 5, instanceIds: [], reason: 'InsufficientInstanceCapacity' }]);
  expect(outputOf(run).clones).toHaveLength(20);
  expect(run.trace.slice(-8)).toEqual(expect.arrayContaining(['Roll back', 'Rolled back?', 'Others succeeded?', 'Report failed clones', 'Release lease', 'Cloned']));
  expect(finished(bench, run)).toHaveLength(20);
  expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
  bench.expectLeaseFree();
}));

test('one clone that does not come up, and one that is not as planned, are removed; the others live', () => rehearse(full, SMALL, async bench => {
  let dead = '';
  let changed = '';
  when(bench, 'Wait for instances', () => {
    [dead = '', changed = ''] = [...bench.account.ec2.instances.keys()].filter(id => id !== bench.sourceInstanceId);
    void bench.account.call('EC2', 'TerminateInstances', { InstanceIds: [dead] }, person);
  });
  when(bench, 'Finish instances', () => {
    void bench.account.call('EC2', 'CreateTags', { Resources: [changed], Tags: [{ Key: 'clonable', Value: 'no' }] }, person);
  });
  const run = await bench.run({ count: 5, minCount: 3, expireAfter: 'P1D' });
  expectSuccess(run);
  const { failures, clones, leftOver } = outputOf(run);
  expect(failures).toEqual([
    { clones: 1, instanceIds: [dead], reason: expect.stringMatching(/^is (shutting-down|terminated)/) },
    { clones: 1, instanceIds: [changed], reason: expect.stringContaining('differs from the plan: tag clonable') },
  ]);
  expect(clones.map(({ instanceId }) => instanceId).sort()).toEqual(finished(bench, run).sort());
  expect(clones).toHaveLength(3);
  expect(leftOver).toEqual([]);
  expect(bench.account.ec2.instances.get(changed)?.State.Name ?? 'terminated').toBe('terminated');
  expect(bench.schedulesOf(run).sort()).toEqual(finished(bench, run).sort());
  expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
}));

test('clones of a fleet read their volumes and are asked how far they are', () => rehearse(
  full, { ...SMALL, profile: 'web', volumes: [{ size: 8, written: 1 }, { size: 100, written: 60, throughput: 500 }] }, async bench => {
    const run = await bench.run({ count: 2, minCount: 1, ready: 'warmed' });
    expectSuccess(run);
    const [{ trace }] = batchesOf(bench) as [Execution];
    expect(trace.filter(state => state === 'Ask readers').length).toBeGreaterThan(1);
    expect(trace.lastIndexOf('Ask readers')).toBeLessThan(trace.lastIndexOf('Are volumes warm'));
    expect((run.output as { warmUp?: unknown }).warmUp).toEqual({ how: 'read', warm: true, progress: 100, notRead: 0 });
    expect(outputOf(run).clones).toHaveLength(2);
  }));

test('clones of a fleet are isolated until they are verified; those that are still their source, or say nothing, are removed alone', () => rehearse(
  full, { ...SMALL, profile: 'web' }, async bench => {
    const { ec2, ssm } = bench.account;
    const others = () => [...ec2.instances.keys()].filter(id => id !== bench.sourceInstanceId);
    const source = ec2.instances.get(bench.sourceInstanceId)!;
    const groupsOf = (id: string) => ec2.instances.get(id)!.SecurityGroups!.map(({ GroupId }) => GroupId);
    const isolated: boolean[] = [];
    bench.rehearsal.listen((_, event) => {
      if (!/^(Are instances running|Reset identity|Verify identity)$/.test(event.stateEnteredEventDetails?.name ?? '')) return;
      for (const id of others()) isolated.push(groupsOf(id).every(group => !groupsOf(bench.sourceInstanceId).includes(group)));
    });
    const [still, silent] = [0, 1].map(index => () => others()[index]!);
    when(bench, 'Reset identity', () => ssm.guest(silent!()).breakCommand('systemd-machine-id-setup', { exitCode: 1, stderr: 'no' }));
    when(bench, 'Read identity', () => ssm.guest(still!()).system.files.set('/etc/machine-id', ssm.guest(bench.sourceInstanceId).system.files.get('/etc/machine-id')!));
    const run = await bench.run({ count: 5, minCount: 3, isolation: null, identity: null, ready: 'warmed' });
    expectSuccess(run);
    expect(batchesOf(bench).every(({ trace }) => trace.indexOf('Read volumes') < trace.indexOf('Are volumes warm'))).toBe(true);
    expect((run.output as { warmUp?: unknown }).warmUp).toEqual({ how: 'read', warm: true, progress: 100, notRead: 0 });
    const { clones, failures, leftOver } = outputOf(run);
    expect([clones.length, leftOver]).toEqual([3, []]);
    expect(failures).toEqual([
      { clones: 1, instanceIds: [silent!()], reason: expect.stringContaining('could not reset its identity') },
      { clones: 1, instanceIds: [still!()], reason: expect.stringContaining('machine id of its source') },
    ]);
    expect((run.output as { identity?: unknown }).identity).toEqual({ mode: 'reset', comparedWith: 'source' });
    expect(isolated.length).toBeGreaterThan(12);
    expect(isolated).not.toContain(false);
    for (const { instanceId } of clones) {
      expect(groupsOf(instanceId)).toEqual(groupsOf(bench.sourceInstanceId));
      expect(ec2.instances.get(instanceId)!.IamInstanceProfile!.Arn).toBe(source.IamInstanceProfile!.Arn);
    }
    expect(new Set(clones.map(({ instanceId }) => ssm.guest(instanceId).system.files.get('/etc/machine-id'))).size).toBe(3);
    expect([...ec2.securityGroups.values()].filter(({ GroupName }) => GroupName.startsWith('instance-mobility'))).toEqual([]);
    expect(ec2.ownedBy(run.arn)).toEqual([]);
    bench.expectSourceUntouched();
    bench.expectLeaseFree();
  }));

test.each(['Are volumes warm', 'Admit clones', 'Are clones admitted'])('a clone that somebody terminates before %s fails alone', state => rehearse(full, { ...SMALL, profile: 'web' }, async bench => {
  const { ec2 } = bench.account;
  const victim = () => [...ec2.instances.keys()].find(id => id !== bench.sourceInstanceId)!;
  when(bench, state, () => void bench.account.call('EC2', 'TerminateInstances', { InstanceIds: [victim()] }, { callerArn: 'arn:aws:iam::111122223333:user/console' }));
  const run = await bench.run({ count: 3, minCount: 2, isolation: null, identity: null, ready: 'warmed' });
  expectSuccess(run);
  const { clones, failures } = outputOf(run);
  expect(clones.map(({ instanceId }) => instanceId).sort()).toEqual([...ec2.instances.values()].filter(({ InstanceId, State }) => InstanceId !== bench.sourceInstanceId && State.Name === 'running').map(({ InstanceId }) => InstanceId).sort());
  expect([clones.length, failures]).toEqual([2, [{ clones: 1, instanceIds: [expect.any(String)], reason: expect.stringMatching(/^is (gone|terminated|shutting-down)/) }]]);
  bench.expectSourceUntouched();
  bench.expectLeaseFree();
}));

test('where every clone of a batch fails, the batch has none', () => rehearse(full, { ...SMALL, profile: 'web' }, async bench => {
  when(bench, 'Are clones managed', () => { for (const id of bench.account.ec2.instances.keys()) if (id !== bench.sourceInstanceId) bench.account.ssm.guest(id).online = false; });
  const run = await bench.run({ count: 3, minCount: 1, isolation: null, identity: null });
  expect(run).toMatchObject({ status: 'FAILED', error: 'FleetTooSmall', cause: expect.stringContaining('3 × did not come online in Systems Manager') });
  bench.expectNothingHappened(run);
}));

test('EC2 may launch fewer than it is asked for', () => rehearse(full, SMALL, async bench => {
  // the source has two vCPUs, and somebody else starts an instance after the plan was made
  bench.account.quotas.set('L-1216C47A', 12);
  when(bench, 'Clone batches', () => { bench.account.ec2.addInstance({ ...SMALL, name: 'other' }); });
  const run = await bench.run({ count: 5, minCount: 1 });
  expectSuccess(run);
  expect(outputOf(run).clones).toHaveLength(4);
  expect(outputOf(run).failures).toEqual([{ clones: 1, instanceIds: [], reason: expect.stringContaining('EC2 launched fewer') }]);
  expect(launches(bench)).toMatchObject([{ MinCount: 1, MaxCount: 5 }]);
}));

test('fewer than minCount undo all, in few calls', () => rehearse(full, { ...SMALL, volumes: [{ size: 8, written: 1 }, { size: 4, written: 1, deleteOnTermination: false }] }, async bench => {
  bench.account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: Infinity, where: input => !input.DryRun && input.MaxCount === 5 });
  const run = await bench.run({ count: 45, minCount: 41, expireAfter: 'P1D' });
  expect(run).toMatchObject({ status: 'FAILED', error: 'FleetTooSmall' });
  const { message, removedInAll } = JSON.parse(run.cause!) as { message: string; removedInAll: number };
  expect(message).toBe('40 of 45 clones came to be, but at least 41 are asked for: 5 × InsufficientInstanceCapacity');
  expect(removedInAll).toBeGreaterThan(80);
  expect(bench.account.calls.filter(({ operation }) => operation === 'TerminateInstances')).toHaveLength(1);
  bench.expectNothingHappened(run);
}));

test.each(['Clone batches', 'Launch instances', 'Wait for instances', 'Verify clones', 'Schedule expiry'])('aborted in %s: nothing is left, and no batch goes on', state =>
  rehearse(full, SMALL, async bench => {
    const run = bench.start({ count: 4, minCount: 2, expireAfter: 'P1D' });
    when(bench, state, () => bench.account.clock.after(50, () => run.stop('Test', 'aborted by the test')));
    await bench.finish(run);
    expect(run.status).toBe('ABORTED');
    expect(batchesOf(bench).filter(({ status }) => status === 'RUNNING')).toEqual([]);
    bench.expectNothingHappened(run);
  }));

test('lost answers and busy calls change nothing', () => rehearse(full, SMALL, async bench => {
  bench.account.fail('RunInstances', 'Lost', { afterwards: true, connectionLost: true, times: 3, where: input => !input.DryRun });
  bench.account.fail('DescribeInstanceAttribute', 'RequestLimitExceeded', { times: 20, ...bench.by('Verify clones') });
  bench.account.throttle.limit('CreateTags', { capacity: 2, perSecond: 1 });
  const run = await bench.run({ count: 6, minCount: 6, expireAfter: 'P1D' });
  expectSuccess(run);
  // all or none in one launch needs no batches
  expect(run.trace).not.toContain('Clone batches');
  const fleet = await bench.run({ count: 6, minCount: 5 });
  expectSuccess(fleet);
  expect(finished(bench, fleet)).toHaveLength(6);
  expect(bench.account.ec2.ownedBy(fleet.arn)).toEqual([]);
}));

test('the plan tells of batches, and refuses a fleet whose report would not fit', () => rehearse(full, SMALL, async bench => {
  bench.account.quotas.set('L-1216C47A', 10_000);
  const run = await bench.run({ count: 1000, minCount: 900, planOnly: true });
  expectSuccess(run);
  const { plan } = run.output as unknown as { plan: { fleet: { minCount: number; batches: { count: number }[] }; warnings: string[] } };
  expect([plan.fleet.minCount, plan.fleet.batches.length, plan.fleet.batches.reduce((sum, { count }) => sum + count, 0)]).toEqual([900, 50, 1000]);
  expect(plan.warnings.join()).toContain('as few as 900 of 1000');
  const dryRun = bench.account.calls.find(({ operation, input }) => operation === 'RunInstances' && 'DryRun' in input)!;
  expect(dryRun.input).toMatchObject({ MaxCount: 20 });
  const wordy = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${index}${'k'.repeat(120)}`, 'v'.repeat(250)]));
  expect(await bench.run({ count: 1000, minCount: 900, tags: wordy })).toMatchObject({ status: 'FAILED', error: 'PlanTooLarge' });
  bench.expectNothingHappened(run);
}));
