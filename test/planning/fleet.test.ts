import fc from 'fast-check';
import { buildProblem } from '../../lambda/planning/fleet/build';
import { planFleet } from '../../lambda/planning/fleet/plan';
import type { FleetRequest, InstanceToMove } from '../../lambda/planning/fleet/request';
import { seeded } from '../../lambda/planning/random';

const start = Date.parse('2026-06-01T00:00:00Z') / 1000;
const grid = { start, step: 900, slots: 96 };
const HOUR = 3600;
const MBIT = 125_000;

const flat = (value: number): Float64Array => new Float64Array(grid.slots).fill(value);
const instance = (id: string, more: Partial<InstanceToMove> = {}): InstanceToMove => ({ id, bytes: 20e9, writes: flat(1000), cpu: flat(5), ...more });
const request = (instances: readonly InstanceToMove[], more: Partial<FleetRequest> = {}): FleetRequest => ({
  grid, instances, links: [{ id: 'vpn-1', capacity: flat(200 * MBIT), rates: [100 * MBIT] }], timeZone: 'UTC', ...more,
});
const reason = (plan: ReturnType<typeof planFleet>, id: string): string => plan.refusals.find(refusal => refusal.id === id)!.reason;

describe('strategies', () => {
  test('adaptive waits for the cheap time', () => {
    const cpu = flat(50).fill(2, 40, 60);
    const [move] = planFleet(request([instance('web-1', { cpu })])).moves;
    expect(move!.start).toBeGreaterThanOrEqual(start + 40 * 900);
    expect(move!.end).toBeLessThanOrEqual(start + 60 * 900);
    expect(move!.method).toBe('pre-copy');
  });

  test('now takes the first room, in spite of load', () => {
    const cpu = flat(50).fill(2, 40, 60);
    const { moves } = planFleet(request(['a', 'b', 'c'].map(id => instance(id, { cpu, strategy: 'now' }))));
    expect(moves.map(move => (move.start - start) / 900)).toEqual([0, 0, 2]);
  });

  test('sameTimeOfDay takes the first time under its threshold', () => {
    const cpu = flat(50).fill(10, 30, 60).fill(2, 70, 80);
    expect(planFleet(request([instance('a', { cpu, strategy: 'sameTimeOfDay', idleBelow: 20 })])).moves[0]!.start).toBe(start + 30 * 900);
    expect(planFleet(request([instance('a', { cpu, strategy: 'sameTimeOfDay' })])).moves[0]!.start).toBe(start + 30 * 900);
  });

  test('window keeps to the hours of its time zone, and needs no history', () => {
    const windows = [{ from: '02:00', to: '04:00', timeZone: 'Europe/Berlin' }]; // 00:00 to 02:00 UTC
    const bare: InstanceToMove = { id: 'a', bytes: 20e9 };
    const { moves } = planFleet(request([{ ...bare, strategy: 'window', windows }]));
    expect(moves[0]!.end).toBeLessThanOrEqual(start + 2 * HOUR);
  });
});

