import { announceRetirement } from '../../rehearsal/cloud/events/health';
import { hostedZoneId, traffic as trafficOf } from '../../rehearsal/scenarios/sync-server';
import type { Execution } from '../../rehearsal/asl';
import { expectSuccess, KEY_ARN } from '../support/rehearse';
import { rehearseSync, type SyncBench, synthesizedSync } from '../support/sync';

jest.setTimeout(60_000);

const full = synthesizedSync();
const plain = synthesizedSync(() => ({}));
const unprotected = { terminationProtection: false };
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;

/** The trace without its loops: each look, question and wait once. */
const path = ({ trace }: Execution): string[] => trace.filter((state, index) => trace.indexOf(state) === index && !/: (answered\?|wait)$|^(Is|Are) |^Wait /.test(state));
const sends = (bench: SyncBench, document: string): Any[] =>
  bench.account.calls.filter(({ operation, input }) => operation === 'SendCommand' && (input as Any).DocumentName.includes(document)).map(({ input }) => input);

describe('a move', () => {
  test('to a target that is launched: it serves, everything is where it was, and the source is kept', () => rehearseSync(full, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    expect(path(run)).toEqual([
      'Check request', 'Acquire lease', 'Existing target?', 'Continue session?',
      'Find target', 'Describe source', 'Inspect source', 'Plan sync', 'Plan only?', 'Needs switch approval?', 'Launch target?', 'Image source', 'Image ready?',
      'Launch instances', 'Instances running?', 'Finish instances', 'Begin wait for agent', 'Target managed?', 'Target found', 'Only planned?', 'Begin',
      'Compare hosts', 'Open ports', 'Inspect target', 'Match hosts', 'Hosts match', 'Prepare hosts', 'Prepare target', 'Prepare source', 'Connect target', 'Hosts ready',
      'Switch', 'Mark switching', 'Copy ahead?', 'Needs take-over approval?', 'Switch source', 'Switch target', 'Mark serving', 'Switched',
      'Serve', 'Move traffic', 'Traffic moved?', 'Redirect more?', 'Drain former', 'Verified before?', 'Begin synchronisation', 'Ask for status', 'Synchronised?',
      'Begin verification', 'Verify blocks', 'Verified?', 'Needs release approval?', 'Mark verified', 'Finalize target', 'Target stands alone', 'Release', 'Disconnect source', 'Close ports',
      'Begin release', 'Release source', 'Source released?', 'Tidy up', 'Report sync', 'Was target leased?', 'Release lease', 'Was it synchronised?', 'Synchronised',
    ]);
    const { source, target, engine, volumes, pauseSeconds, verified, sourceReleased } = run.output as Any;
    expect({ source: source.instanceId, target: target.instanceId }).toEqual({ source: bench.sourceInstanceId, target: bench.target() });
    expect({ engine, sourceReleased }).toEqual({ engine: 'drbd', sourceReleased: { how: 'kept', why: null } });
    expect(volumes).toEqual([{ mountPoint: '/srv/data', device: bench.pair.disks('target')[0]!.link }]);
    expect(verified).toMatchObject({ verified: true, outOfSyncBytes: 0 });
    // the application's own account of the pause, half a second between writes
    expect(Math.abs(pauseSeconds - bench.pair.application.longestPause() / 1000)).toBeLessThan(5);
    await bench.expectServed('target');
    expect(bench.pair.blocksLeft).toBe(0);
    bench.expectNothingLeft(run);
    expect(bench.server.healthy()).toEqual([target.instanceId]);
    expect(bench.server.address()).toBe(target.address);
    expect(bench.account.ec2.addresses.get(bench.server.allocationId)!.InstanceId).toBe(target.instanceId);
    // both have left the group that let them reach each other, and carry no mark of the move but the verification
    for (const id of [bench.sourceInstanceId, target.instanceId]) {
      expect(JSON.stringify(bench.account.ec2.instances.get(id)!.SecurityGroups)).not.toContain('Replication');
      expect(Object.keys(bench.tagsOf(id)).filter(key => /:(phase|session|peer|execution)$/.test(key))).toEqual([]);
    }
    expect(bench.tagsOf(bench.sourceInstanceId)['instance-mobility:verified']).toBe(run.arn);
    expect(bench.tagsOf(target.instanceId)).toMatchObject({ role: 'web', 'instance-mobility:created-by': run.arn });
    expect(bench.account.ec2.instanceModels.get(target.instanceId)).toMatchObject({ disableApiTermination: true });
    expect([...bench.account.ec2.images.values()].filter(({ State }) => State !== 'deregistered' && bench.account.ec2.ownedBy(run.arn).length > 0)).toEqual([]);
  }));

  test('to an existing instance, which stays its owner\'s: nothing of it is tagged or changed but what replicates', () => rehearseSync(full, async bench => {
    const targetId = bench.addTarget();
    const before = bench.tagsOf(targetId);
    const run = await bench.run({ target: { instanceId: targetId } });
    expectSuccess(run);
    expect(run.trace).toEqual(expect.arrayContaining(['Acquire target lease', 'Take existing target', 'Release target lease']));
    expect(run.trace).not.toContain('Image source');
    await bench.expectServed('target');
    expect(bench.tagsOf(targetId)).toEqual(before);
    bench.expectNothingLeft(run);
  }));

  describe('of an EBS volume', () => {
    const onEbs = { type: 'm5.large', volumes: [{ size: 20, written: 4 }, { size: 1, written: 1, encrypted: true, kmsKeyId: KEY_ARN }, { size: 8, written: 2 }] };

    test('to a target that is launched with an empty one: no image is made of it, and others are cloned as ever', () => rehearseSync(full, async bench => {
      const { '/dev/sdf': data, '/dev/sdg': cloned } = bench.volumesOf(bench.sourceInstanceId);
      const run = await bench.run({ ebsVolumes: true, target: {} });
      expectSuccess(run);
      const { '/dev/sdf': moved, '/dev/sdg': copy } = bench.volumesOf(bench.target()!);
      expect((run.output as Any).volumes).toEqual([{ mountPoint: '/srv/data', device: bench.pair.disks('target')[0]!.link }]);
      expect(bench.account.ec2.volumes.get(moved!)).toMatchObject({ Size: 1, Encrypted: true, KmsKeyId: KEY_ARN });
      expect(bench.account.ec2.volumes.get(moved!)!.SnapshotId ?? '').toBe('');
      const [image] = bench.account.calls.filter(({ operation, input }) => operation === 'CreateImage' && !(input as Any).DryRun);
      expect((image!.input as Any).BlockDeviceMappings).toEqual([{ DeviceName: '/dev/sdf', NoDevice: '' }]);
      await bench.expectServed('target');
      for (let block = 0; block < 150; block++) expect(bench.account.ec2.content(moved!).get(block)).toBe(`old ${block}`);
      expect([...bench.account.ec2.content(copy!)]).toEqual([...bench.account.ec2.content(cloned!)]);
      expect(bench.account.ec2.content(data!).size).toBeGreaterThan(150);
      bench.expectNothingLeft(run);
    }, onEbs, '/dev/sdf'));

    test('a failed switch leaves it where it was, and the target goes', () => rehearseSync(full, async bench => {
      bench.pair.fail('target', 'switch-target', { status: 6, error: 'EngineFailed', message: 'ordered' });
      const run = await bench.run({ ebsVolumes: true, target: {} });
      expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
      await bench.expectServed('source');
      expect(bench.others()).toEqual([]);
      bench.expectNothingLeft(run);
    }, onEbs, '/dev/sdf'));

    test('that nobody asked to move is refused, with what to say', () => rehearseSync(full, async bench => {
      const run = await bench.run({ target: {} });
      expect(run).toMatchObject({ status: 'FAILED', error: 'NothingToMove', cause: expect.stringContaining('\\"ebsVolumes\\": true') });
      await bench.expectNothingHappened(run);
    }, onEbs, '/dev/sdf'));
  });

  test('without traffic, topic or VPC, where nothing is to be moved but blocks', () => rehearseSync(plain, async bench => {
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, traffic: {} });
    expectSuccess(run);
    expect(run.trace).not.toContain('Open ports');
    await bench.expectServed('target');
    expect(bench.server.healthy()).toEqual([bench.sourceInstanceId]);
  }));

  test.each([['terminate', 'terminated', unprotected], ['stop', 'stopped', unprotected]] as const)('releaseSource %s: after the verification', (releaseSource, how, spec) => rehearseSync(full, async bench => {
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, releaseSource });
    expectSuccess(run);
    expect((run.output as Any).sourceReleased).toEqual({ how, why: null });
    expect(bench.stateOf(bench.sourceInstanceId)).toBe(how);
    await bench.expectServed('target');
    const calls = bench.account.calls.map(({ operation, input }) => (operation === 'CreateTags' && JSON.stringify(input).includes('instance-mobility:verified') ? 'verified' : operation));
    expect(calls.indexOf('verified')).toBeGreaterThan(-1);
    expect(calls.indexOf('verified')).toBeLessThan(calls.findIndex(operation => /^(Stop|Terminate)Instances$/.test(operation)));
  }, spec));

  test('a source keeps its address for as long as caches may lead to it', () => rehearseSync(full, async bench => {
    const zone = bench.account.route53.zone(hostedZoneId);
    zone.records = new Map([...zone.records].map(([key, set]) => [key, set.Type === 'A' ? { ...set, TTL: 28_800 } : set]));
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, releaseSource: 'terminate', traffic: { records: [{ hostedZoneId, name: 'db.example.com', type: 'A' }] } });
    expectSuccess(run);
    const { traffic, sourceReleased } = run.output as Any;
    expect({ sourceReleased, ttl: traffic.ttl }).toEqual({ sourceReleased: { how: 'terminated', why: null }, ttl: 28_800 });
    const terminated = bench.account.calls.find(({ operation, input }) => operation === 'TerminateInstances' && JSON.stringify(input).includes(bench.sourceInstanceId));
    expect(terminated!.time).toBeGreaterThanOrEqual(Date.parse(traffic.cachedUntil));
    expect(terminated!.time).toBeLessThan(Date.parse(traffic.cachedUntil) + 600_000);
    await bench.expectServed('target');
    bench.expectLeasesFree();
  }, unprotected));

  test('also where another execution goes on after the verification', () => rehearseSync(full, async bench => {
    const zone = bench.account.route53.zone(hostedZoneId);
    zone.records = new Map([...zone.records].map(([key, set]) => [key, set.Type === 'A' ? { ...set, TTL: 28_800 } : set]));
    const traffic = { records: [{ hostedZoneId, name: 'db.example.com', type: 'A' }] };
    bench.pair.fail('target', 'finalize', { status: 6, error: 'EngineFailed', message: 'ordered', times: 1 });
    const first = await bench.run({ target: { instanceId: bench.addTarget() }, releaseSource: 'terminate', traffic });
    expect(first).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
    const { session } = JSON.parse(first.cause!);
    const next = bench.rehearsal.startExecution('Sync', { sourceInstanceId: bench.sourceInstanceId, continueSession: session, releaseSource: 'terminate', traffic });
    expectSuccess(await bench.finish(next));
    expect(next.trace).toContain('Already verified');
    const { cachedUntil } = (next.output as Any).traffic;
    const terminated = bench.account.calls.find(({ operation, input }) => operation === 'TerminateInstances' && JSON.stringify(input).includes(bench.sourceInstanceId));
    expect(terminated!.time).toBeGreaterThanOrEqual(Date.parse(cachedUntil));
    expect(Date.parse(cachedUntil)).toBeGreaterThan(next.startDate.getTime() + 28_800_000);
    await bench.expectServed('target');
  }, unprotected));

  test('a protection that was set meanwhile stays: the source is kept, and the output says why', () => rehearseSync(full, async bench => {
    bench.once('Finalize target', () => { bench.account.ec2.instanceModels.get(bench.sourceInstanceId)!.disableApiTermination = true; });
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, releaseSource: 'terminate' });
    expectSuccess(run);
    expect((run.output as Any).sourceReleased).toEqual({ how: 'kept', why: expect.stringContaining('disableApiTermination') });
  }, unprotected));

  test('what an earlier move verified does not count for this one, and is not copied to a target', () => rehearseSync(full, async bench => {
    bench.account.ec2.instances.get(bench.sourceInstanceId)!.Tags!.push({ Key: 'instance-mobility:verified', Value: 'an earlier execution' });
    bench.pair.fail('target', 'finalize', { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity });
    let atSwitch: Record<string, string> = {};
    bench.once('Switch source', () => { atSwitch = bench.tagsOf(bench.sourceInstanceId); });
    const run = await bench.run({ releaseSource: 'keep' });
    expect(run.status).toBe('FAILED');
    expect(atSwitch).not.toHaveProperty('instance-mobility:verified');
    expect(bench.tagsOf(bench.target()!)).not.toHaveProperty('instance-mobility:verified');
  }));

  test('planOnly tells the plan, and changes nothing', () => rehearseSync(full, async bench => {
    const run = await bench.run({ planOnly: true, approve: ['switch'], releaseSource: 'stop' });
    expectSuccess(run);
    expect(run.output).toMatchObject({ plan: { sourceInstanceId: bench.sourceInstanceId, mounts: [expect.objectContaining({ mountPoint: '/srv/data' })], releaseSource: 'stop' } });
    expect(sends(bench, 'Inspect')).toHaveLength(1);
    expect(bench.account.calls.filter(({ operation }) => operation === 'SendCommand')).toHaveLength(1);
    expect(bench.others()).toEqual([]);
    await bench.expectNothingHappened(run);
  }));

  test('everything on instance store moves unless mount points are named, at the pace that was asked for', () => rehearseSync(full, async bench => {
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, mountPoints: [], rateLimit: 3, favour: 'sync' });
    expectSuccess(run);
    expect((run.output as Any).volumes).toHaveLength(1);
    const paces = sends(bench, 'StatusDocument').map(({ Parameters }) => Parameters.MaxRate?.[0]).filter(rate => rate !== undefined && rate !== '');
    for (const rate of paces) expect(Number(rate)).toBeLessThanOrEqual(3 * 1024);
  }));
});

