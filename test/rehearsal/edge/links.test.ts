/** Lines to the edge: shared fairly, broken and back, in virtual time. */
import fc from 'fast-check';
import { Clock } from '../../../rehearsal/clock';
import { seriesBackground } from '../../../rehearsal/cloud/links/background';
import { fairShare } from '../../../rehearsal/cloud/links/fair-share';
import { Link } from '../../../rehearsal/cloud/links/link';
import { world } from '../ec2/world';

const megabyte = 1e6;

test('shares are fair: nobody gets more than wanted, nothing is left while somebody wants more, who gets less than another wanted less', () => {
  const upTo = (max: number) => fc.double({ min: 0, max, noNaN: true });
  fc.assert(fc.property(upTo(1000), fc.array(upTo(500), { minLength: 1, maxLength: 9 }), (available, most) => {
    const rates = fairShare(available, most);
    const total = rates.reduce((sum, rate) => sum + rate, 0);
    expect(total).toBeCloseTo(Math.min(available, most.reduce((sum, each) => sum + each, 0)), 6);
    const highest = Math.max(...rates);
    rates.forEach((rate, index) => expect(Math.abs(rate - Math.min(most[index]!, highest))).toBeLessThan(1e-6));
  }));
});

test('a transfer takes what others leave; two share; one that is paced leaves the rest to the other', async () => {
  const clock = new Clock();
  // 80 Mbit/s are 10 MB/s, of which others take 2
  const link = new Link(clock, 'l', { capacity: 80e6, background: { 'to-edge': () => 16e6 } });
  const ends: number[] = [];
  const start = clock.now();
  const done = () => ends.push((clock.now() - start) / 1000);
  const first = link.carry('to-edge', { bytes: 80 * megabyte, done });
  await clock.advance(5000);
  expect(first.moved).toBeCloseTo(40 * megabyte, -3);
  link.carry('to-edge', { bytes: 40 * megabyte, most: megabyte, done });
  // the other way is free
  link.carry('to-region', { bytes: 100 * megabyte, done });
  await clock.advance(60_000);
  // 40 MB at 7 MB/s; 100 MB at 10 MB/s; 40 MB at 1 MB/s
  expect(ends.map(each => Math.round(each * 10) / 10)).toEqual([10.7, 15, 45]);
  expect(link.sentBetween('to-edge', start, clock.now())).toBeCloseTo(120 * megabyte, -3);
  expect(link.bytesBetween('to-edge', start, clock.now())).toBeCloseTo((120 + 2 * 65) * megabyte, -3);
  expect(link.peak('to-edge', start, clock.now())).toBeCloseTo(8 * megabyte);
});

test('what is on its way waits while the line is broken, and nothing is counted meanwhile', async () => {
  const clock = new Clock();
  const link = new Link(clock, 'l', { capacity: 8e6, background: { 'to-edge': () => 4e6 } });
  const start = clock.now();
  let end = 0;
  const transfer = link.carry('to-edge', { bytes: 10 * megabyte, done: () => { end = clock.now(); } });
  link.down(start + 5000, start + 65_000);
  await clock.advance(30_000);
  expect([link.isUp, transfer.rate, Math.round(transfer.moved)]).toEqual([false, 0, 2.5 * megabyte]);
  await clock.advance(600_000);
  expect(end - start).toBe(80_000);
  expect(link.bytesBetween('to-edge', start + 5000, start + 65_000)).toBe(0);
});

test('streams go on until they are stopped, at the pace that is set', async () => {
  const clock = new Clock();
  const link = new Link(clock, 'l', { capacity: 80e6 });
  const stream = link.carry('to-edge', { most: megabyte });
  await clock.advance(10_000);
  stream.pace(3 * megabyte);
  await clock.advance(10_000);
  stream.stop();
  await clock.advance(10_000);
  expect(stream.moved).toBe(40 * megabyte);
});

test('a series repeats in whole weeks, and bridges its gaps', () => {
  const hours = Array.from({ length: 24 * 10 }, (_, hour) => hour === 5 ? NaN : hour);
  const start = Date.parse('2026-01-05T00:00:00Z');
  const background = seriesBackground({ start, stepSeconds: 3600, values: hours });
  const at = (hour: number) => background(start + hour * 3_600_000);
  expect([at(0), at(1.5), at(5), at(167), at(168), at(-1)]).toEqual([0, 1, 4, 167, 0, 167]);
});

