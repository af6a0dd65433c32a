import type { Execution } from '../../rehearsal/asl';
import { type MigrationBench, outpostArn, rehearseMigration, synthesizedMigration } from '../support/migration';
import { expectSuccess, KEY_ARN } from '../support/rehearse';

jest.setTimeout(60_000);

const full = synthesizedMigration();
const plain = synthesizedMigration(() => ({}));
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;

/** The trace without its loops: each look, question and wait once. */
const path = ({ trace }: Execution): string[] => trace.filter((state, index) => trace.indexOf(state) === index && !/: (answered\?|wait)$|^(Is|Are) |^Wait /.test(state));
const calls = (bench: MigrationBench, operation: string): Any[] => bench.account.calls.filter(call => call.operation === operation).map(({ input }) => input);

describe('a move', () => {
  test('to an Outpost: it serves there with every byte, clients follow, and the source goes once it was held', () => rehearseMigration(full, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    expect(path(run)).toEqual([
      'Check request', 'Acquire lease', 'Find destination', 'Describe source', 'Check destination', 'Plan migration', 'Destination found', 'Only planned?', 'Begin',
      'Hold link', 'Begin wait for link', 'Reserve link', 'Link reserved?', 'Link held',
      'Copy ahead', 'Begin rounds', 'Next round', 'Snapshot volumes', 'Snapshots ready?', 'Count changed blocks', 'Converged?', 'Switches with others?', 'Needs cut-over approval?', 'Copy still fresh?',
      'Copied ahead',
      'Begin switch', 'Switch', 'Begin pause', 'Mark switching', 'Services to stop?', 'Quiesce services', 'Stop or freeze?', 'Snapshot quiesced volumes', 'Thaw?',
      'Quiesced snapshots ready?', 'Make image', 'Image ready?', 'Launch instances', 'Instances running?', 'Finish instances', 'Begin wait for agent', 'Target managed?',
      'Services to start?', 'Start services', 'Verify target', 'Mark serving', 'Switched',
      'Serve', 'Move traffic', 'Traffic moved?', 'Redirect more?', 'Drain former', 'Clients moved', 'Mark verified', 'Tidy up', 'Hold source', 'Kept for good?',
      'Needs release approval?', 'Release source', 'Report migration', 'Release lease', 'Was it migrated?', 'Migrated',
    ]);
    const target = bench.target()!;
    const { plan, rounds, volumes, pauseSeconds, ...output } = run.output as Any;
    expect(output).toMatchObject({
      instanceId: bench.sourceInstanceId, destination: 'factory', targetInstanceId: target, sourceReleased: { how: 'terminated', why: null }, frozen: null,
      verified: { statusChecks: 'passed', managed: true, services: ['app.service'] },
    });
    expect(plan).toMatchObject({ link: { id: expect.stringContaining('outpost/'), direction: 'to-edge', rate: 50e6, share: 50e6 }, route: 'register-image', managed: true });
    expect(plan.checks).toContainEqual(expect.objectContaining({ check: expect.stringContaining('A app.example.com.'), detail: expect.stringContaining('up to 60 s (its TTL)') }));
    expect(rounds.map(({ round }: Any) => round)).toEqual([1, 2]);
    expect(rounds[1].bytes).toBeLessThan(rounds[0].bytes / 10);
    expect(volumes.map(({ device, rounds: of, transport }: Any) => ({ device, of, transport }))).toEqual([
      { device: '/dev/xvda', of: 3, transport: 'ebs' }, { device: '/dev/sdf', of: 3, transport: 'ebs' },
    ]);
    // what clients saw, and what is told of it
    expect(bench.wroteOn).toEqual([bench.sourceInstanceId, target]);
    expect(pauseSeconds).toBeGreaterThanOrEqual(bench.longestPause() - 60);
    expect(pauseSeconds).toBeLessThan(15 * 60);
    expect(bench.account.ec2.instances.get(target)).toMatchObject({ OutpostArn: outpostArn, InstanceType: 'm5.large' });
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('terminated');
    await bench.expectServed(target);
    expect(bench.healthy()).toEqual([target]);
    bench.expectNothingLeft(run);
    expect(bench.tagsOf(target)).toMatchObject({ role: 'web', movable: 'yes', 'instance-mobility:created-by': run.arn });
    expect(Object.keys(bench.tagsOf(target)).filter(key => /:(phase|session|peer|execution)$/.test(key))).toEqual([]);
    // not one snapshot lies where it could not leave
    expect(calls(bench, 'CreateSnapshots').every(input => input.OutpostArn === undefined && input.Location === undefined)).toBe(true);
  }));

  test('and back again, from a Local Zone: it ends where it began, with every byte', () => rehearseMigration(full, async bench => {
    expectSuccess(await bench.run({ destination: 'boston' }));
    const there = bench.target()!;
    expect(bench.account.ec2.instances.get(there)!.Placement.AvailabilityZone).toBe('us-east-1-bos-1a');
    const back = await bench.run({ instanceId: there, destination: 'home', keepSource: 'PT0S' });
    expectSuccess(back);
    expect((back.output as Any).plan.link).toMatchObject({ direction: 'to-region' });
    const here = (back.output as Any).targetInstanceId;
    expect(bench.account.ec2.instances.get(here)!.Placement.AvailabilityZone).toBe('us-east-1a');
    expect(bench.wroteOn).toEqual([bench.sourceInstanceId, there, here]);
    await bench.expectServed(here);
    bench.expectNothingLeft(back);
  }));

  test('a source keeps its address for as long as caches may lead to it', () => rehearseMigration(full, async bench => {
    const zone = bench.account.route53.zone(bench.traffic.records[0]!.hostedZoneId);
    zone.records = new Map([...zone.records].map(([key, set]) => [key, set.Type === 'A' ? { ...set, TTL: 7200 } : set]));
    const run = await bench.run({ keepSource: 'PT1M' });
    expectSuccess(run);
    const { switchedAt, heldUntil, traffic, sourceReleased } = run.output as Any;
    expect(sourceReleased).toEqual({ how: 'terminated', why: null });
    expect(traffic.ttl).toBe(7200);
    expect(Date.parse(heldUntil)).toBeGreaterThanOrEqual(Date.parse(traffic.cachedUntil));
    expect(Math.round((Date.parse(heldUntil) - Date.parse(switchedAt)) / 60_000)).toBe(120);
    const isOfSource = (input: unknown): boolean => JSON.stringify(input).includes(bench.sourceInstanceId);
    const terminated = bench.account.calls.find(({ operation, input }) => operation === 'TerminateInstances' && isOfSource(input));
    expect(terminated!.time).toBeGreaterThanOrEqual(Date.parse(heldUntil));
  }));

  test('of frozen filesystems, an encrypted volume, a key pair, a placement group and an interface of its own', () => rehearseMigration(full, async bench => {
    const { ec2: cloud } = bench.account;
    const run = await bench.run({ destination: 'away', consistency: 'filesystem', traffic: { ...bench.traffic, elasticIps: [bench.elasticIp()] } });
    expectSuccess(run);
    const { frozen, plan } = run.output as Any;
    expect(plan).toMatchObject({ freeze: true, link: null });
    expect(Date.parse(frozen.to)).toBeGreaterThan(Date.parse(frozen.from));
    const target = bench.target()!;
    const data = bench.volumesOf(target)[1]!.volumeId;
    expect(cloud.volumes.get(data)).toMatchObject({ Encrypted: true, KmsKeyId: KEY_ARN });
    expect(cloud.instances.get(target)).toMatchObject({ KeyName: 'ops' });
    await bench.expectServed(target);
    bench.expectNothingLeft(run);
  }, {
    keyName: 'ops', placement: { GroupName: 'together' }, terminationProtection: true, interfaces: [{ sourceDestCheck: false, tags: { holds: 'address' } }],
    volumes: [{ size: 20, written: 1 }, { size: 50, written: 2, kmsKeyId: KEY_ARN, tags: { holds: 'data' } }],
  }));

  test('of a platform whose billing codes only EC2 itself carries over', () => rehearseMigration(full, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    expect((run.output as Any).plan.route).toBe('create-image');
    expect(calls(bench, 'RegisterImage')).toEqual([]);
    await bench.expectServed(bench.target()!);
    bench.expectNothingLeft(run);
  }, { platform: { PlatformDetails: 'Red Hat Enterprise Linux', UsageOperation: 'RunInstances:0010' }, bootMode: 'uefi', uefiData: 'variables' }));

  test('of a source that is stopped for it; without services, profile, topic or traffic', () => rehearseMigration(plain, async bench => {
    const run = await bench.run({ services: [], traffic: {}, stopSource: true, keepSource: 'forever', destination: 'away' });
    expectSuccess(run);
    expect(run.trace).toEqual(expect.arrayContaining(['Stop source', 'Is source stopped']));
    expect(run.trace).not.toContain('Quiesce services');
    expect((run.output as Any).sourceReleased).toMatchObject({ how: 'kept' });
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('stopped');
    expect(Object.keys(bench.tagsOf(bench.sourceInstanceId)).filter(key => /:(phase|session|peer)$/.test(key))).toEqual([]);
    for (const { device, volumeId } of bench.volumesOf(bench.target()!)) {
      const source = bench.volumesOf(bench.sourceInstanceId).find(one => one.device === device)!.volumeId;
      expect(bench.account.ec2.content(volumeId)).toEqual(bench.account.ec2.content(source));
    }
    bench.expectNothingLeft(run);
  }, { profile: undefined, type: 't3.medium', credits: 'standard' }));

  test('a source that is protected stays, and the output says why', () => rehearseMigration(full, async bench => {
    const run = await bench.run();
    expectSuccess(run);
    expect((run.output as Any).sourceReleased).toEqual({ how: 'kept', why: expect.stringContaining('disableApiTermination') });
    expect(bench.account.ec2.instanceModels.get(bench.target()!)).toMatchObject({ disableApiTermination: true });
  }, { terminationProtection: true }));

  test('whose last snapshots were taken twice, by runs of the step whose answers were lost: the first set counts, and no other is left', () => rehearseMigration(full, async bench => {
    const { clock, ec2: cloud } = bench.account;
    const setsOfLast = () => [...cloud.snapshots.values()].filter(({ Tags }) => Tags!.some(({ Key, Value }) => Key === 'instance-mobility:set' && Value === '3'));
    let most = 0;
    let began = Infinity;
    bench.once('Snapshot quiesced volumes', run => {
      began = clock.now();
      const tags = { 'instance-mobility:owner': 'Test:Test/Edge', 'instance-mobility:execution': run.arn, 'instance-mobility:source': bench.sourceInstanceId, 'instance-mobility:set': '3' };
      const take = (): void => void bench.account.call('EC2', 'CreateSnapshots', {
        InstanceSpecification: { InstanceId: bench.sourceInstanceId },
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }],
      }, { callerArn: 'arn:aws:iam::111122223333:user/earlier-run' });
      take();
      clock.after(16_000, take);
      clock.after(17_000, () => { most = setsOfLast().length; });
    });
    // until both sets are there nobody sees them
    bench.account.fail('DescribeSnapshots', 'RequestLimitExceeded', { times: Infinity, where: () => clock.now() < began + 17_000, ...bench.by('Snapshot quiesced volumes') });
    let used: string[] = [];
    bench.once('Make image', () => { used = setsOfLast().map(({ StartTime }) => StartTime!.toISOString()); });
    const run = await bench.run();
    expectSuccess(run);
    expect(most).toBe(4);
    expect(used).toEqual([new Date(began).toISOString(), new Date(began).toISOString()]);
    await bench.expectServed(bench.target()!);
    bench.expectNothingLeft(run);
  }));

  test('planOnly tells the plan, and changes nothing', () => rehearseMigration(full, async bench => {
    const run = await bench.run({ planOnly: true, approve: ['cut-over'] });
    expectSuccess(run);
    const { plan } = run.output as Any;
    expect(plan).toMatchObject({ destination: { name: 'factory' }, expectedSeconds: Math.ceil(70 * 2 ** 30 / 50e6) });
    expect(plan.warnings.join('\n')).toMatch(/1,300 bytes.*encrypted/s);
    await bench.expectNothingHappened(run);
  }));
});