const operator = { callerArn: 'arn:aws:iam::111122223333:user/operator' };
const token = (bench: SyncBench): string => /--task-token '?([^\s']+)/.exec(bench.account.sns.published.at(-1)!.message)![1]!;
/** Lets time pass until somebody is asked in a state. */
async function asked(bench: SyncBench, run: Execution, state: string): Promise<void> {
  for (let minutes = 0; run.trace.at(-1) !== state && run.status === 'RUNNING' && minutes < 60; minutes++) await bench.account.clock.advance(60_000);
  expect(run.trace.at(-1)).toBe(state);
}

describe('approval', () => {
  test('given twice: goes on each time, and not before', () => rehearseSync(full, async bench => {
    const run = bench.start({ target: { instanceId: bench.addTarget() }, approve: ['switch', 'release'], releaseSource: 'terminate' });
    await asked(bench, run, 'Await switch approval');
    await bench.account.clock.advance(3_600_000);
    await bench.expectServed('source');
    expect(bench.account.sns.published.at(-1)!.message).toMatch(/\/srv\/data/);
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, operator);
    await asked(bench, run, 'Await release approval');
    await bench.account.clock.advance(3_600_000);
    await bench.expectServed('target');
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('running');
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, operator);
    expectSuccess(await bench.finish(run));
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('terminated');
  }, unprotected));

  test('of the switch refused, or not given: nothing happened', () => rehearseSync(full, async bench => {
    const run = bench.start({ approve: ['switch'] });
    await asked(bench, run, 'Await switch approval');
    await bench.account.call('SFN', 'SendTaskFailure', { taskToken: token(bench), error: 'MoveRefused', cause: 'not today' }, operator);
    expect(await bench.finish(run)).toMatchObject({ status: 'FAILED', error: 'MoveRefused', cause: expect.stringContaining('not today') });
    await bench.expectNothingHappened(run);
    const late = await bench.run({ approve: ['switch'] });
    expect(late).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    await bench.expectNothingHappened(late);
  }));

  test('of the release says what a refusal means where the input asks to fall back', () => rehearseSync(full, async bench => {
    const run = bench.start({ target: { instanceId: bench.addTarget() }, approve: ['release'], onFailure: 'fall-back' });
    await asked(bench, run, 'Await release approval');
    expect(bench.account.sns.published.at(-1)!.message).toMatch(/Refusing.* falls back/);
    await bench.account.call('SFN', 'SendTaskFailure', { taskToken: token(bench), error: 'SyncRefused', cause: 'not yet' }, operator);
    await bench.finish(run);
    await bench.expectServed('source');
  }));

  test('of the release refused, or not given: both stay as they are, and the session can be continued', () => rehearseSync(full, async bench => {
    const run = bench.start({ target: { instanceId: bench.addTarget() }, approve: ['release'], releaseSource: 'terminate' });
    await asked(bench, run, 'Await release approval');
    await bench.account.call('SFN', 'SendTaskFailure', { taskToken: token(bench), error: 'ReleaseRefused', cause: 'not yet' }, operator);
    expect(await bench.finish(run)).toMatchObject({ status: 'FAILED', error: 'ReleaseRefused' });
    const { phase, session } = JSON.parse(run.cause!);
    expect(phase).toBe('serving');
    await bench.expectServed('target');
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('running');
    bench.expectNothingLeft(run);
    const next = bench.rehearsal.startExecution('Sync', { sourceInstanceId: bench.sourceInstanceId, continueSession: session, releaseSource: 'terminate' });
    expectSuccess(await bench.finish(next));
    expect(next.trace).toContain('Adopt session');
    expect(bench.tagsOf(bench.sourceInstanceId)['instance-mobility:verified']).toBe(next.arn);
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('terminated');
    await bench.expectServed('target');
  }, unprotected));
});