describe('what has to be kept', () => {
  test('groups switch at the same moment, waiting instances begin after those they wait for', () => {
    const plan = planFleet(request([
      instance('db', { bytes: 60e9 }), instance('app', { bytes: 10e9 }), instance('web', { after: ['app'] }), instance('cache'),
    ], { groups: [['db', 'app']] }));
    const move = (id: string) => plan.moves.find(each => each.id === id)!;
    expect(move('db').end).toBe(move('app').end);
    expect(move('db').start).toBeLessThan(move('app').start);
    expect(move('web').start).toBeGreaterThanOrEqual(move('app').end);
    expect(plan.gap).toBeLessThan(1e-6);
  });

  test('large groups are put together in no time: a plan of a week has thousands of moves for each of them', () => {
    const week = { ...grid, slots: 672 };
    const all = (value: number): Float64Array => new Float64Array(week.slots).fill(value);
    const instances = Array.from({ length: 100 }, (_, i) => instance(`i-${i}`, { writes: all(1000), cpu: all(5) }));
    const links = ['vpn-1', 'vpn-2'].map(id => ({ id, capacity: all(9000 * MBIT), rates: [100, 50, 25].map(rate => rate * MBIT) }));
    const groups = [0, 50].map(from => instances.slice(from, from + 50).map(({ id }) => id));
    const before = process.cpuUsage().user;
    expect(buildProblem({ ...request(instances, { groups, links }), grid: week }).problem.items).toBe(2);
    expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(4);
  });

  test('limits per link, over all and per host hold', () => {
    const instances = Array.from({ length: 6 }, (_, i) => instance(`i-${i}`, { host: i < 3 ? 'h1' : 'h2' }));
    const links = [{ id: 'a', capacity: flat(1000 * MBIT), rates: [50 * MBIT, 100 * MBIT], maxConcurrent: 2 }, { id: 'b', capacity: flat(1000 * MBIT), rates: [100 * MBIT] }];
    const { moves } = planFleet(request(instances, { links, maxConcurrent: 3, maxConcurrentPerHost: 2 }));
    expect(moves).toHaveLength(6);
    for (let slot = 0; slot < grid.slots; slot++) {
      const running = moves.filter(move => move.start <= start + slot * 900 && move.end > start + slot * 900);
      expect(running.length).toBeLessThanOrEqual(3);
      expect(running.filter(({ link }) => link === 'a').length).toBeLessThanOrEqual(2);
      for (const host of ['h1', 'h2']) expect(running.filter(({ id }) => instances.find(each => each.id === id)!.host === host).length).toBeLessThanOrEqual(2);
    }
  });

  test('whatever is asked for: capacity, windows, blackouts and deadlines are kept, each instance moves once or is refused', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 14 }), (seed, count) => {
      const random = seeded(seed);
      const series = (top: number): Float64Array => flat(0).map(() => top * random() ** 4);
      const capacity = flat(0).map(() => (100 + 300 * random()) * MBIT);
      const blackout = { from: start + 20 * 900, to: start + 30 * 900 };
      const instances = Array.from({ length: count }, (_, i) => instance(`i-${i}`, {
        bytes: 1e9 + 1e11 * random() ** 3, writes: series(2e7), cpu: series(100), priority: i % 3,
        ...random() < 0.4 ? { deadline: start + (20 + 70 * random()) * 900 } : {},
        ...random() < 0.3 ? { windows: [{ from: '06:00', to: '18:00', timeZone: 'UTC' }] } : {},
        ...random() < 0.3 && i > 0 ? { after: [`i-${Math.floor(random() * i)}`] } : {},
        ...random() < 0.5 ? { postCopy: true } : {},
        ...random() < 0.3 ? { sendOnce: { downtime: 30, setUp: 600, ...random() < 0.5 && { downtimeAhead: 60 } } } : {},
      }));
      const plan = planFleet(request(instances, { blackouts: [blackout], links: [{ id: 'vpn-1', capacity, rates: [50 * MBIT, 100 * MBIT] }] }));
      expect([...plan.moves, ...plan.refusals].map(({ id }) => id).sort()).toEqual(instances.map(({ id }) => id).sort());
      const load = flat(0);
      for (const { id, start: begin, end, rate, seconds } of plan.moves) {
        const asked = instances.find(each => each.id === id)!;
        expect(begin + seconds).toBeLessThanOrEqual(end + 1e-6);
        expect(end).toBeLessThanOrEqual(asked.deadline ?? Infinity);
        expect(begin < blackout.to && end > blackout.from).toBe(false);
        if (asked.windows) { expect(begin).toBeGreaterThanOrEqual(start + 6 * HOUR); expect(end).toBeLessThanOrEqual(start + 18 * HOUR); }
        for (const first of asked.after ?? []) expect(plan.moves.find(each => each.id === first)!.end).toBeLessThanOrEqual(begin);
        for (let slot = (begin - start) / 900; slot < (end - start) / 900; slot++) load[slot] = load[slot]! + rate;
      }
      load.forEach((value, slot) => expect(value).toBeLessThanOrEqual(capacity[slot]! * (1 + 1e-6)));
      expect(plan.bound).toBeLessThanOrEqual(plan.cost + 1e-6);
    }), { numRuns: 25, seed: 3 });
  });
});

