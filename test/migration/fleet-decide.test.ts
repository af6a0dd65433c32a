/** What a fleet forecasts of its links, and whom it starts in a quarter of an hour. */
import type { Observed } from '../../lambda/planning/online/decide';
import { checkFleetRequest } from '../../lambda/shared/fleet/check';
import { buildPlan } from '../../lambda/shared/fleet/build-plan';
import type { Fleet } from '../../lambda/shared/fleet/facts';
import { forecastRoom, predict, recent } from '../../lambda/shared/fleet/forecast';
import { gridOf, takenBy } from '../../lambda/shared/fleet/links';
import { type Profile, ratesOf } from '../../lambda/shared/fleet/mover';
import { decide, type Decided, type Decision } from '../../lambda/shared/fleet/online';
import { progressOf } from '../../lambda/shared/fleet/outcome';
import type { FleetPlanDocument, LinkForecasts, PlannedMove } from '../../lambda/shared/fleet/plan';
import { lessonsOf, reportOf } from '../../lambda/shared/fleet/report';
import { executionName, moveInput } from '../../lambda/shared/fleet/starts';
import { type FleetStatus, initialStatus, isCopying, type Progress, serving } from '../../lambda/shared/fleet/status';
import type { EdgeLink } from '../../lambda/shared/links';
import type { Location } from '../../lambda/shared/locations';

const MBIT = 125_000;
const HOUR = 3600;
const DAY = 86_400;
const start = Date.parse('2026-03-02T00:00:00Z') / 1000;
const grid = { start, step: 900, slots: 96 };
const vpn: EdgeLink = {
  id: 'vpn/vpn-1', kind: 'site-to-site-vpn', capacity: { 'to-edge': 200e6, 'to-region': 100e6 }, migrationShare: 0.8, transports: ['blocks'],
};
const factory: Location = { name: 'factory', kind: 'outpost', subnetId: 'subnet-1', availabilityZone: 'us-east-1a', outpostArn: 'arn:x', links: [vpn] };

describe('what a link leaves', () => {
  const traffic = (days: number, at: (hour: number) => number) => {
    const from = start - days * DAY;
    return { start: from, step: 900, values: Float64Array.from({ length: days * 96 }, (_, slot) => at(Math.floor(slot / 4) % 24)) };
  };
  const byDay = (hour: number): number => (hour >= 8 && hour < 20 ? 80 : 10) * MBIT;

  test('is forecast hour by hour, a margin above what others sent, for days ahead', () => {
    const { traffic: others, room, note } = forecastRoom(traffic(28, byDay), vpn, 'to-edge', { ...grid, slots: 288 });
    expect(note).toBeNull();
    for (const slot of [12, 12 + 96, 12 + 192]) {
      expect(others[slot]! / MBIT).toBeCloseTo(10, 0);
      expect(room[slot]! / MBIT).toBeCloseTo(0.8 * 190, 0);
    }
    expect(others[60]! / MBIT).toBeCloseTo(80, 0);
  });

  test('is careful where little is known, and says so', () => {
    const [little, nothing] = [forecastRoom(traffic(5, byDay), vpn, 'to-edge', grid), forecastRoom(traffic(28, () => NaN), vpn, 'to-region', grid)];
    expect([little.note, little.traffic[12]! / MBIT]).toEqual([expect.stringContaining('less than two weeks'), 96]);
    expect([nothing.note, nothing.traffic[12]! / MBIT]).toEqual([expect.stringContaining('nothing is known'), 50]);
  });

  test('is not known by two weeks because so many were asked for: what was measured counts', () => {
    const known = traffic(28, byDay);
    const { note, traffic: others } = forecastRoom({ ...known, values: known.values.map((value, slot) => (slot < 23 * 96 ? NaN : value)) }, vpn, 'to-edge', grid);
    expect([note, others[12]! / MBIT]).toEqual([expect.stringContaining('less than two weeks'), 96]);
    // gaps are no reason
    expect(forecastRoom({ ...known, values: known.values.map((value, slot) => (slot % 960 < 8 ? NaN : value)) }, vpn, 'to-edge', grid).note).toBeNull();
  });

  test('is shared by rates that fit: those asked for, or parts of what migrations may have', () => {
    expect(ratesOf({ capacity: 25e6, link: vpn } as never, null).map(rate => rate / MBIT)).toEqual([80, 40, 20]);
    expect(ratesOf({ capacity: 25e6, link: vpn } as never, [50, 500, 100]).map(rate => rate / MBIT)).toEqual([100, 50]);
    expect(ratesOf({ capacity: 25e6, link: vpn } as never, [500, 900]).map(rate => rate / MBIT)).toEqual([500]);
    expect(ratesOf({ capacity: 25e6, link: vpn } as never, null, 1)).toHaveLength(1);
  });

  test('a plan reaches to its deadline, three days without one, a week at most', () => {
    const now = start + 60;
    expect(gridOf({ deadline: null }, now)).toEqual({ start: start + 900, step: 900, slots: 288 });
    expect(gridOf({ deadline: '2026-03-02T06:00:00Z' }, now).slots).toBe(23);
    expect(gridOf({ deadline: '2026-04-02T06:00:00Z' }, now).slots).toBe(672);
  });
});