describe('what no step can lead elsewhere', () => {
  test('is waited for: the former is drained once somebody says that it is done', () => rehearseSync(full, async bench => {
    const run = bench.start({ target: { instanceId: bench.addTarget() }, traffic: { ...trafficOf(bench.server), callback: true } });
    await asked(bench, run, 'Await redirection');
    await bench.expectServed('target');
    const { message } = bench.account.sns.published.at(-1)!;
    expect(message).toContain(bench.target());
    expect(message).toMatch(/When it is done:\naws stepfunctions send-task-success/);
    expect(run.trace).not.toContain('Drain former');
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, operator);
    expectSuccess(await bench.finish(run));
    expect(run.trace).toContain('Drain former');
  }));

  test('and can not be done: both are kept; falling back asks to lead it back', () => rehearseSync(full, async bench => {
    const redirected = { ...trafficOf(bench.server), callback: true };
    const run = bench.start({ target: { instanceId: bench.addTarget() }, traffic: redirected });
    await asked(bench, run, 'Await redirection');
    await bench.account.call('SFN', 'SendTaskFailure', { taskToken: token(bench), error: 'NotRedirected', cause: 'the firewall is not ours' }, operator);
    expect(await bench.finish(run)).toMatchObject({ status: 'FAILED', error: 'NotRedirected', cause: expect.stringMatching(/the firewall is not ours.*both are kept. Mend the cause/) });
    await bench.expectServed('target');
    const { session } = JSON.parse(run.cause!);
    const back = bench.rehearsal.startExecution('FallBack', { sourceInstanceId: bench.sourceInstanceId, targetInstanceId: bench.target()!, session, traffic: redirected });
    await asked(bench, back, 'Await redirection');
    await bench.expectServed('source');
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, operator);
    expectSuccess(await bench.finish(back));
    bench.expectLeasesFree();
  }));
});