const operator = { callerArn: 'arn:aws:iam::111122223333:user/operator' };
const token = (bench: MigrationBench): string => /--task-token '?([^\s']+)/.exec(bench.account.sns.published.at(-1)!.message)![1]!;
/** Lets time pass until somebody is asked in a state. */
async function asked(bench: MigrationBench, run: Execution, state: string): Promise<void> {
  for (let minutes = 0; run.trace.at(-1) !== state && run.status === 'RUNNING' && minutes < 60; minutes++) await bench.account.clock.advance(60_000);
  expect(run.trace.at(-1)).toBe(state);
}

describe('approval', () => {
  test('given three times: goes on each time, and not before', () => rehearseMigration(full, async bench => {
    const run = bench.start({ approve: ['cut-over', 'release'], traffic: { ...bench.traffic, callback: true } });
    await asked(bench, run, 'Await cut-over approval');
    await bench.expectServed(bench.sourceInstanceId);
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, operator);
    await asked(bench, run, 'Await redirection');
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, operator);
    await asked(bench, run, 'Await release approval');
    await bench.expectServed(bench.target()!);
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('running');
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, operator);
    expectSuccess(await bench.finish(run));
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('terminated');
  }));

  test('of the cut-over after hours: what was written meanwhile is copied before the pause', () => rehearseMigration(full, async bench => {
    bench.account.ec2.timing.snapshotRate = 10;
    bench.account.ec2.keepWriting(bench.volumesOf(bench.sourceInstanceId)[0]!.volumeId, { blocksPerSecond: 1, span: 4_000 });
    const run = bench.start({ approve: ['cut-over'], maxDowntime: 'PT5M' });
    await asked(bench, run, 'Await cut-over approval');
    await bench.account.clock.advance(3 * 3600_000);
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, operator);
    expectSuccess(await bench.finish(run));
    const after = run.trace.slice(run.trace.indexOf('Await cut-over approval') + 1);
    expect(after.filter(state => state === 'Await cut-over approval')).toEqual([]);
    expect(after.slice(0, after.indexOf('Quiesce services')).filter(state => state === 'Snapshot volumes').length).toBeGreaterThan(0);
    const { rounds } = run.output as Any;
    const late = rounds.find(({ takenAt }: Any) => Date.parse(takenAt) - Date.parse(rounds[0].takenAt) > 3 * 3600_000);
    // the round that was not smaller was no reason to give up
    expect(late.bytes).toBeGreaterThan(rounds[1].bytes);
  }));

  test('of the cut-over shortly before a deadline: refused before the pause', () => rehearseMigration(full, async bench => {
    const { clock } = bench.account;
    const deadline = clock.now() + 3 * 3600_000;
    const run = bench.start({ approve: ['cut-over'], deadline: new Date(deadline).toISOString() });
    await asked(bench, run, 'Await cut-over approval');
    await clock.advance(deadline - 180_000 - clock.now());
    await bench.account.call('SFN', 'SendTaskSuccess', { taskToken: token(bench), output: '{}' }, operator);
    expect(await bench.finish(run)).toMatchObject({ status: 'FAILED', error: 'WillNotConverge', cause: expect.stringContaining('would not be over by') });
    await bench.expectNothingHappened(run);
  }));

  test('of the cut-over refused: nothing happened', () => rehearseMigration(full, async bench => {
    const run = bench.start({ approve: ['cut-over'] });
    await asked(bench, run, 'Await cut-over approval');
    await bench.account.call('SFN', 'SendTaskFailure', { taskToken: token(bench), error: 'MigrationRefused', cause: 'not today' }, operator);
    expect(await bench.finish(run)).toMatchObject({ status: 'FAILED', error: 'MigrationRefused', cause: expect.stringContaining('not today') });
    await bench.expectNothingHappened(run);
  }));
});

