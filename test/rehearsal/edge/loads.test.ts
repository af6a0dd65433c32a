/** What instances are busy with, and that their blocks and their metrics tell of the same writes. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { generatedBackground, generatedLoad, type Kind } from '../../../rehearsal/cloud/load/generator';
import { meanOf, type Load } from '../../../rehearsal/cloud/load/load';
import { readTraces } from '../../../rehearsal/cloud/load/traces';
import { world } from '../ec2/world';

const hour = 3_600_000;
const monday = Date.parse('2026-01-05T00:00:00Z');
const day = 24 * hour;
const mib = 1024 * 1024;

describe('made-up loads', () => {
  /** Looked at once an hour. */
  const means = (kind: Kind, from: number, until: number) => {
    const looks = Array.from({ length: (until - from) / hour }, (_, n) => from + n * hour);
    const values = Array.from({ length: 20 }, (_, index) => generatedLoad(3, { index, kind, meanWrites: 1e5 }))
      .flatMap(({ writes }) => looks.map(time => writes(time)));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };

  test('the same seed is the same load, another index is another one', () => {
    const values = (seed: number, index: number) => Array.from({ length: 50 }, (_, n) => generatedLoad(seed, { index }).cpu(monday + n * hour));
    expect(values(1, 0)).toEqual(values(1, 0));
    expect(values(1, 0)).not.toEqual(values(1, 1));
    expect(values(1, 0)).not.toEqual(values(2, 0));
    for (const value of values(1, 0)) expect(value).toBeGreaterThan(0);
  });

  test('offices work by day and on weekdays, batches at night, the evening is of the web', () => {
    expect(means('office', monday + 10 * hour, monday + 16 * hour)).toBeGreaterThan(5 * means('office', monday, monday + 5 * hour));
    expect(means('office', monday + 10 * hour, monday + 16 * hour)).toBeGreaterThan(5 * means('office', monday - day + 10 * hour, monday - day + 16 * hour));
    expect(means('batch', monday + hour, monday + 7 * hour)).toBeGreaterThan(5 * means('batch', monday + 12 * hour, monday + 18 * hour));
    expect(means('web', monday + 18 * hour, monday + 22 * hour)).toBeGreaterThan(2 * means('web', monday + 6 * hour, monday + 10 * hour));
  });

  test('on average it writes what it is asked to', () => {
    for (const kind of ['office', 'web', 'batch', 'steady', 'bursty'] as const) {
      const mean = means(kind, monday, monday + 14 * day);
      expect(mean).toBeGreaterThan(0.6e5);
      expect(mean).toBeLessThan(1.6e5);
    }
  });

  test('others leave room on a link at night, and never exceed it', () => {
    const background = generatedBackground(5, { capacity: 1e9 });
    expect(meanOf(background, monday + 9 * hour, monday + 17 * hour)).toBeGreaterThan(1.5 * meanOf(background, monday + 21 * hour, monday + 24 * hour));
    for (let time = monday; time < monday + 7 * day; time += hour) expect(background(time)).toBeLessThanOrEqual(1e9);
  });
});