test('an instance is predicted by the same time of day; gaps are filled with the mean, too few days say nothing', () => {
  const of = (days: number) => ({
    start: start - days * DAY, step: 900, values: Float64Array.from({ length: days * 96 }, (_, slot) => (slot % 96 < 48 ? 10 : 30)),
  });
  const whole = predict(of(14), grid, () => 0);
  expect([whole.days, ...[10, 60].map(slot => Math.round(whole.values![slot]!))]).toEqual([14, 10, 30]);
  expect(predict(of(3), grid, () => 0)).toEqual({ values: undefined, days: 3 });
  const gap = { ...of(14), values: of(14).values.map((value, slot) => (slot % 96 === 7 ? NaN : value)) };
  expect(predict(gap, grid, () => 0).values![7]).toBeCloseTo(20.1, 1);
  // the newest quarter of an hour has not come yet
  const values = Float64Array.from({ length: 16 }, (_, slot) => slot);
  expect(recent({ start, step: 900, values }, start + 16 * 900)).toEqual({ hour: 13, threeHours: 8.5 });
  // of samples of five minutes only the newest five have not
  const fine = Float64Array.from({ length: 48 }, (_, sample) => sample);
  expect(recent({ start, step: 300, values: fine }, start + 48 * 300)).toEqual({ hour: 41, threeHours: 28.5 });
  expect(recent({ start, step: 900, values: values.fill(NaN) }, start + 16 * 900)).toEqual({ hour: NaN, threeHours: NaN });
});

interface Circumstances { readonly status?: FleetStatus; readonly links?: LinkForecasts; readonly observed?: ReadonlyMap<string, Observed> }