describe('an instance that can not be moved as it is wanted', () => {
  test('writes too much: the link is given back, and one sentence says so', () => rehearseMigration(full, async bench => {
    bench.account.ec2.timing.snapshotRate = 10;
    for (const { volumeId } of bench.volumesOf(bench.sourceInstanceId)) bench.account.ec2.keepWriting(volumeId, { blocksPerSecond: 16, span: 4_000 });
    const run = await bench.run({ maxDowntime: 'PT5M' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'WillNotConverge' });
    expect(JSON.parse(run.cause!).message).toMatch(/^orders \(i-\w+\) changed [\d.]+ GB in [\d.]+ min, and snapshots of that took \d+ s: the pause would be about \d+ s after \d+ rounds, but maxDowntime is 300 s; .*/);
    bench.expectNothingLeft(run);
    expect(bench.serving()).toEqual([bench.sourceInstanceId]);
  }));

  test('belongs to an Auto Scaling group: it moves once it is in standby there, and its plan tells what becomes of that', () => rehearseMigration(full, async bench => {
    const { account: { autoScaling }, sourceInstanceId } = bench;
    autoScaling.addMember(sourceInstanceId, { group: 'web' });
    const refused = await bench.run();
    expect(refused).toMatchObject({ status: 'FAILED', error: 'SourceInAutoScalingGroup', cause: expect.stringContaining('is InService in the Auto Scaling group web') });
    bench.expectNothingLeft(refused);
    autoScaling.enterStandby(sourceInstanceId);
    const run = await bench.run();
    expectSuccess(run);
    expect((run.output as Any).plan.warnings).toContainEqual(expect.stringMatching(/^i-\w+ is in standby in the Auto Scaling group web: .* Detach i-\w+ before it is released/));
    expect(bench.tagsOf(bench.target()!)).not.toHaveProperty('aws:autoscaling:groupName');
  }));

  test('is protected from being stopped: that is told before anything is paused for it', () => rehearseMigration(full, async bench => {
    bench.account.ec2.instanceModels.get(bench.sourceInstanceId)!.disableApiStop = true;
    const run = await bench.run({ stopSource: true });
    expect(run).toMatchObject({ status: 'FAILED', error: 'SourceIsProtected', cause: expect.stringContaining('is protected from being stopped') });
    expect(run.trace).not.toContain('Quiesce services');
    bench.expectNothingLeft(run);
  }));

  test('finds no room at its destination while it is paused: it goes on at its source within what was allowed', () => rehearseMigration(full, async bench => {
    bench.account.fail('RunInstances', 'InsufficientInstanceCapacity', { times: Infinity, where: ({ DryRun }) => DryRun !== true });
    const run = await bench.run({ maxDowntime: 'PT5M' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'DowntimeExceeded', cause: expect.stringContaining('EC2 has no capacity for the target') });
    expect(bench.longestPause()).toBeLessThan(5 * 60);
    await bench.expectNothingHappened(run);
  }));

  test('takes longer to switch than was allowed: it goes on at its source, and the pause is told', () => rehearseMigration(full, async bench => {
    bench.account.ec2.timing.statusChecks = 900;
    const run = await bench.run({ maxDowntime: 'PT10M' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'DowntimeExceeded' });
    const { phase, pauseSeconds } = JSON.parse(run.cause!);
    expect(phase).toBe('switching');
    expect(Math.abs(pauseSeconds - bench.longestPause())).toBeLessThan(30);
    // and not only once the target has passed its checks, which it may never do
    expect(bench.longestPause()).toBeLessThan(11 * 60);
    await bench.expectNothingHappened(run);
  }));

  test('would serve too late: it is not begun, or goes on at its source', () => rehearseMigration(full, async bench => {
    const at = (minutes: number) => new Date(bench.account.clock.now() + minutes * 60_000).toISOString();
    expect(await bench.run({ deadline: at(4) })).toMatchObject({ status: 'FAILED', error: 'WillNotConverge' });
    bench.account.ec2.timing.statusChecks = 900;
    const run = await bench.run({ deadline: at(8), maxDowntime: 'PT1H' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'DeadlineMissed' });
    await bench.expectNothingHappened(run);
  }));
});