describe('what EBS moves to and from the edge', () => {
  const gib = 1024 ** 3;
  const seconds = (bytes: number, bitsPerSecond: number) => bytes * 8 / bitsPerSecond;

  function rackWithVolume(capacity = 80e6) {
    const it = world();
    const rack = it.account.outposts.add({ link: { capacity } });
    const link = it.account.links.of(rack);
    const { volumeIds: [, data] } = it.ec2.addInstance({ type: 'm5.large', subnetId: rack.subnetId, volumes: [{}, { size: 10, written: 4 }] });
    return { ...it, rack, link, data: data! };
  }

  test('a snapshot in the Region goes over the service link, the next one only what changed', async () => {
    const { call, pass, snapshot, link, data, ec2, account } = rackWithVolume();
    const { SnapshotId } = await call('CreateSnapshot', { VolumeId: data });
    const whole = seconds(4 * gib, 80e6);
    await pass(whole / 2 + 1);
    expect(await snapshot(SnapshotId!)).toMatchObject({ State: 'pending', Progress: '50%' });
    await pass(whole / 2);
    expect(await snapshot(SnapshotId!)).toMatchObject({ State: 'completed' });
    const start = account.clock.now();
    for (let block = 0; block < 200; block++) ec2.write(data, block, 'x');
    await call('CreateSnapshot', { VolumeId: data });
    await pass(60);
    expect(link.sentBetween('to-region', start, account.clock.now())).toBeCloseTo(100 * 1024 * 1024, -2);
    expect(link.sentBetween('to-edge', 0, account.clock.now())).toBe(0);
  });

  test('a volume of a Region snapshot is usable at once, and loads over the service link', async () => {
    const { call, pass, volume, rack, ec2, link, account } = rackWithVolume();
    const { volumeIds: [, source] } = ec2.addInstance({ volumes: [{}, { size: 10, written: 4 }] });
    const { SnapshotId } = await call('CreateSnapshot', { VolumeId: source });
    await pass(600);
    const start = account.clock.now();
    const { VolumeId } = await call('CreateVolume', { AvailabilityZone: rack.zone, OutpostArn: rack.outpostArn, SnapshotId, VolumeType: 'gp3' });
    await pass(seconds(gib, 80e6) + 1);
    expect((await volume(VolumeId!)).State).toBe('available');
    const status = async () => (await call('DescribeVolumeStatus', { VolumeIds: [VolumeId!] })).VolumeStatuses![0]!.InitializationStatusDetails;
    expect(await status()).toEqual({ InitializationType: 'default', Progress: 25 });
    await pass(seconds(3 * gib, 80e6) + 1);
    expect(await status()).toEqual({ InitializationType: 'default', Progress: 100 });
    expect(link.sentBetween('to-edge', start, account.clock.now())).toBeCloseTo(4 * gib, -2);
    expect(account.events.log.at(-1)).toMatchObject({ 'detail-type': 'EBS Volume Notification', detail: { event: 'initializeVolume' } });
  });

  test('a snapshot under way when the rack is cut off goes on afterwards; a deleted one leaves the line', async () => {
    const { call, pass, snapshot, link, data, account, rack } = rackWithVolume();
    const { SnapshotId } = await call('CreateSnapshot', { VolumeId: data });
    const now = account.clock.now();
    account.outposts.disconnect(rack.outpostArn, now + 60_000, now + 3_660_000);
    await pass(seconds(4 * gib, 80e6) + 3000);
    expect((await snapshot(SnapshotId!)).State).toBe('pending');
    await pass(610);
    expect((await snapshot(SnapshotId!)).State).toBe('completed');
    const { SnapshotId: second } = await call('CreateSnapshot', { VolumeId: data });
    await call('DeleteSnapshot', { SnapshotId: second });
    await pass(600);
    expect(link.sentBetween('to-region', now, account.clock.now())).toBeCloseTo(4 * gib, -2);
  });

  test('an agent at the edge is not reached while its site is cut off', async () => {
    const { account, rack, ec2 } = rackWithVolume();
    const { instanceId } = ec2.addInstance({ subnetId: rack.subnetId });
    account.ssm.guest(instanceId).managed = true;
    expect(account.ssm.guest(instanceId).reachable).toBe(true);
    account.outposts.disconnect(rack.outpostArn, account.clock.now(), account.clock.now() + 1000);
    expect(account.ssm.guest(instanceId).reachable).toBe(false);
  });
});

test('what is over is there to the last byte, even where the rest was less than one', async () => {
  const clock = new Clock();
  const link = new Link(clock, 'l', { capacity: 80e6 });
  let isDone = false;
  // after five minutes, when lines are shared anew, 0.3 bytes are missing
  const transfer = link.carry('to-edge', { bytes: 100, most: 99.7 / 300, done: () => { isDone = true; } });
  await clock.advance(300_000);
  expect([isDone, transfer.over, transfer.share, transfer.moved]).toEqual([true, true, 1, 100]);
});
