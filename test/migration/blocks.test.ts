import type { Execution } from '../../rehearsal/asl';
import type { Background } from '../../rehearsal/cloud/links/background';
import type { Json } from '../../rehearsal/json';
import { DEVICE, expectServed, moving, rehearseBlocks as rehearse, replications, type Site } from '../support/blocks';
import { CAPACITY, factory, home, MOVABLE, outpostArn, rehearseMigration, synthesizedBlocks, synthesizedMigration } from '../support/migration';
import { expectSuccess } from '../support/rehearse';

jest.setTimeout(240_000);

const full = synthesizedBlocks();
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;

const rehearseBlocks = (story: (site: Site) => Promise<void>, size?: number, others?: Background): Promise<void> => rehearse(full, story, size, others);
const late = { volumes: { [DEVICE]: { copy: 'post-copy' } } };
const run = ({ bench }: Site, more: { [key: string]: Json } = {}): Promise<Execution> => bench.run({ ...moving, ...late, ...more });
const SLOT_MS = 900_000;
/** Every day for two hours others send six tenths of the line. */
const isBusy = (time: number): boolean => [10, 11].includes(new Date(time).getUTCHours());
const busyByDay: Background = time => (isBusy(time) ? 0.6 : 0.1) * CAPACITY;
const states = (execution: Execution): string[] => [...new Set(execution.trace)].filter(state => !/: (answered\?|wait)$|^(Is|Are) |^Wait /.test(state));
const calls = ({ bench }: Site, name: string): Any[] =>
  bench.account.calls.filter(({ operation, input }) => operation === name && !(input as Any).DryRun).map(({ input }) => input);