describe('a link', () => {
  test('that another move holds is waited for', () => rehearseMigration(full, async bench => {
    const { instanceId: other } = bench.account.ec2.addInstance({ name: 'other', tags: { movable: 'yes' }, subnetId: bench.account.ec2.instances.get(bench.sourceInstanceId)!.SubnetId!, volumes: [{ size: 8, written: 1 }] });
    const first = bench.start({ instanceId: other, services: [], traffic: {} });
    await bench.account.clock.advance(30_000);
    const second = bench.start();
    await bench.finish(first);
    await bench.finish(second);
    expectSuccess(first);
    expectSuccess(second);
    expect(second.trace.filter(state => state === 'Wait for link').length).toBeGreaterThan(1);
    expect((second.output as Any).rounds[0].takenAt > (first.output as Any).switchedAt).toBe(true);
    bench.expectLinksFree();
  }));

  test('that a fleet has reserved is taken as it is, and given back', () => rehearseMigration(full, async bench => {
    const now = bench.account.clock.now();
    const reservation = { link: 'outpost/op-0123456789abcdef0', direction: 'to-edge', bitsPerSecond: 80e6, from: new Date(now).toISOString(), until: new Date(now + 3_600_000).toISOString() };
    const run = await bench.run({ reservation, root: 'arn:aws:states:us-east-1:111122223333:execution:Fleet:one' });
    expectSuccess(run);
    expect((run.output as Any).plan.link).toMatchObject({ rate: 10e6 });
    bench.expectLinksFree();
  }));

  test('that is lost while snapshots go over it delays the move, and no byte is missing', () => rehearseMigration(full, async bench => {
    expectSuccess(await bench.run({ keepSource: 'PT0S' }));
    const there = bench.target()!;
    bench.once('Snapshot volumes', () => {
      const now = bench.account.clock.now();
      bench.account.outposts.disconnect(outpostArn, now + 5_000, now + 900_000);
    });
    const back = await bench.run({ instanceId: there, destination: 'home', keepSource: 'PT0S' });
    expectSuccess(back);
    expect((back.output as Any).rounds[0].seconds).toBeGreaterThan(600);
    await bench.expectServed((back.output as Any).targetInstanceId);
  }));

  /** The source is at the Outpost, whose link breaks for so many minutes when the state is entered. */
  const cut = (bench: MigrationBench, state: string, minutes: number): void => void bench.once(state, () => {
    const now = bench.account.clock.now();
    bench.account.outposts.disconnect(outpostArn, now, now + minutes * 60_000);
  });
  const moveThere = async (bench: MigrationBench): Promise<string> => {
    expectSuccess(await bench.run({ keepSource: 'PT0S' }));
    bench.forgetPauses();
    return bench.target()!;
  };

  test.each([[false, 'Snapshot quiesced volumes'], [true, 'Is source stopped'], [true, 'Snapshot quiesced volumes']])(
    'that is lost in the pause (source stopped: %s, at %s): the source at the Outpost serves again as soon as it is reached', (stopSource, state) => rehearseMigration(full, async bench => {
      const there = await moveThere(bench);
      cut(bench, state, 100);
      const run = await bench.run({ instanceId: there, destination: 'home', ...stopSource && { stopSource, acceptCapacityLoss: true } });
      expect(run).toMatchObject({ status: 'FAILED', error: 'ServiceUnavailable' });
      await bench.expectServed(there);
      bench.expectNothingLeft(run);
      expect(bench.others().filter(id => id !== there)).toEqual([]);
      // nobody could tell it to before, and three minutes are the longest wait between two tries
      expect(bench.longestPause()).toBeGreaterThan(95 * 60);
      expect(bench.longestPause()).toBeLessThan(110 * 60);
      // the alarm rests on it
      const told = bench.account.calls.filter(({ operation, input }) => operation === 'PutMetricData' && JSON.stringify(input).includes('UnreachableSources'));
      expect(told.length).toBeGreaterThan(30);
    }));

  test('that is lost while the services are told to stop: they serve on, and the move ends when they can be told so', () => rehearseMigration(full, async bench => {
    const there = await moveThere(bench);
    cut(bench, 'Quiesce services', 100);
    const run = await bench.run({ instanceId: there, destination: 'home' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'HostUnreachable' });
    await bench.expectServed(there);
    bench.expectNothingLeft(run);
    expect(bench.longestPause()).toBeLessThan(60);
  }));

  test('that is lost while an execution is ended on its way back: the rescue waits for it', () => rehearseMigration(full, async bench => {
    const there = await moveThere(bench);
    cut(bench, 'Snapshot quiesced volumes', 100);
    const run = bench.start({ instanceId: there, destination: 'home' });
    bench.once('Wait for source', () => run.stop('Test', 'aborted by the test'));
    await bench.finish(run);
    expect(run.status).toBe('ABORTED');
    await bench.expectServed(there);
    expect(bench.account.ec2.ownedBy(run.arn)).toEqual([]);
    bench.expectLeasesFree();
  }));

  test('that stays away: after two days somebody is told that nobody serves', () => rehearseMigration(full, async bench => {
    const there = await moveThere(bench);
    cut(bench, 'Snapshot quiesced volumes', 3 * 24 * 60);
    const run = await bench.run({ instanceId: there, destination: 'home' });
    expect(run).toMatchObject({ status: 'FAILED', error: 'ServiceUnavailable' });
    expect(JSON.parse(run.cause!).message).toMatch(/Going back to the source failed too \(HostUnreachable\): nobody may serve/);
    expect(run.events.length).toBeLessThan(25_000);
  }));

  test('that is lost when the source is to be released: it is released later', () => rehearseMigration(full, async bench => {
    const there = await moveThere(bench);
    cut(bench, 'Release source', 6 * 60);
    const run = await bench.run({ instanceId: there, destination: 'home' });
    expectSuccess(run);
    expect(bench.stateOf(there)).toBe('terminated');
    bench.expectNothingLeft(run);
  }));

  test.each(['Are instances running', 'Is target managed', 'Start services'])(
    'that is lost at %s: the source serves again at once, and the target goes when its Outpost is back', state => rehearseMigration(full, async bench => {
      cut(bench, state, 150);
      const run = await bench.run();
      expect(run.status).toBe('FAILED');
      expect(bench.longestPause()).toBeLessThan(20 * 60);
      await bench.account.clock.advance(3 * 3_600_000);
      await bench.rehearsal.settle();
      await bench.expectNothingHappened(run);
    }));
});