test('traces of a folder: loads of machines that have both series, and links scaled to their capacity', () => {
  const folder = mkdtempSync(join(tmpdir(), 'traces-'));
  try {
    const bitbrains = join(folder, 'bitbrains-x');
    mkdirSync(bitbrains);
    mkdirSync(join(folder, 'links'));
    const cells = (value: (slot: number) => number) => Array.from({ length: 96 * 7 }, (_, slot) => value(slot)).join(',');
    writeFileSync(join(bitbrains, 'q15_cpu_pct_day0-6.csv'), `vm,s0\na,${cells(slot => slot % 96)}\nb,${cells(() => 1)}\n`);
    writeFileSync(join(bitbrains, 'q15_disk_write_KBps_day0-6.csv.gz'), gzipSync(`vm,s0\na,${cells(slot => 2 * (slot % 96))}\n`));
    writeFileSync(join(folder, 'links', 'x.csv'), 'time,value\n2004-11-22 00:00:00,10\n2004-11-22 00:05:00,30\n');
    const { loads: [a, ...others], links: [link] } = readTraces(folder);
    expect(others).toEqual([]);
    // 2013-07-01 was a Monday, which began at 22:00 UTC the day before
    const at = monday - 2 * hour + 10 * 900_000;
    expect([a!.id, a!.cpu(at), a!.writes(at), a!.cpu(at + 21 * day)]).toEqual(['a', 10, 20_000, 10]);
    expect(link!(1000, 0.5)(Date.parse('2004-11-22T00:06:00Z'))).toBe(750);
    expect(() => readTraces(join(folder, 'links'))).toThrow('there are no loads in');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('what a load writes', () => {
  const steady: Load = { cpu: () => 20, writes: () => mib };

  /** A server that writes one MiB in a second: 0.9 to its data volume. */
  function server(load = steady) {
    const it = world();
    const { instanceId, volumeIds: [root, data] } = it.ec2.addInstance({ volumes: [{}, { size: 100 }] });
    it.account.loads.assign(instanceId, load);
    const changed = async (first: string, second: string) => {
      const { ChangedBlocks } = await it.account.call('EBS', 'ListChangedBlocks', { FirstSnapshotId: first, SecondSnapshotId: second },
        { callerArn: 'arn:aws:iam::111122223333:user/x' }) as { ChangedBlocks: { BlockIndex: number }[] };
      return ChangedBlocks.map(each => each.BlockIndex);
    };
    const snapshot = async (VolumeId = data) => (await it.call('CreateSnapshot', { VolumeId })).SnapshotId!;
    return { ...it, instanceId, root: root!, data: data!, changed, snapshot };
  }

  test('is in snapshots, as many blocks as metrics say where they are new, fewer where they are written again', async () => {
    const fresh = server({ ...steady, fresh: 1 });
    const first = await fresh.snapshot();
    await fresh.pass(1000);
    const second = await fresh.snapshot();
    const moved = fresh.ec2.get(fresh.ec2.snapshotModels, second).movedMiB;
    await fresh.pass(3600);
    const blocks = await fresh.changed(first, second);
    expect(blocks).toHaveLength(1800);
    expect(Math.max(...blocks)).toBeLessThan(100 * 2048);
    expect(moved).toBe(900);

    const hot = server({ ...steady, hotBlocks: 100, fresh: 0 });
    const before = await hot.snapshot();
    await hot.pass(1000);
    const after = await hot.snapshot();
    await hot.pass(3600);
    const again = await hot.changed(before, after);
    expect(again.length).toBeGreaterThan(90);
    expect(again.length).toBeLessThanOrEqual(100);
  });

  test('is there when somebody looks, stops with its instance, and goes on elsewhere when it is moved', async () => {
    const { account, ec2, call, pass, instanceId, data } = server();
    await pass(100);
    const size = ec2.content(data).size;
    expect(size).toBeGreaterThan(100);
    await call('StopInstances', { InstanceIds: [instanceId] });
    await pass(1000);
    expect(ec2.content(data).size).toBeLessThanOrEqual(size + 2);
    const target = ec2.addInstance({ volumes: [{}, { size: 100 }] });
    account.loads.move(instanceId, target.instanceId);
    await pass(100);
    expect(ec2.content(target.volumeIds[1]!).size).toBeGreaterThan(100);
    expect(account.loads.current(instanceId)).toBeUndefined();
    expect(() => account.loads.move(instanceId, target.instanceId)).toThrow('nothing to do');
  });

  test('waits while the filesystem is frozen', async () => {
    const { ec2, pass, data } = server();
    await pass(10);
    const size = ec2.content(data).size;
    ec2.writesHeld = id => id === data;
    await pass(100);
    expect(ec2.content(data).size).toBe(size);
  });
});