describe('by blocks that follow the switch', () => {
  test('to an Outpost: it serves there after seconds, every block follows at the rate that is held of the link, and the source goes once it was held', () => rehearseBlocks(async site => {
    const { bench, pair } = site;
    const execution = await run(site, { traffic: bench.traffic });
    expectSuccess(execution);
    expect(states(execution)).toEqual([
      'Check request', 'Acquire lease', 'Find destination', 'Describe source', 'Check destination', 'Plan migration', 'Destination found', 'Only planned?', 'Begin',
      'Hold link', 'Begin wait for link', 'Reserve link', 'Link reserved?', 'Link held', 'By blocks?', 'Replicate', 'Begin replication', 'Handed over with others?', 'Hand over', 'Replicated?', 'Blocks replicated',
      'Serve', 'Moved already?', 'Give link back', 'Hold source', 'Kept for good?', 'Needs release approval?', 'Release source', 'Report migration', 'Release lease', 'Was it migrated?', 'Migrated',
    ]);
    const target = bench.target()!;
    const output = execution.output as Any;
    expect(output).toMatchObject({
      targetInstanceId: target, pauseSeconds: expect.any(Number), sourceReleased: { how: 'terminated', why: null }, verified: { verified: true, outOfSyncBytes: 0 },
      volumes: [{ device: '/dev/xvda', transport: 'ebs' }, { device: DEVICE, transport: 'blocks', copy: 'post-copy', volumeId: bench.volumesOf(target).find(({ device }) => device === DEVICE)!.volumeId }],
    });
    // as long as the recorded hosts took, which were emulated
    expect(output.pauseSeconds).toBeLessThan(60);
    expect(Math.abs(output.pauseSeconds - pair.application.longestPause() / 1000)).toBeLessThan(5);
    expect(bench.account.ec2.instances.get(target)).toMatchObject({ OutpostArn: outpostArn });
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('terminated');
    await expectServed(site, 'target');
    expect(pair.blocksLeft).toBe(0);
    expect(bench.healthy()).toEqual([target]);
    const [replication] = replications(site);
    // 0.8 of 500 Mbit/s, in whole MiB/s
    expect(replication!.input).toMatchObject({ sourceInstanceId: bench.sourceInstanceId, rateLimit: 47, ebsVolumes: true, releaseSource: 'keep' });
    for (const each of [execution, replication!]) bench.expectNothingLeft(each);
    const [image] = calls(site, 'CreateImage');
    expect(image.BlockDeviceMappings).toEqual([{ DeviceName: DEVICE, NoDevice: '' }]);
  }));

  test('never faster than what a fleet has reserved, and the link is free afterwards', () => rehearseBlocks(async site => {
    const { bench, pair } = site;
    const now = bench.account.clock.now();
    const reservation = { link: 'outpost/op-0123456789abcdef0', direction: 'to-edge', bitsPerSecond: 9e6, from: new Date(now).toISOString(), until: new Date(now + 7_200_000).toISOString() };
    let began = 0;
    bench.once('Mark serving', () => { began = bench.account.clock.now(); });
    let ended = 0;
    bench.once('Begin verification', () => { ended = bench.account.clock.now(); });
    const execution = await run(site, { reservation, root: 'arn:aws:states:us-east-1:111122223333:execution:Fleet:one', keepSource: 'forever' });
    expectSuccess(execution);
    expect(replications(site)[0]!.input).toMatchObject({ rateLimit: 1 });
    // a GiB at 1 MiB/s, from the first block on
    expect((ended - began) / 1000).toBeGreaterThan(1000);
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('running');
    await expectServed(site, 'target');
    expect(pair.blocksLeft).toBe(0);
    bench.expectLinksFree();
  }));

  test('slower while others send more than was thought, and as before when they do not: never more than the share of what they leave', () => rehearseBlocks(async site => {
    const { bench } = site;
    const { account } = bench;
    const link = account.links.of(account.outposts.site(outpostArn)!);
    const limits: number[] = [];
    const look = (): void => {
      const limit = Number(bench.tagsOf(bench.sourceInstanceId)['instance-mobility:rate-limit'] ?? limits.at(-1) ?? 47);
      if (limit !== limits.at(-1)) limits.push(limit);
      account.clock.after(10_000, look);
    };
    look();
    const span = { from: 0, until: 0 };
    bench.once('Ask for status', () => account.clock.after(600_000, () => {
      // 50 MB/s of 62.5, for two hours
      const others = link.carry('to-edge', { most: 50e6 });
      span.from = account.clock.now() + 6_000_000;
      account.clock.after(7_200_000, () => {
        span.until = account.clock.now();
        others.stop();
      });
    }));
    const execution = await run(site);
    expectSuccess(execution);
    // 0.8 of 500 Mbit/s, and of the 12.5 MB/s that are left of them; while the line is full nobody sees how much others want
    const lowest = limits.indexOf(9);
    expect([limits.at(0), Math.min(...limits), limits.at(-1)]).toEqual([47, 9, 47]);
    expect(limits).toEqual([...limits.slice(0, lowest).sort((a, b) => b - a), ...limits.slice(lowest).sort((a, b) => a - b)]);
    expect(limits.length).toBeLessThan(9);
    const ours = link.sentBetween('to-edge', span.from, span.until) - 50e6 * (span.until - span.from) / 1000;
    expect(ours / (span.until - span.from) * 1000).toBeLessThanOrEqual(0.8 * 12.5e6);
    expect(ours / (span.until - span.from) * 1000).toBeGreaterThan(0.7 * 12.5e6);
    // nothing of it stays, and nothing waited for it in vain
    expect(bench.tagsOf(bench.target()!)['instance-mobility:rate-limit']).toBeUndefined();
    await expectServed(site, 'target');
    bench.expectNothingLeft(execution);
  }, 200));

  test('slot by slot as its forecast leaves it: less in the hours in which others are busy every day, before they are seen to be', () => rehearseBlocks(async site => {
    const { bench } = site;
    const { account } = bench;
    const link = account.links.of(account.outposts.site(outpostArn)!);
    // what an earlier fleet took is read, too
    const from = account.clock.now() / 1000 - 86_400;
    const past = JSON.stringify([{ book: 'outpost/op-0123456789abcdef0#to-edge', from, to: from + 7200, rate: 1 }]);
    const Key = `past/${new Date(from * 1000).toISOString()}-earlier.json`;
    for (const { objects } of account.s3.buckets.values()) {
      objects.set(Key, { Key, body: new TextEncoder().encode(past), ETag: '"1"', LastModified: new Date(from * 1000), ContentType: 'application/json', Metadata: {}, encryption: { algorithm: 'AES256' } });
    }
    let began = 0;
    bench.once('Mark serving', () => { began = account.clock.now(); });
    let ended = 0;
    bench.once('Begin verification', () => { ended = account.clock.now(); });
    const execution = await run(site);
    expectSuccess(execution);
    const slots = [];
    for (let at = Math.ceil(began / SLOT_MS) * SLOT_MS; at + SLOT_MS <= ended; at += SLOT_MS) {
      slots.push({ busy: isBusy(at), room: 0.8 * (CAPACITY - busyByDay(at)) / 8, sent: link.sentBetween('to-edge', at, at + SLOT_MS) / (SLOT_MS / 1000) });
    }
    expect(new Set(slots.map(({ busy }) => busy))).toEqual(new Set([true, false]));
    for (const { sent, room } of slots) expect(sent).toBeLessThanOrEqual(room);
    // and what is left is used: but for some minutes around each change
    for (const [index, { sent, room, busy }] of slots.entries()) {
      if (slots[index - 1]?.busy === busy && slots[index + 1]?.busy === busy) expect(sent).toBeGreaterThan(0.85 * room);
    }
    await expectServed(site, 'target');
    bench.expectNothingLeft(execution);
    bench.expectLinksFree();
  }, 300, busyByDay));

  test.each<[string, 'source' | 'target', object]>([
    ['Switch target', 'source', { status: 'FAILED', error: 'HostUnreachable' }], ['Ask for status', 'target', { status: 'SUCCEEDED' }],
  ])('a service link that breaks for a quarter of an hour (at %s): the %s serves, and no write is missing', (state, side, end) => rehearseBlocks(async site => {
    const { bench, pair } = site;
    const met = bench.once(state, () => {
      const now = bench.account.clock.now();
      bench.account.outposts.disconnect(outpostArn, now, now + 900_000);
    });
    const execution = await run(site);
    expect({ met: met(), status: execution.status, error: execution.error }).toMatchObject({ met: true, ...end });
    await expectServed(site, side);
    expect(pair.blocksLeft).toBe(0);
    bench.expectNothingLeft(execution);
    expect(bench.others()).toHaveLength(side === 'target' ? 1 : 0);
  }));

  test('copying nothing though both see each other: an hour later both are kept, the link is free, and the error says so', () => rehearseBlocks(async site => {
    const { bench, pair } = site;
    const { clock } = bench.account;
    let stood = 0;
    bench.once('Ask for status', () => clock.after(600_000, () => {
      stood = clock.now();
      pair.hang(3 * 86_400_000);
    }));
    const execution = await run(site);
    const [replication] = replications(site);
    expect(replication).toMatchObject({ status: 'FAILED', error: 'ReplicationStandsStill' });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'ReplicationUnfinished', cause: expect.stringContaining('nothing was copied since') });
    const minutes = (clock.now() - stood) / 60_000;
    expect(minutes).toBeGreaterThan(60);
    expect(minutes).toBeLessThan(80);
    expect(pair.blocksLeft).toBeGreaterThan(0);
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('running');
    await expectServed(site, 'target');
    bench.expectLeasesFree();
    bench.expectLinksFree();
  }, 300));

  test('copying nothing for three quarters of an hour: that is told, and it goes on', () => rehearseBlocks(async site => {
    const { bench, pair } = site;
    bench.once('Ask for status', () => bench.account.clock.after(600_000, () => pair.hang(2_700_000)));
    const execution = await run(site);
    expectSuccess(execution);
    expect(JSON.stringify(replications(site)[0]!.events)).toMatch(/nothing was copied since .{24}, though the two instances see each other/);
    await expectServed(site, 'target');
    bench.expectNothingLeft(execution);
  }, 300));

  test('in a group it is handed over when the others are ready, however they travel', () => rehearseBlocks(async site => {
    const { bench } = site;
    const { account, sourceInstanceId } = bench;
    const other = account.ec2.addInstance({ name: 'other', type: 'm5.large', profile: 'app-server', tags: { [MOVABLE.key]: MOVABLE.value }, subnetId: home, volumes: [{ size: 8, written: 1 }] }).instanceId;
    const at = (minutes: number): string => new Date(account.clock.now() + minutes * 60_000).toISOString();
    const common = {
      gate: { id: 'friday', members: [sourceInstanceId, other], until: at(60) }, root: 'arn:aws:states:us-east-1:111122223333:execution:Fleet:one',
      reservation: { link: 'outpost/op-0123456789abcdef0', direction: 'to-edge', bitsPerSecond: 200e6, from: at(0), until: at(20) }, keepSource: 'forever',
    };
    const first = bench.start({ ...moving, ...common });
    await account.clock.advance(5 * 60_000);
    expect(first.trace.at(-1)).toBe('Wait for group before hand-over');
    await expectServed(site, 'source');
    const second = bench.start({ ...common, instanceId: other, transport: 'ebs', services: [], traffic: {} });
    for (const run of [first, second]) expectSuccess(await bench.finish(run));
    const entered = ({ events }: Execution, state: string): number =>
      Number(events.find(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state)!.timestamp);
    const began = entered(second, 'Announce to group');
    expect(entered(first, 'Hand over') - began).toBeGreaterThan(0);
    expect(entered(first, 'Hand over') - began).toBeLessThan(120_000);
    await expectServed(site, 'target');
    bench.expectLinksFree();
  }));

  test('in a group whose others do not come it is not handed over, and the link is held no longer', () => rehearseBlocks(async site => {
    const { bench } = site;
    const until = new Date(bench.account.clock.now() + 900_000).toISOString();
    const execution = await run(site, { gate: { id: 'friday', members: [bench.sourceInstanceId, 'i-0123456789abcdef0'], until } });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'GroupNotReady', cause: expect.stringContaining('waited until') });
    expect(execution.trace).not.toContain('Hand over');
    expect(replications(site)).toEqual([]);
    await expectServed(site, 'source');
    bench.expectNothingLeft(execution);
    bench.expectSourceUntouched();
  }));

  test('is chosen where the pause of snapshots would be too long, and the plan says so', () => rehearseBlocks(async site => {
    const { bench } = site;
    const execution = await run(site, { transport: 'auto', maxDowntime: 'PT2M', volumes: {}, planOnly: true });
    expectSuccess(execution);
    const { plan } = execution.output as Any;
    expect(plan.travel.map((each: Any) => [each.device, each.transport, each.copy])).toEqual([['/dev/xvda', 'ebs', 'pre-copy'], [DEVICE, 'blocks', 'pre-copy']]);
    expect(plan.travel[1].why).toMatch(/pause of 260 s at least, and 120 s are tolerated/);
    expect(plan.bytes).toBe(2 ** 30);
    expect(replications(site)).toEqual([]);
    bench.expectSourceUntouched();
  }));

  test.each<[string, { [key: string]: Json }, string, RegExp]>([
    ['the root', { volumes: { '/dev/xvda': { transport: 'blocks' } } }, 'TransportNotPossible', /is the root/],
    ['with "stopSource"', { stopSource: true }, 'TransportNotPossible', /ends what sends them/],
    ['in less than it takes', { maxDowntime: 'PT10S' }, 'DowntimeTooShort', /may take 30 s/],
    ['a device that is not there', { volumes: { '/dev/sdz': { transport: 'blocks' } } }, 'TransportNotPossible', /has no \/dev\/sdz/],
  ])('refused: %s', (_, more, error, message) => rehearseBlocks(async site => {
    const execution = await run(site, more);
    expect(execution).toMatchObject({ status: 'FAILED', error, cause: expect.stringMatching(message) });
    expect(replications(site)).toEqual([]);
    site.bench.expectNothingLeft(execution);
  }));

  test('not in another VPC than that whose ports the construct opens', () => rehearseBlocks(async site => {
    const { bench } = site;
    const { ec2 } = bench.account;
    const elsewhere = 'vpc-0fedcba9876543210';
    const server = ec2.instances.get(bench.sourceInstanceId)!;
    const groups = server.SecurityGroups!.map(({ GroupId }) => ec2.securityGroups.get(GroupId!)!);
    for (const each of [server, ec2.subnets.get(factory)!, ...groups]) each.VpcId = elsewhere;
    const refused = await run(site, { planOnly: true });
    expect(refused).toMatchObject({ status: 'FAILED', error: 'PortsNotPossible', cause: expect.stringContaining(`${bench.sourceInstanceId} is in ${elsewhere}`) });
    bench.expectNothingLeft(refused);
    // AWS needs no ports
    expectSuccess(await run(site, { planOnly: true, transport: 'ebs', volumes: {} }));
  }));

  test('what fails before or in the switch has its own name, the source serves, and link and lease are free', () => rehearseBlocks(async site => {
    const { bench, pair } = site;
    pair.fail('target', 'switch-target', { status: 6, error: 'EngineFailed', message: 'ordered' });
    const execution = await run(site);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'EngineFailed', cause: expect.stringContaining(replications(site)[0]!.arn) });
    expect(JSON.parse(execution.cause!)).toMatchObject({ phase: 'preparing' });
    await expectServed(site, 'source');
    expect(bench.others()).toEqual([]);
    bench.expectNothingLeft(execution);
  }));

  test('what fails after it leaves both, and says where to go on', () => rehearseBlocks(async site => {
    const { bench } = site;
    bench.account.fail('CreateTags', 'OrderedFailure', { times: Infinity, ...bench.by('Mark verified') });
    const execution = await run(site);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'ReplicationUnfinished', cause: expect.stringContaining('continue its session, or fall back') });
    expect(JSON.parse(execution.cause!)).toMatchObject({ phase: 'serving' });
    await expectServed(site, 'target');
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('running');
    bench.expectLeasesFree();
    bench.expectLinksFree();
  }));

  test('another execution can not take the instance meanwhile, and an abort leaves the move to its own machine', () => rehearseBlocks(async site => {
    const { bench, pair } = site;
    const first = bench.start({ ...moving, ...late });
    let second: Execution | undefined;
    bench.once('Ask for status', () => {
      second = bench.start({ ...moving, transport: 'ebs' });
      first.stop('Test', 'aborted by the test');
    });
    await bench.finish(first);
    expect(first.status).toBe('ABORTED');
    expect(second!.status).toBe('FAILED');
    expect(replications(site).map(({ status }) => status)).toEqual(['SUCCEEDED']);
    await expectServed(site, 'target');
    expect(pair.blocksLeft).toBe(0);
    expect(bench.stateOf(bench.sourceInstanceId)).toBe('running');
    bench.expectLeasesFree();
  }));
});