describe('falling back', () => {
  test('by hand, while blocks are still on their way: every write since is there, and the target that was launched is removed', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'verify', { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity });
    const run = await bench.run();
    expect(run).toMatchObject({ status: 'FAILED', error: 'SourceUnreachable' });
    await bench.expectServed('target');
    const back = await bench.fallBack(run);
    expectSuccess(back);
    expect(path(back)).toEqual([
      'Check fall back', 'Acquire lease', 'Fall back', 'Adopt session', 'Who serves?', 'Ask source', 'Mark falling back', 'Demote first?', 'Demote target', 'Promote source', 'Had source switched?', 'Mark source serving',
      'Move traffic', 'Traffic moved?', 'Redirect more?', 'Drain former', 'Finalize source', 'Target alive?', 'Disconnect target', 'Close ports', 'Mark fallen back', 'Report fall back',
      'Release lease', 'Did it fall back?', 'Fallen back',
    ]);
    await bench.expectServed('source');
    expect(bench.server.healthy()).toEqual([bench.sourceInstanceId]);
    await bench.finish(bench.rehearsal.startExecution('Janitor', {}));
    bench.expectSourceUntouched();
    expect(bench.others()).toEqual([]);
    bench.expectNothingLeft(run);
  }));

  test('to a source that does not answer takes nothing from a target that serves', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'verify', { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity });
    const run = await bench.run({ target: { instanceId: bench.addTarget() } });
    bench.account.ssm.guest(bench.sourceInstanceId).online = false;
    const refused = await bench.fallBack(run);
    expect(refused).toMatchObject({ status: 'FAILED', error: 'HostUnreachable', cause: expect.stringContaining('serves on') });
    await bench.expectServed('target');
    bench.account.ssm.guest(bench.sourceInstanceId).online = true;
    expectSuccess(await bench.fallBack(run));
    await bench.expectServed('source');
  }));

  test('that died once the target had handed over: nobody is led to a target that serves no more', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'finalize', { status: 6, error: 'EngineFailed', message: 'ordered' });
    const run = await bench.run({ target: { instanceId: bench.addTarget() } });
    await bench.expectServed('target');
    bench.pair.fail('source', 'fall-back', { status: 13, error: 'ServiceFailed', message: 'ordered' });
    expect(await bench.fallBack(run)).toMatchObject({ status: 'FAILED', error: 'ServiceFailed' });
    const next = bench.rehearsal.startExecution('Sync', { ...bench.input, continueSession: JSON.parse(run.cause!).session });
    await bench.finish(next);
    expect(next).toMatchObject({ status: 'FAILED', error: 'ReplicationInWrongState', cause: expect.stringMatching(/serves no more.*fall back again/) });
    expect(next.trace).not.toContain('Move traffic');
    expectSuccess(await bench.fallBack(run));
    await bench.expectServed('source');
  }));

  test('that the target refuses: it serves on, and its session can be continued', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'finalize', { status: 6, error: 'EngineFailed', message: 'ordered' });
    const run = await bench.run({ target: { instanceId: bench.addTarget() } });
    bench.pair.fail('target', 'fall-back', { status: 5, error: 'Busy', message: 'ordered' });
    expect(await bench.fallBack(run)).toMatchObject({ status: 'FAILED', error: 'MountBusy' });
    await bench.expectServed('target');
    const next = bench.rehearsal.startExecution('Sync', { ...bench.input, continueSession: JSON.parse(run.cause!).session });
    expectSuccess(await bench.finish(next));
    expect(path(next)).toEqual(expect.arrayContaining(['Was a fall back begun?', 'Look at target', 'Ask target', 'Mark still serving', 'Serve', 'Already verified']));
    await bench.expectServed('target');
    bench.expectLeasesFree();
  }));

  test('is neither told of nor begun once the target stands alone: its session is continued', () => rehearseSync(full, async bench => {
    bench.pair.fail('source', 'release-source', { status: 6, error: 'EngineFailed', message: 'ordered', times: 1 });
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, onFailure: 'fall-back' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed', cause: expect.stringContaining('no way back') });
    expect(run.cause).not.toMatch(/fall back|fallBack/);
    expect(bench.executionsOf('Sync/FallBack')).toEqual([]);
    await bench.expectServed('target');
    const next = bench.rehearsal.startExecution('Sync', { sourceInstanceId: bench.sourceInstanceId, continueSession: JSON.parse(run.cause!).session });
    expectSuccess(await bench.finish(next));
    await bench.expectServed('target');
    bench.expectNothingLeft(run);
  }));

  test('who does as a refusal says keeps a target that serves: the daily sweep leaves it', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'verify', { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity });
    await bench.run();
    const refused = await bench.run();
    expect(refused).toMatchObject({ status: 'FAILED', error: 'MoveUnfinished' });
    const [, gone = '', given = ''] = /remove the tags (.*?) from both(.*)/.exec(JSON.parse(refused.cause!).message)!;
    for (const id of [bench.sourceInstanceId, bench.target()!]) {
      const instance = bench.account.ec2.instances.get(id)!;
      instance.Tags = instance.Tags!.filter(({ Key }) => !['phase', 'session', 'peer'].some(name => gone.includes(name) && Key === `instance-mobility:${name}`));
      if (id === bench.target() && given.includes('instance-mobility:created-by')) instance.Tags.push({ Key: 'instance-mobility:created-by', Value: 'us' });
    }
    await bench.finish(bench.rehearsal.startExecution('Janitor', {}));
    await bench.expectServed('target');
  }));

  test('that is aborted after the source serves again goes on from there by itself', () => rehearseSync(full, async bench => {
    bench.pair.fail('target', 'verify', { status: 6, error: 'EngineFailed', message: 'ordered', times: Infinity });
    const run = await bench.run({ target: { instanceId: bench.addTarget() } });
    const { session } = JSON.parse(run.cause!);
    const input = { sourceInstanceId: bench.sourceInstanceId, targetInstanceId: bench.target()!, session, traffic: { ...trafficOf(bench.server) } };
    const aborted = bench.rehearsal.startExecution('FallBack', input);
    bench.once('Finalize source', () => aborted.stop('Test', 'aborted by the test'));
    await bench.finish(aborted);
    await bench.expectServed('source');
    const [, back] = bench.executionsOf('Sync/FallBack') as [Execution, Execution];
    expectSuccess(back);
    expect(back.input).toEqual(input);
    expect(back.trace).not.toContain('Promote source');
    await bench.expectServed('source');
    bench.expectLeasesFree();
  }));
});

describe('a retirement that is announced', () => {
  const later = (bench: SyncBench): number => bench.account.clock.now() + 14 * 24 * 3_600_000;

  test('starts a move of an instance with the tag, once', () => rehearseSync(full, async bench => {
    announceRetirement(bench.account, bench.sourceInstanceId, later(bench));
    await bench.rehearsal.settle();
    expect(bench.executionsOf('Sync').map(({ status }) => status)).toEqual(['SUCCEEDED']);
    await bench.expectServed('target');
  }));

  test('starts none of an instance without it', () => rehearseSync(full, async bench => {
    const other = bench.addTarget({ tags: {} });
    announceRetirement(bench.account, other, later(bench));
    await bench.rehearsal.settle();
    expect(bench.executionsOf('Sync')).toEqual([]);
    expect(bench.executionsOf('Sync/Retirement').map(({ status }) => status)).toEqual(['SUCCEEDED']);
  }));
});