describe('who starts', () => {
  const ids = ['i-00000001', 'i-00000002', 'i-00000003'];
  const flat = (value: number): Float64Array => new Float64Array(grid.slots).fill(value);
  const fleet: Fleet = {
    instances: ids.map((id, i) => ({
      id, name: `server-${i}`, type: 'm5.large', place: { availabilityZone: 'us-east-1a', outpostArn: null },
      volumes: [{ device: '/dev/sdf', volumeId: `vol-${i}`, bytes: 20e9, root: false }],
    })), refusals: [], notes: [],
  };
  const forecasts = (more: Partial<LinkForecasts['links'][number]> = {}): LinkForecasts => ({
    grid, readAt: start, links: [{
      id: vpn.id, direction: 'to-edge', link: vpn, capacity: 25e6, traffic: [], room: Array<number>(96).fill(160 * MBIT), held: Array<number>(96).fill(0),
      isUp: true, note: null, requested: 1, ...more,
    }],
  });
  const profile = (id: string, writes = 1000, cpu = flat(5)): [string, Profile] => [id, { id, writes: flat(writes), cpu, days: 14 }];
  const planned = (more: object = {}, profiles = new Map(ids.map(id => profile(id)))) => {
    const request = checkFleetRequest({ instances: { ids }, destination: 'factory', transport: 'blocks', rates: [80], ...more }, { locations: [factory], approvable: true }, start * 1000);
    const plan = buildPlan({
      request, fleet, forecasts: forecasts(), profiles, past: [], destination: factory, locations: [factory], execution: 'arn:fleet', metricsRead: 0, now: start - 60,
    });
    const at = (slot: number, { status = initialStatus(plan), links = forecasts(), observed = new Map<string, Observed>() }: Circumstances = {}): Decided =>
      decide({ request, plan, forecasts: links, profiles, status, observed, past: [], now: start + slot * 900 + 30 });
    return { request, plan, at };
  };
  const names = ({ starts }: Decided): string[] => starts.map(({ id }) => id);
  const seen = (writes: number, cpu: number): Observed => ({ writes: { hour: writes, threeHours: writes }, cpu: { hour: cpu, threeHours: cpu } });

  test('nobody before the plan begins, then as many as the link has room for', () => {
    const { at } = planned({ strategy: 'now' });
    expect(names(at(-1))).toEqual([]);
    expect(names(at(0))).toEqual(ids.slice(0, 2));
    expect(at(0).starts[0]).toMatchObject({ link: vpn.id, rate: 80 * MBIT, start: start + 30, method: 'pre-copy', downtime: 60, resent: 0, volumeBytes: 20e9 });
  });

  test('nobody over a link that is down, beside what others hold, or more than asked for at once', () => {
    const { at } = planned({ strategy: 'now' });
    expect(names(at(0, { links: forecasts({ isUp: false }) }))).toEqual([]);
    expect(names(at(0, { links: forecasts({ held: Array<number>(96).fill(81 * MBIT) }) }))).toEqual([]);
    expect(names(planned({ strategy: 'now', maxConcurrent: 1 }).at(0))).toHaveLength(1);
  });

  test('who is busy just now waits, though it was forecast to be idle; who would not converge does not start even when it is late', () => {
    const cpu = flat(5);
    const { at } = planned({}, new Map(ids.map(id => profile(id, 1000, cpu))));
    const busy = new Map(ids.map(id => [id, seen(1000, 95)]));
    expect(names(at(4)).length).toBeGreaterThan(0);
    expect(names(at(4, { observed: busy }))).toEqual([]);
    const writing = { observed: new Map(ids.map(id => [id, seen(40e6, 5)])) };
    expect(names(planned({ strategy: 'now', transport: 'ebs' }).at(0, writing))).toEqual([]);
    // blocks follow the switch: however much is written, each is sent once
    expect(names(planned({ strategy: 'now' }).at(0, writing))).toHaveLength(2);
  });

  test('who waits for another begins when that has switched, and stays when that failed', () => {
    const { at, plan } = planned({ strategy: 'now', after: { [ids[1]!]: [ids[0]!] } });
    const moving = (switched: number | null): Progress => ({ state: 'moving', attempts: 1, execution: 'arn:1', expected: at(0).starts[0]!, switched });
    const withFirst = (progress: Progress): FleetStatus => ({ instances: { ...initialStatus(plan).instances, [ids[0]!]: progress } });
    expect(names(at(0))).toEqual([ids[0], ids[2]]);
    expect(names(at(1, { status: withFirst(moving(null)) }))).toEqual([ids[2]]);
    expect(names(at(1, { status: withFirst(moving(start)) })).sort()).toEqual([ids[1], ids[2]]);
    expect(at(1, { status: withFirst({ state: 'failed', execution: null, error: 'MountBusy', message: '' }) }).refusals)
      .toEqual([{ id: ids[1], reason: `${ids[1]} waits for ${ids[0]}, which can not be moved` }]);
  });

  describe('what AWS moves', () => {
    // the plan begins with who waits for nobody; 20 GB at 80 Mbit/s take three slots
    const ebs = { strategy: 'now', transport: 'ebs', maxDowntime: 'PT15M' };
    const moving = (expected: Decision): Progress => ({ state: 'moving', attempts: 1, execution: 'arn:1', expected, switched: null, gate: 1 });
    const overlap = ({ moves }: FleetPlanDocument, one: string, other: string): boolean => {
      const [a, b] = [one, other].map(id => moves.find(move => move.id === id)!) as [PlannedMove, PlannedMove];
      return a.start < b.end && b.start < a.end;
    };

    test('goes one by one', () => {
      const { plan, at } = planned(ebs);
      expect(plan.moves).toHaveLength(3);
      expect(overlap(plan, ids[0]!, ids[1]!)).toBe(false);
      const [first, ...others] = at(0).starts;
      expect(others).toEqual([]);
      expect(names(at(1, { status: { instances: { ...initialStatus(plan).instances, [first!.id]: moving(first!) } } }))).toEqual([]);
    });

    test('goes side by side in a group, which could not switch together otherwise, and nobody else beside it', () => {
      const { plan, at } = planned({ ...ebs, groups: [[ids[1], ids[2]]] });
      expect(plan.refusals).toEqual([]);
      expect(overlap(plan, ids[1]!, ids[2]!)).toBe(true);
      for (const id of [ids[1]!, ids[2]!]) expect(overlap(plan, ids[0]!, id)).toBe(false);
      const end = plan.moves.map(({ id, end: each }) => [id, each] as const).filter(([id]) => id !== ids[0]).map(([, each]) => each);
      expect(new Set(end).size).toBe(1);
      const slot = (plan.moves.find(({ id }) => id === ids[1])!.start - start) / 900;
      const both = at(slot, { status: { instances: { ...initialStatus(plan).instances, [ids[0]!]: { state: 'refused', reason: '' } } } });
      expect(names(both).sort()).toEqual([ids[1], ids[2]]);
      // each waits for the other an hour longer than that takes from now on
      expect(new Set(both.starts.map(({ waits }) => waits))).toEqual(new Set([end[0]! + 30 + HOUR]));
      // one of them is under way: the other one may follow, a stranger may not
      const [one] = both.starts;
      const follows = at(slot + 1, { status: { instances: { ...initialStatus(plan).instances, [one!.id]: moving(one!) } } });
      const other = [ids[1], ids[2]].find(id => id !== one!.id)!;
      expect(names(follows)).toEqual([other]);
      // who left the attempt waits until the other has left it, too, and stays when that is lost
      const beside = (progress: Progress): Decided => at(slot + 2, { status: { instances: {
        ...initialStatus(plan).instances, [ids[0]!]: { state: 'refused', reason: '' }, [one!.id]: { state: 'waiting', attempts: 1, gate: 1 }, [other]: progress,
      } } });
      expect(names(beside({ state: 'moving', attempts: 1, execution: 'arn:1', expected: one!, switched: null, gate: 1 }))).toEqual([]);
      expect(names(beside({ state: 'waiting', attempts: 1, gate: 1 })).sort()).toEqual([ids[1], ids[2]]);
      expect(beside({ state: 'failed', execution: null, error: 'SnapshotFailed', message: '' }).refusals)
        .toEqual([{ id: one!.id, reason: `${one!.id} switches together with ${other}, which can not be moved` }]);
    });
  });

  test('no more in one quarter of an hour than can be reserved and started within a function\'s minute', () => {
    const many = Array.from({ length: 250 }, (_, i) => `i-${String(i).padStart(8, '0')}`);
    const instances = many.map((id): Fleet['instances'][number] => ({ ...fleet.instances[0]!, id }));
    const request = checkFleetRequest({ instances: { ids: many }, destination: 'factory', transport: 'blocks', strategy: 'now', rates: [1] }, { locations: [factory], approvable: true }, start * 1000);
    const links = forecasts({ room: Array<number>(96).fill(1000 * MBIT) });
    const given = { request, forecasts: links, profiles: new Map<string, Profile>(), past: [], now: start - 60 };
    const small = instances.map(each => ({ ...each, volumes: [{ ...each.volumes[0]!, bytes: 1e8 }] }));
    const plan = buildPlan({ ...given, fleet: { ...fleet, instances: small }, destination: factory, locations: [factory], execution: 'arn:fleet', metricsRead: 0 });
    expect(plan.moves).toHaveLength(250);
    expect(decide({ ...given, plan, status: initialStatus(plan), observed: new Map(), now: start + 30 }).starts).toHaveLength(200);
  });

  test('who could not end in time does not begin any more', () => {
    // 20 GB at 80 Mbit/s take three slots; until slot 24
    const { at } = planned({ strategy: 'now', deadline: '2026-03-02T06:00:00Z' });
    expect(names(at(21))).toHaveLength(2);
    expect(at(22)).toEqual({ starts: [], refusals: [] });
    expect(at(23)).toEqual({ starts: [], refusals: [] });
  });

  test('wanted by some time is not left for a cheaper one', () => {
    const cpu = Float64Array.from({ length: grid.slots }, (_, slot) => (slot < 60 ? 40 : 5));
    const profiles = new Map(ids.map(id => profile(id, 1000, cpu)));
    expect(names(planned({}, profiles).at(8))).toEqual([]);
    expect(names(planned({ due: '2026-03-02T03:00:00Z' }, profiles).at(8))).toHaveLength(2);
  });

  test.each<[string, object]>([
    ['one by one, for AWS moves them', { rates: [20], transport: 'ebs', maxDowntime: 'PT15M' }], ['one at a time, for so it is asked', { rates: [20], maxConcurrent: 1 }],
  ])('all of a plan are in time where all want the same hour and go %s', (_, more) => {
    const cpu = Float64Array.from({ length: grid.slots }, (__, slot) => (slot < 90 ? 40 : 5));
    const { plan, at } = planned(more, new Map(ids.map(id => profile(id, 1000, cpu))));
    expect(plan.moves).toHaveLength(3);
    const instances: Record<string, Progress> = { ...initialStatus(plan).instances };
    for (let slot = 0; slot < grid.slots; slot++) {
      const { starts, refusals } = at(slot, { status: { instances } });
      expect(refusals).toEqual([]);
      for (const expected of starts) {
        expect(expected.until).toBeLessThanOrEqual(start + DAY);
        const underWay = Object.values(instances).filter(progress => progress.state === 'moving' && progress.expected.until > start + slot * 900);
        expect(underWay).toEqual([]);
        instances[expected.id] = { state: 'moving', attempts: 1, execution: 'arn:1', expected, switched: null };
      }
      for (const [id, progress] of Object.entries(instances)) {
        if (progress.state === 'moving' && progress.expected.until <= start + (slot + 1) * 900) instances[id] = { ...progress, switched: progress.expected.until };
      }
    }
    expect(Object.values(instances).map(({ state }) => state)).toEqual(['moving', 'moving', 'moving']);
  });

  test('whose time is over stays, with a sentence', () => {
    const { at } = planned({ strategy: 'now', deadline: '2026-03-02T06:00:00Z' });
    expect(at(50)).toEqual({ starts: [], refusals: ids.map(id => ({ id, reason: `${id} found no room on ${vpn.id} before 06:00; move it with another fleet, and allow more time` })) });
  });

  test('a move is told what it needs, under a name of its fleet and attempt', () => {
    const { request, at } = planned({ strategy: 'now', approve: ['plan', 'release'], volumes: { '/dev/sdf': { transport: 'blocks' } } });
    const [decision] = at(0).starts;
    const input = moveInput(request, { ...decision!, method: 'post-copy' }, 'to-edge', 'arn:fleet', ['/dev/sdf'], null);
    expect(input).toMatchObject({
      instanceId: ids[0], destination: 'factory', approve: ['release'], root: 'arn:fleet', volumes: { '/dev/sdf': { transport: 'blocks', copy: 'post-copy' } },
      reservation: { link: vpn.id, direction: 'to-edge', bitsPerSecond: 80e6, from: '2026-03-02T00:00:30.000Z' },
    });
    // it takes the way whose link was reserved, and not another by its own choice
    const wished = (unpaced: boolean): unknown => moveInput({ ...request, transport: 'auto' }, { ...decision!, unpaced }, 'to-edge', 'arn:fleet', [], null)['transport'];
    expect([wished(true), wished(false)]).toEqual(['ebs', 'blocks']);
    expect(input).not.toHaveProperty('traffic');
    expect(input).not.toHaveProperty('gate');
    const name = executionName(`arn:aws:states:us-east-1:111122223333:execution:Fleet:${'x'.repeat(80)}`, 'i-0123456789abcdef0', 3);
    expect(name.length).toBeLessThanOrEqual(80);
    expect(name).not.toBe(executionName(`arn:aws:states:us-east-1:111122223333:execution:Fleet:${'x'.repeat(79)}y`, 'i-0123456789abcdef0', 3));
  });

  describe('what comes of it', () => {
    const { plan, at } = planned({ strategy: 'now' });
    const expected = at(0).starts[0]!;
    const moving = { state: 'moving', attempts: 1, execution: 'arn:1', expected, switched: null } as const;

    test('is read from the execution, whatever it says', () => {
      expect(progressOf(moving, { status: 'RUNNING' })).toBe(moving);
      expect(progressOf(moving, { status: 'FAILED', error: 'LinkIsFull' })).toEqual({ state: 'waiting', attempts: 1 });
      expect(progressOf({ ...moving, gate: 2 }, { status: 'FAILED', error: 'GroupNotReady' })).toEqual({ state: 'waiting', attempts: 1, gate: 2 });
      expect(progressOf({ ...moving, attempts: 3 }, { status: 'FAILED', error: 'LinkIsFull', cause: 'plain' })).toMatchObject({ state: 'failed', message: 'plain' });
      // its target serves: there is nothing to begin again
      expect(progressOf({ ...moving, switched: start }, { status: 'FAILED', error: 'LinkIsContended' })).toMatchObject({ state: 'failed', error: 'LinkIsContended' });
      expect(progressOf(moving, { status: 'ABORTED' })).toMatchObject({ state: 'failed', error: 'ABORTED', message: '' });
      expect(progressOf(moving, { status: 'SUCCEEDED', output: '"something else"' })).toMatchObject({ state: 'moved', outcome: { bytes: null, switchedAt: null } });
    });

    test('is compared with what was predicted, and teaches the next fleets', () => {
      const of = (startedAt: string | null, switchedAt: string | null): Progress => ({
        state: 'moved', execution: 'arn:1', expected, outcome: { startedAt, switchedAt, endedAt: null, bytes: 22e9, pauseSeconds: 300, cpu: 12, targetInstanceId: 'i-9' },
      });
      const status: FleetStatus = { instances: { [ids[0]!]: of('2026-03-02T00:00:30Z', '2026-03-02T01:00:30Z'), [ids[1]!]: of(null, null) } };
      const { moved, error, groups } = reportOf(plan as FleetPlanDocument, status, [ids.slice(0, 2)]);
      expect(moved.map(({ name, seconds: { realised } }) => [name, realised])).toEqual([['server-0', HOUR], ['server-1', null]]);
      expect(groups).toEqual([{ ids: ids.slice(0, 2), apartSeconds: null, stayed: [] }]);
      expect(error.bytes).toBeCloseTo(0.1, 1);
      expect(moved[0]!.cpu).toEqual({ predicted: expected.cpu, realised: 12 });
      expect(error.cpu).toBeCloseTo(Math.abs(12 - expected.cpu!));
      expect(lessonsOf(status, plan.links)).toEqual([{
        book: `${vpn.id}#to-edge`, from: start + 30, to: start + 30 + HOUR, rate: 80 * MBIT, modelled: expected.modelled, actual: HOUR,
        resentShare: expected.resent / 20e9, wasWithin: expect.any(Boolean),
      }]);
    });

    test('nothing is taken off the traffic of a link for what AWS moved by another way', () => {
      const ebs = planned({ strategy: 'now', transport: 'ebs' });
      const [decision] = ebs.at(0).starts;
      const outcome = { startedAt: '2026-03-02T00:00:30Z', switchedAt: '2026-03-02T01:00:30Z', endedAt: null, bytes: 22e9, pauseSeconds: 300, cpu: 12, targetInstanceId: 'i-9' };
      const status: FleetStatus = { instances: { [ids[0]!]: { state: 'moved', execution: 'arn:1', expected: decision!, outcome } } };
      expect(lessonsOf(status, ebs.plan.links)).toMatchObject([{ rate: 0, actual: HOUR }]);
      expect(takenBy(status, new Map([[vpn.id, 'book']]), start + DAY)).toEqual([]);
    });

    test('a move leaves its link when nothing more follows', () => {
      const seen = serving(moving, false, start + 600);
      expect([isCopying(seen), seen.left]).toEqual([true, undefined]);
      const over = serving(seen, true, start + 7200);
      expect([isCopying(over), over.switched, over.left]).toEqual([false, start + 600, start + 7200]);
    });

    test('what followed the switch over a link counts as the fleet\'s own until it was over', () => {
      const until = (more: object): unknown => takenBy({ instances: { [ids[0]!]: { ...moving, ...more } } }, new Map([[vpn.id, 'book']]), start + DAY)[0]?.to;
      expect(until({})).toBe(start + DAY);
      expect(until({ switched: start + 600, sending: true })).toBe(start + DAY);
      expect(until({ switched: start + 600, sending: false, left: start + 7200 })).toBe(start + 7200);
      expect(until({ switched: start + 600 })).toBe(start + 600);
    });
  });
});