describe('by blocks that go before the switch', () => {
  const ahead = ({ bench }: Site, more: { [key: string]: Json } = {}): Promise<Execution> => bench.run({ ...moving, ...more });
  /** A GiB takes a quarter of an hour. */
  const slowly = ({ bench }: Site): { [key: string]: Json } => {
    const now = bench.account.clock.now();
    const reservation = { link: 'outpost/op-0123456789abcdef0', direction: 'to-edge', bitsPerSecond: 9e6, from: new Date(now).toISOString(), until: new Date(now + 7_200_000).toISOString() };
    return { reservation, root: 'arn:aws:states:us-east-1:111122223333:execution:Fleet:one', keepSource: 'forever' };
  };
  /** How many blocks the target lacks as it takes over. */
  const missingAtSwitch = ({ bench, pair }: Site): () => number | undefined => {
    let missing: number | undefined;
    bench.once('Switch source', () => { missing = pair.blocksLeft; });
    return () => missing;
  };

  test('as is the rule: the target has all of them when it takes over, and both pauses are told', () => rehearseBlocks(async site => {
    const { bench, pair } = site;
    const missing = missingAtSwitch(site);
    const execution = await ahead(site, { traffic: bench.traffic });
    expectSuccess(execution);
    expect(missing()).toBe(0);
    const { plan, pauseSeconds, preCopy, volumes, verified } = execution.output as Any;
    expect(plan.travel[1]).toMatchObject({ copy: 'pre-copy', why: expect.stringMatching(/before the switch, while the source serves \(it writes 0 MB\/s, of 50 MB\/s that it may send: some 0 h\)$/) });
    expect(volumes[1]).toMatchObject({ device: DEVICE, copy: 'pre-copy' });
    expect(preCopy).toMatchObject({ percent: 100, bytesLeft: 0 });
    expect(pauseSeconds).toBeGreaterThan(preCopy.pauseSeconds);
    expect(pauseSeconds).toBeLessThan(90);
    expect(verified).toMatchObject({ verified: true, outOfSyncBytes: 0 });
    expect(replications(site)[0]!.input).toMatchObject({ copy: 'auto', rateLimit: 47 });
    await expectServed(site, 'target');
    expect(pair.blocksLeft).toBe(0);
    bench.expectNothingLeft(execution);
  }));

  test('until a deadline comes near: then the target takes over, and the rest follows', () => rehearseBlocks(async site => {
    const { bench, pair } = site;
    const missing = missingAtSwitch(site);
    // from the request on; the target is launched and prepared before the first block goes
    const deadline = new Date(bench.account.clock.now() + 30 * 60_000).toISOString();
    const execution = await ahead(site, { ...slowly(site), deadline });
    expectSuccess(execution);
    expect(missing()).toBeGreaterThan(0);
    const { preCopy, switchedAt } = execution.output as Any;
    expect(preCopy.percent).toBeGreaterThan(0);
    expect(preCopy.percent).toBeLessThan(100);
    expect(Date.parse(switchedAt)).toBeLessThan(Date.parse(deadline));
    await expectServed(site, 'target');
    expect(pair.blocksLeft).toBe(0);
    bench.expectNothingLeft(execution);
  }));

  test('over a service link that breaks for an hour: the source serves, and the copy goes on', () => rehearseBlocks(async site => {
    const { bench, pair } = site;
    const missing = missingAtSwitch(site);
    let served: unknown;
    bench.once('Ask for pre-copy', () => {
      const now = bench.account.clock.now();
      bench.account.outposts.disconnect(outpostArn, now, now + 3_600_000);
      bench.account.clock.after(1_800_000, () => { served = pair.serving; });
    });
    const execution = await ahead(site, slowly(site));
    expectSuccess(execution);
    expect({ served, missing: missing() }).toEqual({ served: ['source'], missing: 0 });
    await expectServed(site, 'target');
    bench.expectNothingLeft(execution);
  }));

  test('not where the instance writes as much as it may send', () => rehearseBlocks(async site => {
    const { bench } = site;
    const { account } = bench;
    const volumeId = bench.volumesOf(bench.sourceInstanceId).find(({ device }) => device === DEVICE)!.volumeId;
    const metric = { namespace: 'AWS/EBS', metricName: 'VolumeWriteBytes', dimensions: { VolumeId: volumeId } };
    for (let time = account.clock.now() - 7_200_000; time < account.clock.now(); time += 60_000) account.cloudwatch.put(metric, 60 * 2e6, time);
    const execution = await ahead(site, { ...slowly(site), planOnly: true });
    expectSuccess(execution);
    expect((execution.output as Any).plan.travel[1]).toMatchObject({ copy: 'post-copy', why: expect.stringContaining('it writes 2 MB/s, of 1.1 MB/s that it may send') });
  }));
});

test('without something that replicates nobody is moved by blocks', () => rehearseMigration(synthesizedMigration(), async bench => {
  const execution = await bench.run({ transport: 'blocks' });
  expect(execution).toMatchObject({ status: 'FAILED', error: 'TransportNotPossible', cause: expect.stringContaining('has no `blocks`') });
  bench.expectNothingLeft(execution);
}));