describe('refusals say why', () => {
  test('a writer that never converges', () => {
    const plan = planFleet(request([instance('db-7', { writes: flat(20e6), deadline: start + 5 * HOUR + 600 })]));
    expect(reason(plan, 'db-7')).toBe('db-7 writes 72 GB/h, 100 Mbit/s: will not converge before 05:10; use post-copy (transport "blocks") or another window');
    expect(planFleet(request([instance('db-7', { writes: flat(20e6), postCopy: true })])).moves[0]!.method).toBe('post-copy');
    const [first] = planFleet(request([instance('db-7', { writes: flat(20e6), sendOnce: { downtime: 30, setUp: 600 } })])).moves;
    expect(first).toMatchObject({ method: 'post-copy', resent: 0, downtime: 30 });
    expect(first!.seconds).toBeCloseTo(600 + first!.bytes / first!.rate);
  });

  test('blocks that are sent once go before the switch where the link has room for the writes, too', () => {
    const ahead = (writes: number) => planFleet(request([instance('db-7', { writes: flat(writes), sendOnce: { downtime: 30, downtimeAhead: 60, setUp: 600 } })])).moves[0];
    // 100 Mbit/s are 12.5 MB/s
    expect(ahead(12e6)).toMatchObject({ method: 'pre-copy', resent: 0, downtime: 60 });
    expect(ahead(13e6)).toMatchObject({ method: 'post-copy', resent: 0, downtime: 30 });
  });

  test('too little history', () => {
    const bare: InstanceToMove = { id: 'new-1', bytes: 20e9, cpu: flat(5), daysOfHistory: 1 };
    expect(reason(planFleet(request([bare])), 'new-1')).toBe("new-1 has 1 day of metrics, 5 are needed for 'adaptive'; wait, or use 'now' or 'window'");
  });

  test('too long for its window', () => {
    const windows = [{ from: '02:00', to: '03:00', timeZone: 'UTC' }];
    const plan = planFleet(request([instance('big', { bytes: 100e9, windows, writes: flat(0) })]));
    expect(reason(plan, 'big')).toBe('big has 100 GB to copy, which takes 2 h 14 min at 100 Mbit/s: no open stretch before 00:00 is that long; widen the window or the deadline');
  });

  test('no time before the plan ends, and what would make it longer', () => {
    const late = { earliest: start + 30 * HOUR };
    const plan = planFleet(request([instance('a', late), instance('b', { ...late, deadline: start + 31 * HOUR })]));
    expect(reason(plan, 'a')).toMatch(/leave none; widen one of them, or give a later deadline: what has none is planned until 2026-06-02T00:00Z$/);
    expect(reason(plan, 'b')).toMatch(/leave none; widen one of them$/);
  });

  test('no room on the link, and those who wait for it', () => {
    const links = [{ id: 'vpn-1', capacity: flat(60 * MBIT), rates: [100 * MBIT] }];
    const plan = planFleet(request([instance('a'), instance('b', { after: ['a'] })], { links }));
    expect(reason(plan, 'a')).toContain('a needs 100 Mbit/s on vpn-1');
    expect(reason(plan, 'b')).toContain('b');
  });

  test('the one with the higher priority moves, however dear the other one would be at its worst', () => {
    // later there is no room for either, and one of them would send hundreds of gigabytes again
    const links = [{ id: 'vpn-1', capacity: flat(0).fill(10_000 * MBIT, 0, 2), rates: [10_000 * MBIT] }];
    const [low, high] = [instance('low', { bytes: 2e12, writes: flat(1000).fill(6e8, 4), maxDowntime: 600 }), instance('high', { bytes: 2e12, priority: 1 })];
    const plan = planFleet(request([low, high], { links }));
    expect(plan.moves.map(({ id }) => id)).toEqual(['high']);
  });

  test('the one with the higher priority moves', () => {
    const links = [{ id: 'vpn-1', capacity: flat(0).fill(100 * MBIT, 0, 2), rates: [100 * MBIT] }];
    const plan = planFleet(request([instance('low'), instance('high', { priority: 1 })], { links }));
    expect(plan.moves.map(({ id }) => id)).toEqual(['high']);
    expect(reason(plan, 'low')).toContain('beside instances that count more');
  });

  test('a group that can never switch as one', () => {
    const windows = (from: string, to: string) => [{ from, to, timeZone: 'UTC' }];
    const plan = planFleet(request([instance('a', { windows: windows('02:00', '04:00') }), instance('b', { windows: windows('10:00', '12:00') })], { groups: [['a', 'b']] }));
    expect(reason(plan, 'a')).toContain('a switches together with b: no moment suits');
  });

  test('what makes no sense is said at once', () => {
    expect(() => planFleet(request([instance('a', { after: ['b'] }), instance('b', { after: ['a'] }), instance('c', { bytes: 0, after: ['x'] })])))
      .toThrow('c has 0 bytes, more than 0 are needed; c waits for x, which is not to be moved');
    expect(() => planFleet(request([instance('a', { after: ['b'] }), instance('b', { after: ['a'] })]))).toThrow('a, b wait for each other');
  });
});
