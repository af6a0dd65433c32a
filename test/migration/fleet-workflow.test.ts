/** The machine that plans and starts the moves of a fleet, with a stand-in for the machine that makes each. */
import type { GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import type { FleetPlanDocument } from '../../lambda/shared/fleet/plan';
import type { FleetReport } from '../../lambda/shared/fleet/report';
import type { Execution } from '../../rehearsal/asl';
import type { PublishedMessage } from '../../rehearsal/cloud/sns/state';
import { FleetBench, type MoveExecution, OUTPOST, type Server, type Surroundings, synthesizedFleet, VPN } from '../support/fleet';
import { expectSuccess } from '../support/rehearse';

jest.setTimeout(240_000);

const assembly = synthesizedFleet();
const SERVERS: readonly Server[] = [{ name: 'web', data: 10 }, { name: 'db', data: 30 }, { name: 'app' }];
const HOUR = 3_600_000;

async function rehearse(servers: readonly Server[], story: (bench: FleetBench) => Promise<void>, link: Surroundings = {}): Promise<void> {
  const bench = await FleetBench.start(assembly, servers, link);
  try {
    await story(bench);
  } finally {
    await bench.close();
  }
}

const states = ({ events }: Execution): string[] => events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
const plan = (bench: FleetBench, run: Execution): FleetPlanDocument => bench.stored(run, 'plan.json');
const report = (bench: FleetBench, run: Execution): FleetReport => bench.stored(run, 'report.json');
/** What is held of the link by the moves that were started, by its slots. */
const steps = ({ account }: FleetBench): { at: number; mbit: number }[] => [...account.dynamodb.tables.values()].flatMap(table => table.all())
  .flatMap(({ held }) => Object.values(held?.M ?? {})).flatMap(({ M }) => (M?.['steps']?.S ?? '').split(' ').filter(Boolean))
  .map(step => ({ at: Number(step.split(':')[0]) * 1000, mbit: Number(step.split(':')[1]) * 8 / 1e6 }));
const hours = (bench: FleetBench, { input }: MoveExecution): number => (Date.parse(input.reservation.from) - bench.began) / HOUR;

test('what a move holds follows the forecast slot by slot, while it copies', () => rehearse([{ name: 'big', data: 250 }], async bench => {
  const { account, began } = bench;
  const run = bench.start({ strategy: 'now', rates: [100] });
  await account.clock.advance(HOUR);
  const [move] = bench.moves();
  expect(move?.input.reservation.bitsPerSecond).toBe(100e6);
  expect(steps(bench)).toEqual([]);
  // points that came late: yesterday others have nearly filled the link, from noon to two
  const [from, to] = [12, 14].map(hour => Math.floor(began / 86_400_000) * 86_400_000 - 86_400_000 + hour * HOUR) as [number, number];
  const metric = { namespace: 'AWS/VPN', metricName: 'TunnelDataOut', dimensions: { VpnId: VPN.vpnConnectionId!, TunnelIpAddress: '203.0.113.1' } };
  for (let time = from; time < to; time += 300_000) account.cloudwatch.put(metric, 190e6 / 8 * 300, time);
  await account.clock.advance(1.5 * HOUR);
  const [less, more] = steps(bench);
  expect(less!.at).toBe(from + 86_400_000);
  // 80 Mbit/s, in whole MiB/s
  expect(less!.mbit).toBe(9 * 2 ** 20 * 8 / 1e6);
  expect(more).toEqual({ at: to + 86_400_000, mbit: 100 });
  expectSuccess(await bench.finish(run));
}, { others: () => 5e6 / 8 }));

test('fleets with long names that begin alike go on as executions of their own', () => rehearse(SERVERS.slice(0, 2), async bench => {
  const firsts = [...bench.ids.values()].map((id, index) => bench.start({ instances: { ids: [id] } }, { name: `${'nightly-'.repeat(9)}fleet-${index}` }));
  const lasts = [];
  for (const first of firsts) lasts.push(await bench.finish(first));
  lasts.forEach(expectSuccess);
  expect(lasts.map(({ output }) => output)).toEqual([expect.objectContaining({ moved: 1 }), expect.objectContaining({ moved: 1 })]);
  const names = lasts.map(({ arn }) => arn.split(':')[7]!);
  for (const [index, name] of names.entries()) {
    expect(name).toMatch(/^(nightly-){7}nigh.*-part\d$/);
    expect(name.length).toBeLessThanOrEqual(80);
    expect(lasts[index]!.arn).not.toBe(firsts[index]!.arn);
  }
  expect(new Set(names).size).toBe(2);
}));

test('a fleet is planned for the hours in which it idles, started when it does, goes on as further executions, and is reported', () => rehearse(SERVERS, async bench => {
  const first = bench.start();
  const run = await bench.finish(first);
  expectSuccess(run);
  expect(states(first).slice(0, 13)).toEqual([
    'Begin fleet', 'Continued?', 'Check fleet request', 'Describe fleet', 'Check destination', 'Read metrics', 'Read instance metrics', 'Forecast links', 'Plan migrations',
    'Plan only?', 'Needs plan approval?', 'Anything to move?', 'Are migrations running',
  ]);
  expect(states(first).slice(-2)).toEqual(['Continue fleet', 'Goes on']);
  expect(states(run).slice(0, 3)).toEqual(['Begin fleet', 'Continued?', 'Are migrations running']);
  expect(run.arn).toMatch(new RegExp(`^${first.arn}-part\\d$`));

  const { moves, refusals, gap, links: [link], metrics, execution } = plan(bench, run);
  expect({ execution, refusals }).toEqual({ execution: first.arn, refusals: [] });
  expect(moves.map(({ name }) => name).sort()).toEqual(['app', 'db', 'web']);
  expect(gap).toBeLessThan(0.01);
  // three instances with two volumes each, and one tunnel
  expect(metrics).toEqual({ read: 10, perTick: 10 });
  expect(link).toMatchObject({ id: VPN.id, direction: 'to-edge', capacity: 25e6, share: 0.8, isUp: true, note: null });

  const made = bench.moves();
  // CPU is low from 11:00 on
  expect(made.map(move => new Date(move.input.reservation.from).getUTCHours()).filter(hour => hour >= 7 && hour < 11)).toEqual([]);
  for (const { input } of made) {
    expect(input).toMatchObject({ destination: 'factory', root: first.arn, maxDowntime: 'PT15M', approve: [], reservation: { link: VPN.id, direction: 'to-edge' } });
  }
  expect(run.output).toMatchObject({ moved: 3, failed: [], refused: [], more: 0 });
  const { moved, error } = report(bench, run);
  expect(moved).toHaveLength(3);
  expect(moved[0]).toMatchObject({ downtime: { realised: 42 }, bytes: { realised: 21e9 }, targetInstanceId: 'i-0fedcba9876543210' });
  expect(error.seconds).toBeLessThan(0.3);
  // five percent is what they are busy with when they are copied, and was forecast
  for (const { cpu } of moved) expect([cpu.predicted, cpu.realised].map(percent => percent && Math.round(percent))).toEqual([5, 5]);
  expect(error.cpu).toBeLessThan(0.5);

  // the next fleet learns from this one: how long a move may take at most is told otherwise
  const atMost = ({ seconds: { to, modelled } }: { readonly seconds: { readonly to: number; readonly modelled: number } }): number => to / modelled;
  const next = await bench.run({ planOnly: true });
  expectSuccess(next);
  expect(next.output).toMatchObject({ plan: { moves: 3, refused: 0 }, key: expect.stringMatching(/^fleets\/.*\/plan\.json$/) });
  for (const move of plan(bench, next).moves) expect(Math.abs(atMost(move) - atMost(moves[0]!))).toBeGreaterThan(0.01);
  expect(bench.moves()).toHaveLength(3);
}));

test('two fleets with one ledger never overbook the link', () => rehearse(['a', 'b', 'c', 'd', 'e', 'f'].map(name => ({ name, data: 12 })), async bench => {
  const ids = [...bench.ids.values()];
  const both = [ids.slice(0, 3), ids.slice(3)].map(some => bench.start({ strategy: 'now', instances: { ids: some }, rates: [60] }));
  for (const run of both) expect((await bench.finish(run)).output).toMatchObject({ moved: 3 });
  const made = bench.moves();
  expect(made).toHaveLength(6);
  const { links: [link], grid } = plan(bench, both[0]!);
  const spans = made.map(({ input: { reservation: { from, until, bitsPerSecond } } }) =>
    ({ from: Date.parse(from) / 1000, until: Date.parse(until) / 1000, rate: bitsPerSecond / 8 }));
  for (const { from } of spans) {
    const sum = spans.filter(other => other.from <= from && from < other.until).reduce((total, { rate }) => total + rate, 0);
    expect(sum).toBeLessThanOrEqual(link!.room[Math.floor((from - grid.start) / 900)]!);
  }
  // both had room for two at a time and wanted all at once: somebody was slower
  expect(new Set(spans.map(({ from }) => Math.floor(from / 900))).size).toBeGreaterThan(2);
}));

test('who waits begins after those it waits for; a group ends together; a window is kept', () => rehearse([...SERVERS, { name: 'cache' }, { name: 'batch' }], async bench => {
  const { web, db, app, cache, batch } = Object.fromEntries(bench.ids) as Record<string, string>;
  const run = await bench.run({
    strategy: 'now', after: { [web!]: [db!] }, groups: [[app!, cache!]],
    overrides: { [batch!]: { strategy: 'window', windows: [{ from: '11:00', to: '15:00' }], services: ['batch.service'], keepSource: 'forever' } },
  });
  expect(run.output).toMatchObject({ moved: 5 });
  const of = (name: string): MoveExecution => bench.moves().find(move => move.name === name)!;
  const until = (name: string): number => Date.parse(of(name).input.reservation.until);
  expect(hours(bench, of('db'))).toBeLessThan(1);
  expect(Date.parse(of('web').input.reservation.from)).toBeGreaterThanOrEqual(until('db') - 900_000);
  expect(until('app')).toBe(until('cache'));
  expect(of('app').input).toMatchObject({ gate: { id: expect.stringMatching(/^[0-9a-f]{32}$/), members: [app, cache].sort() } });
  expect(of('cache').input.gate).toMatchObject((({ id, members }) => ({ id, members }))(of('app').input.gate as { id: string; members: string[] }));
  expect(of('batch').input).not.toHaveProperty('gate');
  expect(report(bench, run).groups).toEqual([{ ids: [app, cache], apartSeconds: expect.any(Number), stayed: [] }]);
  expect(new Date(of('batch').input.reservation.from).toISOString()).toMatch(/T1[1-4]:/);
  expect(of('batch').input).toMatchObject({ services: ['batch.service'], keepSource: 'forever' });
}));

test('who has moved makes room for the next in the same quarter of an hour', () => rehearse([{ name: 'a' }, { name: 'b' }, { name: 'c' }], async bench => {
  const run = await bench.run({ strategy: 'now', maxConcurrent: 1 });
  expect(run.output).toMatchObject({ moved: 3 });
  const made = bench.moves().map(move => move.run);
  const idle = made.slice(1).map(({ startDate }, index) => startDate.getTime() - made[index]!.stopDate!.getTime());
  // it is seen at the next look
  for (const milliseconds of idle) expect(milliseconds).toBeLessThan(16 * 60_000);
  expect(idle).toHaveLength(2);
  // those who wait are seen as late as CloudWatch has them, the past of all by the planner's slots
  const periods = bench.account.calls.filter(({ operation, input }) => operation === 'GetMetricData' && JSON.stringify(input).includes('CPUUtilization'))
    .map(({ input }) => input as GetMetricDataCommandInput)
    .map(({ StartTime, EndTime, MetricDataQueries }) => [+EndTime! - +StartTime! > 86_400_000, MetricDataQueries![0]!.MetricStat!.Period] as const);
  expect(new Set(periods.map(([whole, period]) => `${whole ? 'past' : 'now'} ${period}`))).toEqual(new Set(['past 900', 'now 300']));
}));

test('what can be seen to be impossible is refused with a sentence each, and the rest moves', () => rehearse([
  { name: 'web' }, { name: 'stopped', state: 'stopped' }, { name: 'strange', tags: {} }, { name: 'disks', type: 'm5d.large' }, { name: 'waits' },
  { name: 'young', days: 2 }, { name: 'writer', data: 100, writes: () => 15e6 }, { name: 'grouped' },
], async bench => {
  const overrides = { [bench.id('writer')]: { transport: 'ebs' } };
  bench.account.autoScaling.addMember(bench.id('grouped'), { group: 'web' });
  const run = await bench.run({
    planOnly: true, rates: [80], after: { [bench.id('waits')]: [bench.id('stopped')] }, overrides,
    instances: { ids: [...bench.ids.values(), 'i-00000000000000000'] },
  });
  expectSuccess(run);
  const { moves, refusals } = plan(bench, run);
  expect(moves.map(({ name }) => name)).toEqual(['web']);
  const reasons = Object.fromEntries(refusals.map(({ id, reason }) => [[...bench.ids].find(([, each]) => each === id)?.[0] ?? id, reason.replace(id, 'it')]));
  expect(reasons).toEqual({
    'i-00000000000000000': 'it does not exist in this account and Region',
    'stopped': 'it is stopped; only running instances are moved',
    'grouped': 'it is InService in the Auto Scaling group web, which would replace it as soon as it is gone; put it in standby there, or detach it, first',
    'strange': 'it does not carry the tag movable=yes, without which nothing may be moved',
    'disks': 'it is of type m5d.large, whose instance store would stay behind; move its data by InstanceStoreSync first',
    'waits': `it waits for ${bench.id('stopped')}, which can not be moved`,
    'young': "it has 2 days of metrics, 5 are needed for 'adaptive'; wait, or use 'now' or 'window'",
    'writer': expect.stringMatching(/^it writes 54 GB\/h, 80 Mbit\/s: will not converge before .*; use post-copy \(transport "blocks"\) or another window$/),
  });
  // by their tag: those without it are not even looked at
  const tagged = await bench.run({ planOnly: true, overrides, instances: { tag: { key: 'movable', value: 'yes' } } });
  expect(tagged.output).toMatchObject({ plan: { refused: 5 } });
  // nobody left to move: it is over at once
  const none = await bench.run({ instances: { ids: [bench.id('stopped')] } });
  expect(none.output).toMatchObject({ moved: 0, refused: [{ id: bench.id('stopped') }] });
  expect(states(none)).not.toContain('Read new points');
}));

test('who does not fit at the Outpost stays, and the others move; what moves under way will take is not free for the next fleet', () => rehearse(
  ['a', 'b', 'c'].map(name => ({ name, data: 10 })), async bench => {
    const [a, b, c] = ['a', 'b', 'c'].map(name => bench.id(name)) as [string, string, string];
    const first = bench.start({ strategy: 'now', priority: { [a]: -1 }, maxConcurrent: 1 });
    await bench.account.clock.advance(20 * 60_000);
    expect(bench.moves()).toHaveLength(1);
    // the move under way holds the place that it is going to
    const next = await bench.run({ instances: { ids: [a] }, planOnly: true });
    expect(plan(bench, next)).toMatchObject({ moves: [{ id: a }], refusals: [] });
    const both = await bench.run({ instances: { ids: [a, bench.moves()[0]!.name === 'b' ? c : b] }, priority: { [a]: -1 }, planOnly: true });
    expect(plan(bench, both).refusals).toEqual([{
      id: a, name: 'a', reason: `${a} needs room for an instance of type m5.large at factory, which has 2 free (1 promised to moves under way, 1 to others of this fleet);`
        + ' make room there (instances of type m5.large), or leave others out',
    }]);
    const run = await bench.finish(first);
    expectSuccess(run);
    expect(run.output).toMatchObject({ moved: 2, failed: [], refused: [{ id: a, reason: expect.stringContaining('which has 2 free (2 to others of this fleet);') }] });
    expect(plan(bench, run).notes).toEqual(expect.arrayContaining([expect.stringContaining('packets of more than 1,300 bytes'), expect.stringContaining('default key on their way')]));
    expect(bench.moves().map(({ name }) => name).sort()).toEqual(['b', 'c']);
  }, { rack: { slots: { 'm5.large': 2 } } },
));

test('who tolerates no such pause is refused before anything is read of it', () => rehearse([{ name: 'web' }, { name: 'hasty' }], async bench => {
  const run = await bench.run({ planOnly: true, strategy: 'now', overrides: { [bench.id('hasty')]: { maxDowntime: 'PT10S' } } });
  expectSuccess(run);
  expect(run.output).toMatchObject({ plan: { moves: 1, refused: 1 } });
  expect(plan(bench, run)).toMatchObject({ refusals: [{ name: 'hasty', reason: expect.stringContaining('it may take 30 s; allow more') }], metrics: { read: 4 } });
}));

test('an Outpost refuses what it is not installed for; where CloudWatch tells nothing, the plan says so', () => rehearse(
  [{ name: 'web' }, { name: 'strange', type: 'c5.large' }, { name: 'waits' }], async bench => {
    const { web, strange, waits } = Object.fromEntries(bench.ids) as Record<string, string>;
    bench.account.outposts.disconnect(OUTPOST, bench.account.clock.now() - 2 * HOUR, bench.account.clock.now() + HOUR);
    const run = await bench.run({ planOnly: true, strategy: 'now', after: { [waits!]: [strange!] } });
    expectSuccess(run);
    expect(plan(bench, run).moves.map(({ id }) => id)).toEqual([web]);
    expect(plan(bench, run).refusals.map(({ reason }) => reason)).toEqual([
      `${strange} can not be launched there: factory does not offer c5.large, but m5.large, m5.xlarge: change the type of the source to one of them first, or have the capacity there configured`,
      `${waits} waits for ${strange}, which can not be moved`,
    ]);
    expect(plan(bench, run).notes).toContainEqual(expect.stringMatching(/^CloudWatch tells nothing of the room for m5.large, gp\d volumes at factory/));
  },
));

test('who is at an Outpost comes home, unless its snapshots have to stay there', () => rehearse(
  [{ name: 'web', at: 'factory' }, { name: 'locked', at: 'factory' }], async bench => {
    const { web, locked } = Object.fromEntries(bench.ids) as Record<string, string>;
    const volumeId = bench.account.ec2.instances.get(locked!)!.BlockDeviceMappings[1]!.Ebs!.VolumeId!;
    await bench.account.call('EC2', 'CreateSnapshot', { VolumeId: volumeId, OutpostArn: OUTPOST }, { callerArn: 'arn:aws:iam::111122223333:user/operator' });
    const run = await bench.run({ destination: 'home', planOnly: true, strategy: 'now' });
    expectSuccess(run);
    expect(plan(bench, run)).toMatchObject({
      moves: [{ id: web }], notes: [expect.stringContaining('keys that are not among the construct\'s volumeKeys'), expect.stringContaining('moved by AWS')],
      refusals: [{ id: locked, name: 'locked', reason: expect.stringMatching(new RegExp(`^snapshots of ${locked} have to stay where the former ones are: /dev/sdf \\(${volumeId}\\): snap-\\w+ is at ${OUTPOST}`)) }],
    });
  }, { rack: { localSnapshots: true } },
));

test('blocks follow the switch, however much is written meanwhile, and the move is told', () => rehearse([{ name: 'writer', data: 30, writes: () => 11e6 }], async bench => {
  const run = await bench.run({ strategy: 'now', rates: [80] });
  expect(run.output).toMatchObject({ moved: 1 });
  expect(bench.moves()[0]!.input).toMatchObject({ volumes: { '/dev/sdf': { copy: 'post-copy' } } });
}));

test('what AWS moves goes one by one, and the plan says that nobody can pace it', () => rehearse(['a', 'b'].map(name => ({ name, data: 5 })), async bench => {
  const run = await bench.run({ strategy: 'now', transport: 'auto' });
  expect(run.output).toMatchObject({ moved: 2 });
  const [first, second] = bench.moves().map(({ input: { reservation } }) => reservation);
  expect(Date.parse(second!.from)).toBeGreaterThanOrEqual(Date.parse(first!.from) + 900_000);
  expect(plan(bench, run).moves.every(({ unpaced }) => unpaced)).toBe(true);
  expect(plan(bench, run).notes.at(-1)).toMatch(/^\d+ GB of volumes are moved by AWS, over a way that is none of these links and that nobody can pace$/);
  expect(bench.page(run)).toMatch(/^<!doctype html>[\s\S]*moved by AWS, which nobody can pace/i);
}));

test('nothing starts while the link is down', () => rehearse([{ name: 'web' }], async bench => {
  const run = await bench.run({ strategy: 'now' });
  expect(run.output).toMatchObject({ moved: 1 });
  expect(hours(bench, bench.moves()[0]!)).toBeGreaterThanOrEqual(3);
  expect(plan(bench, run).notes).toContain(`${VPN.id} is down: nothing starts before it is up again`);
}, { isUp: after => after >= 3 }));

test('a move that gave its slot back is tried again, at most twice; one that failed is not, and those who wait for it stay', () => rehearse(SERVERS, async bench => {
  const run = await bench.run({
    strategy: 'now', after: { [bench.id('app')]: [bench.id('db')] },
    overrides: { [bench.id('web')]: { services: ['WillNotConverge.service'] }, [bench.id('db')]: { services: ['MountBusy.service'] } },
  });
  expect(run.output).toMatchObject({ moved: 0, failed: expect.any(Array), refused: [{ id: bench.id('app'), reason: expect.stringContaining('waits for') }] });
  const { failed } = report(bench, run);
  expect(Object.fromEntries(failed.map(({ name, error, message }) => [name, `${error}: ${message}`]))).toEqual({
    web: 'WillNotConverge: it writes too much just now', db: 'MountBusy: it writes too much just now',
  });
  expect(bench.moves().map(({ name, run: { arn } }) => `${name} ${arn.at(-1)}`).sort()).toEqual(['db 1', 'web 1', 'web 2', 'web 3']);
  // their room was given back
  expect(bench.held()).toEqual([]);
}));

describe('a move that failed after its target was seen to serve', () => {
  type Then = (report: FleetReport, attempts: number, id: (name: string) => string) => void;
  const fleetOf = (wayBack: boolean, then: Then) => () => rehearse(SERVERS, async bench => {
    const [app, web] = ['app', 'web'].map(name => bench.id(name)) as [string, string];
    const run = bench.start({
      strategy: 'now', groups: [[app, web]], after: { [bench.id('db')]: [app] },
      overrides: { [app]: { services: ['ServiceFailed.service'] }, [web]: { services: ['WillNotConverge.service'] } },
    });
    const { account } = bench;
    const tags = account.ec2.instances.get(app)!.Tags!;
    while (bench.moves().length === 0 && run.status === 'RUNNING') await account.clock.advance(60_000);
    tags.push({ Key: 'instance-mobility:phase', Value: 'serving' });
    await account.clock.advance(20 * 60_000);
    if (wayBack) tags.pop();
    then(report(bench, await bench.finish(run)), bench.moves().filter(({ name }) => name === 'web').length, name => bench.id(name));
  });

  test('is none that was lost before: its group follows', fleetOf(false, ({ failed, refused, moved, groups }, attempts, id) => {
    expect(failed.map(({ name, error, targetServes }) => ({ name, error, targetServes }))).toEqual([
      { name: 'app', error: 'ServiceFailed', targetServes: true }, { name: 'web', error: 'WillNotConverge', targetServes: false },
    ]);
    expect(attempts).toBe(3);
    expect(refused).toEqual([]);
    expect(moved.map(({ name }) => name)).toEqual(['db']);
    expect(groups).toEqual([{ ids: [id('app'), id('web')], apartSeconds: null, stayed: [id('web')] }]);
  }));

  test('is lost, with its group, where a way back led to its source', fleetOf(true, ({ failed, refused, groups }, attempts, id) => {
    expect(failed).toEqual([expect.objectContaining({ name: 'app', targetServes: false })]);
    expect(attempts).toBe(0);
    expect(refused).toEqual([expect.objectContaining({ name: 'web', reason: expect.stringContaining('switches together with') })]);
    expect(groups[0]!.stayed).toEqual([id('app'), id('web')]);
  }));
});

test('a plan waits for its approval; refused, nothing starts', () => rehearse([{ name: 'web' }], async bench => {
  const run = bench.start({ strategy: 'now', approve: ['plan', 'cut-over'] });
  await bench.account.clock.advance(20 * 60_000);
  const [{ subject, message }] = bench.account.sns.published as [PublishedMessage];
  expect(subject).toBe('Approve the fleet to factory?');
  expect(message).toMatch(/wants to move 1 instance\(s\) to factory[\s\S]*web from .* over vpn\/vpn-0123456789abcdef0 at \d+ Mbit\/s/);
  await bench.answer(message, true);
  expect((await bench.finish(run)).output).toMatchObject({ moved: 1 });
  expect(bench.moves()[0]!.input).toMatchObject({ approve: ['cut-over'] });

  const refused = bench.start({ approve: ['plan'] });
  await bench.account.clock.advance(20 * 60_000);
  await bench.answer(bench.account.sns.published.at(-1)!.message, false);
  await bench.rehearsal.finish(refused);
  expect(refused).toMatchObject({ status: 'FAILED', error: 'FleetRefused' });
  expect(bench.moves()).toHaveLength(1);
}));

test('an aborted fleet starts nothing more, and what moves goes on', () => rehearse(SERVERS, async bench => {
  const run = bench.start({ strategy: 'now', maxConcurrent: 1 });
  await bench.account.clock.advance(25 * 60_000);
  expect(bench.moves()).toHaveLength(1);
  run.stop();
  await bench.account.clock.advance(12 * HOUR);
  expect(bench.moves().map(each => each.run.status)).toEqual(['SUCCEEDED']);
}));

test('a wrong request fails before anything is read', () => rehearse([], async bench => {
  const run = await bench.run({ instances: { ids: ['i-00000000000000000'] }, destination: 'moon' });
  expect(run).toMatchObject({ status: 'FAILED', error: 'InvalidRequest' });
  expect(states(run)).toEqual(['Begin fleet', 'Continued?', 'Check fleet request']);
  const unknown = await bench.run({ instances: { ids: ['i-00000000000000000'] }, after: { 'i-00000000000000001': ['i-00000000000000000'] } });
  expect(unknown).toMatchObject({ status: 'FAILED', error: 'InvalidRequest', cause: expect.stringContaining('an instance of this fleet') });
}));
