/** A fleet of the whole construct whose members go by blocks, each with hosts of its own, over a link that has room for one at a time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetReport } from '../../lambda/shared/fleet/report';
import type { Execution } from '../../rehearsal/asl';
import { readRecording } from '../../rehearsal/hosts/recording';
import { ReplayedPair } from '../../rehearsal/hosts/replay';
import { home, MOVABLE, outpostArn, outpostId, rehearseMigration, synthesizedBlocks } from '../support/migration';
import { expectSuccess } from '../support/rehearse';

jest.setTimeout(240_000);

const DEVICE = '/dev/sdf';
const file = join(__dirname, '../../rehearsal/recordings/replication-drbd.json');
const SERVICE = 'writer.service';
const DAY = 86_400_000;
/** Mbit/s: of the 400 that migrations may have of a link that nobody else uses. */
const RATE = 250;
const ROOM = 400;

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs are JSON that tests look into */
type Any = any;

test('moved by blocks: within what the ledger holds, the next when the last block of the one before is over, though its source is held', () => rehearseMigration(synthesizedBlocks(), async bench => {
  const { account, rehearsal } = bench;
  const { clock } = account;
  const link = account.links.of(account.outposts.site(outpostArn)!);
  const metric = { namespace: 'AWS/Outposts', metricName: 'ConnectedStatus', dimensions: { OutpostId: outpostId } };
  for (let time = clock.now(); time < clock.now() + 2 * DAY; time += 300_000) account.cloudwatch.put(metric, 1, time);

  const recording = readRecording(readFileSync(file, 'utf8'), file);
  const ids = ['one', 'two'].map(name => account.ec2.addInstance({
    name, type: 'm5.large', profile: 'app-server', subnetId: home, tags: { [MOVABLE.key]: MOVABLE.value }, volumes: [{ size: 8, written: 1 }, { size: 2, written: 1 }],
  }).instanceId);
  const pairs = new Map(ids.map(id => [id, new ReplayedPair(account, recording, {
    sourceInstanceId: id, mounts: ['/srv/data'], services: [SERVICE], device: DEVICE, line: { link, direction: 'to-edge' },
  })]));
  // a target is known by the execution that launched it, whose name has the source
  account.ssm.hostOf = id => (pairs.get(id) ?? [...pairs].find(([source]) => bench.tagsOf(id)['instance-mobility:execution']?.includes(`:move-${source}-`))![1]).hostOf(id);
  for (const pair of pairs.values()) pair.application.keepWriting(10_000, 10_000);

  // what is held of the link just now, whenever anything happens, and what really goes over it
  const overbooked: number[] = [];
  rehearsal.listen(() => {
    const now = clock.now() / 1000;
    const entries = [...account.dynamodb.tables.values()].flatMap(table => table.all()).flatMap(item => Object.values(item.held?.M ?? {}));
    const number = (entry: Any, name: string): number => Number(entry.M[name].N);
    const held = entries.filter(entry => number(entry, 'from') <= now && now < number(entry, 'to')).reduce((sum, entry) => sum + number(entry, 'rate') * 8 / 1e6, 0);
    if (held > ROOM) overbooked.push(held);
  });

  const run: Execution = rehearsal.startExecution('Fleet', {
    instances: { ids }, destination: 'factory', strategy: 'now', transport: 'blocks', rates: [RATE], services: [SERVICE], keepSource: 'PT2H', maxDowntime: 'PT2M',
  });
  await rehearsal.finish(run);
  expectSuccess(run);
  const { moved, failed, refused, report: key, bucket } = run.output as Any;
  expect({ moved, failed, refused }).toEqual({ moved: 2, failed: [], refused: [] });
  const report = JSON.parse(account.s3.text(bucket, key)!) as FleetReport;
  const of = (id: string) => report.moved.find(each => each.id === id)!;

  // where it was to go, with every write that was acknowledged, after a pause of seconds
  for (const id of ids) {
    const target = account.ec2.instances.get(of(id).targetInstanceId!)!;
    expect(target).toMatchObject({ OutpostArn: outpostArn, State: { Name: 'running' } });
    const pair = pairs.get(id)!;
    expect(pair.blocksLeft).toBe(0);
    expect(pair.application.missingOn(pair.disks('target')[0]!.blocks)).toEqual([]);
    expect(of(id).downtime.realised).toBeLessThan(120);
    // the last one may be on its way
    expect(account.ec2.instances.get(id)?.State.Name ?? 'terminated').toMatch(/^(shutting-down|terminated)$/);
  }

  // never more than there is room for, and never faster than what is held
  expect(overbooked).toEqual([]);
  const moves = bench.executionsOf('Edge').map(({ input }) => input as Any);
  expect(moves.map(({ reservation }) => reservation.bitsPerSecond)).toEqual([RATE * 1e6, RATE * 1e6]);
  for (const { input } of bench.executionsOf('Sync')) expect(input).toMatchObject({ rateLimit: Math.floor(RATE * 1e6 / 8 / 2 ** 20) });

  const started = (id: string): number => Date.parse(of(id).startedAt!);
  const over = (id: string): number => Date.parse(bench.executionsOf('Edge').map(({ output }) => output as Any).find(({ instanceId }) => instanceId === id).copiedAt);
  const [first, second] = [...ids].sort((a, b) => started(a) - started(b)) as [string, string];
  expect(started(second)).toBeGreaterThan(over(first));
  // at the next look, a quarter of an hour later at most
  expect(started(second)).toBeLessThan(over(first) + 930_000);
  // a copy is over with its last block, which comes after the switch
  for (const each of report.moved) expect(each.seconds.realised).toBe((over(each.id) - started(each.id)) / 1000);
  bench.expectLeasesFree();
  bench.expectLinksFree();
}, { volumes: [{ size: 8, written: 1 }] }, { writes: false, counts: /^$/ }));
