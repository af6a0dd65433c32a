/** What strategies would have cost in the past: what they may know, and what is counted. */
import fc from 'fast-check';
import type { Strategy } from '../../lambda/planning/fleet/request';
import { seeded } from '../../lambda/planning/random';
import { Reality } from '../../lambda/shared/replay/reality';
import { replayStrategy, type StrategyOutcome } from '../../lambda/shared/replay/replay';
import { reportOf, windowOf } from '../../lambda/shared/replay/report';
import { checkReplayRequest, windowsOf } from '../../lambda/shared/replay/request';
import { knownAt, PastWindow, type Records } from '../../lambda/shared/replay/window';
import { LOCATIONS } from '../support/fleet';
import { iso, type Load, NOW, recordsOf, SERVICE_LINK } from '../support/replay';

const STRATEGIES: readonly Strategy[] = ['now', 'window', 'sameTimeOfDay', 'adaptive'];
const DAY = 86_400;
const SLOT = 900;
const LEARNT = 14 * 96;
const MB = 1e6;

interface Replayed { readonly window: PastWindow; readonly reality: Reality; of(strategy: Strategy): StrategyOutcome }

function replayed(records: Records): Replayed {
  const window = new PastWindow(records, windowsOf(records.request)[0]!);
  const reality = new Reality(window);
  return { window, reality, of: strategy => replayStrategy(window, reality, strategy) };
}

/** Some servers whose load changes with the hour and by chance. */
function servers(seed: number, count: number): Load[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const [phase, writes, cpu] = [random() * 96, random() * MB, 20 + 60 * random()];
    const daily = (slot: number): number => 1 + Math.sin((slot + phase) / 96 * 2 * Math.PI);
    const noise = seeded(Math.floor(random() * 1e9));
    const [w, c] = [Float64Array.from({ length: 5000 }, noise), Float64Array.from({ length: 5000 }, noise)];
    return { data: 10 + Math.round(30 * random()), writes: slot => writes * daily(slot) * w[slot]!, cpu: slot => cpu / 2 * daily(slot) * c[slot]! };
  });
}

const busyLink = (seed: number): ((slot: number) => number) => {
  const noise = Float64Array.from({ length: 5000 }, seeded(seed));
  return slot => 6 * MB * (1 + Math.sin(slot / 96 * 2 * Math.PI)) * noise[slot]!;
};

describe('no look into the future', () => {
  const changedFrom = (load: Load, slot: number): Load =>
    ({ ...load, writes: each => (each >= slot ? 3 * MB : load.writes(each)), cpu: each => (each >= slot ? 90 : load.cpu(each)) });

  test('what a strategy did until some moment does not depend on what happened from then on', () => fc.assert(fc.property(
    fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 47 }), fc.constantFrom(...STRATEGIES), (seed, moment, strategy) => {
      const change = LEARNT + moment;
      const [loads, traffic] = [servers(seed, 4), busyLink(seed)];
      const asked = { windows: [{ from: '14:00', to: '23:00' }], maxDowntime: 'PT1H' };
      const one = replayed(recordsOf(loads, traffic, asked)).of(strategy);
      const other = replayed(recordsOf(loads.map(load => changedFrom(load, change)), slot => (slot >= change ? 0 : traffic(slot)), asked)).of(strategy);
      const until = NOW - DAY / 2 + moment * SLOT;
      const starts = ({ moves }: StrategyOutcome): object[] =>
        moves.filter(({ start }) => start <= until).map(({ id, start, link, rate }) => ({ id, start, link, rate }));
      expect(starts(other)).toEqual(starts(one));
    }), { numRuns: 24 }));

  test('a series as it could be read at a moment has only periods that were over', () => fc.assert(fc.property(
    fc.integer({ min: -5, max: 30 }), fc.integer({ min: 0, max: 899 }), (slot, seconds) => {
      const { values } = knownAt({ start: 9000, step: SLOT, values: Float64Array.from({ length: 20 }, (_, i) => i) }, 9000 + slot * SLOT + seconds);
      expect(values).toHaveLength(Math.min(20, Math.max(0, slot)));
    })));
});

test('no strategy that keeps to the room costs less than the bound', () => fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), seed => {
  const { reality, of } = replayed(recordsOf(servers(seed, 5), busyLink(seed)));
  for (const strategy of STRATEGIES) {
    const { over, cost } = of(strategy);
    if (over === 0) expect(cost).toBeGreaterThanOrEqual(reality.bound * (1 - 1e-6));
  }
}), { numRuns: 15 }));

test('who waits for the hours in which nothing happens re-sends less and meets less CPU; the night window is met as it was asked for', () => {
  // busy from midnight to noon, when all windows begin
  const busy = (slot: number): boolean => slot % 96 < 48;
  const load: Load = { data: 12, writes: slot => (busy(slot) ? 1.5 * MB : 1000), cpu: slot => (busy(slot) ? 80 : 4) };
  const asked = { transport: 'ebs', from: iso(NOW - 15 * DAY), horizon: 'P1D', windows: [{ from: '20:00', to: '24:00' }] };
  const { reality, window, of } = replayed(recordsOf([load, load], () => 2 * MB, asked, SERVICE_LINK));
  const [now, night, daily, adaptive] = STRATEGIES.map(of) as [StrategyOutcome, StrategyOutcome, StrategyOutcome, StrategyOutcome];
  for (const each of [now, night, daily, adaptive]) expect(each).toMatchObject({ moved: 2, late: 0, over: 0, refused: {} });
  const hours = ({ moves }: StrategyOutcome): number[] => moves.map(({ start }) => (start - window.begin) / 3600);
  // one at a time
  expect(Math.max(...hours(now))).toBeLessThan(2);
  expect(Math.min(...hours(night))).toBeGreaterThanOrEqual(20);
  expect(Math.min(...hours(daily), ...hours(adaptive))).toBeGreaterThanOrEqual(12);
  expect(adaptive.resent).toBeLessThan(0.1 * now.resent);
  expect(adaptive.exposure).toBeLessThan(0.1 * now.exposure);
  expect(adaptive.cost).toBeLessThan(1.2 * reality.bound);
});

test('a move is counted as it happened: bytes again, CPU while it was copied, and what went beyond the share', () => {
  // 8 GB of root and 12 more at 80 Mbit/s: 2,000 s and the round's 60 s; 1 MB/s of writes meanwhile; 40 % of CPU
  const load: Load = { data: 12, writes: () => MB, cpu: () => 40 };
  const forecast = 2 * MB;
  const { of, window } = replayed(recordsOf([load], slot => (slot < LEARNT ? forecast : 20 * MB), { transport: 'ebs', rates: [80], maxDowntime: 'PT15M' }, SERVICE_LINK));
  const { moves: [move], resent, exposure, over, bytes } = of('now');
  const written = 1e6 * (20e9 / 10e6 + 60);
  const dirty = 20e9 * (1 - Math.exp(-written / 20e9));
  expect(move).toMatchObject({ id: 'i-0', name: 'server-0', link: SERVICE_LINK.id, rate: 10e6, start: window.begin, outcome: 'in time' });
  expect(resent / dirty).toBeCloseTo(1, 6);
  expect(bytes - resent).toBe(20e9);
  const seconds = move!.end - move!.start;
  expect(seconds).toBeCloseTo(2060 + dirty / 10e6, 3);
  expect(exposure).toBeCloseTo(Math.ceil(seconds / SLOT) * SLOT / 3600 * 4, 6);
  // migrations may take 0.8 of the 5 MB/s that others left, in the mean of each slot
  const whole = Math.floor(seconds / SLOT) * SLOT;
  expect(over / (whole * (10e6 - 4e6) + Math.max(0, (seconds - whole) * 10e6 - SLOT * 4e6))).toBeCloseTo(1, 6);
});

test('blocks follow the switch: each is sent once, however much is written meanwhile', () => {
  const { of } = replayed(recordsOf([{ data: 20, writes: () => 15 * MB, cpu: () => 40 }], () => 2 * MB, { rates: [80] }));
  const { moves: [move], moved, resent, bytes } = of('now');
  expect({ moved, resent, bytes, downtime: move!.downtime }).toEqual({ moved: 1, resent: 0, bytes: 20e9, downtime: 30 });
  expect(move!.end - move!.start).toBeCloseTo(2600, 3);
});

test('what AWS moves by another way takes nothing of a link, however full that is', () => {
  const load: Load = { data: 20, writes: () => 1000, cpu: slot => slot % 96 };
  const { of, reality } = replayed(recordsOf([load, load], slot => (slot < LEARNT ? 2 * MB : 24 * MB), { transport: 'ebs' }));
  const { moved, over, cost } = of('now');
  expect({ moved, over }).toEqual({ moved: 2, over: 0 });
  expect(reality.bound).toBeGreaterThan(0);
  expect(cost).toBeGreaterThanOrEqual(reality.bound);
});

test('blocks take their part of a link, however large the root is that AWS moves', () => {
  const { reality } = replayed(recordsOf([{ data: 5, writes: () => 1000, cpu: () => 5 }], () => 2 * MB));
  expect(reality.isOnLink('i-0')).toBe(true);
});

test('what turned out to write too much is given up, sent for nothing, and tried at most three times', () => {
  const load: Load = { data: 30, writes: slot => (slot < LEARNT + 2 ? 1000 : 15 * MB), cpu: () => 5 };
  const { of, reality } = replayed(recordsOf([load], () => 2 * MB, { transport: 'ebs', rates: [80] }, SERVICE_LINK));
  const { moves, moved, late, resent, bytes } = of('now');
  expect(moves.map(({ outcome }) => outcome)).toContain('given up');
  expect(moves.length).toBeLessThanOrEqual(3);
  expect(resent).toBe(bytes);
  // at no start it would have converged: nobody is blamed
  expect(reality.impossible).toEqual(['i-0']);
  expect({ moved, late }).toEqual({ moved: 0, late: 0 });
});

test('who has no time is late, or refused in words, and counts as its dearest start', () => {
  const load: Load = { data: 100, writes: () => 1000, cpu: slot => (slot % 96) };
  const { of, reality } = replayed(recordsOf([load, load, load], () => 10 * MB, { rates: [40], maxConcurrent: 1, windows: [{ from: '23:00', to: '24:00' }] }));
  const now = of('now');
  expect(now.moved + now.late).toBe(3);
  expect(now.late).toBeGreaterThan(0);
  const { cost, late, refused } = of('window');
  expect(late).toBe(3);
  expect(Object.values(refused)[0]).toMatch(/takes 5 h \d\d min at 40 Mbit\/s: no open stretch before 00:00 is that long/);
  expect(cost).toBeCloseTo([...reality.charges.values()].reduce((sum, each) => sum + each, 0), 9);
});

test('gaps: a few are filled with what was before, many leave an instance out; a link without metrics is not judged', () => {
  const gap = (from: number, to: number): Load => ({ data: 10, writes: slot => (slot >= LEARNT + from && slot < LEARNT + to ? NaN : 1000), cpu: () => 10 });
  const records = recordsOf([gap(2, 8), gap(2, 40)], () => NaN, { strategies: ['now'] });
  const { window, reality, of } = replayed(records);
  expect(window.unknown).toEqual(['i-1']);
  const outcome = of('now');
  expect(outcome).toMatchObject({ moved: 1, over: 0 });
  const report = reportOf(records, [windowOf(window, reality, [outcome])], 'arn', 7);
  expect(report.notes).toEqual(['i-1 is left out of 1 of 1 windows: more than a quarter of its metrics are missing there']);
});

test('windows follow each other, the first after two weeks, the last so that it has ended', () => fc.assert(fc.property(
  fc.integer({ min: 60, max: 224 }), fc.integer({ min: 4, max: 1344 }), fc.integer({ min: 4, max: 672 }), (quarterDays, everySlots, horizonSlots) => {
    const span = { from: NOW - quarterDays * DAY / 4, to: NOW, every: everySlots * SLOT, horizon: horizonSlots * SLOT };
    const windows = windowsOf(span);
    for (const begin of windows) expect([begin >= span.from + 14 * DAY, begin + span.horizon <= span.to]).toEqual([true, true]);
    const next = (windows.at(-1) ?? span.from + 14 * DAY - span.every) + span.every;
    expect(next + span.horizon).toBeGreaterThan(span.to);
  })));

describe('the request', () => {
  const least = { instances: { ids: ['i-0123456789abcdef0'] }, destination: 'factory' };

  test('needs only instances and destination: eight weeks, windows of three days, each an hour later than the day before', () => {
    const { from, to, every, horizon, strategies, fleet } = checkReplayRequest({ ...least, from: null }, LOCATIONS, NOW + 17);
    expect({ from, to, every, horizon, strategies }).toEqual({ from: NOW - 56 * DAY, to: NOW, every: 90_000, horizon: 3 * DAY, strategies: STRATEGIES });
    expect(fleet).toMatchObject({ maxDowntime: 'PT15M', timeZone: 'UTC', windows: [{ from: '22:00', to: '04:00', timeZone: 'UTC' }] });
  });

  test.each<[string, object, RegExp]>([
    ['no object', [], /^input: got \[\], allowed is an object/],
    ['unknown fields', { ...least, deadline: '2026-05-01T00:00:00Z' }, /^deadline: unknown, allowed is only instances, destination/],
    ['all problems at once', { instances: {}, destination: 'moon', horizon: 'PT10M', strategies: ['best'] }, /instances: .*\ndestination: .*\nhorizon: .*\nstrategies: got \["best"\]/],
    ['metrics that are by the hour', { ...least, from: iso(NOW - 63 * DAY), to: iso(NOW - 20 * DAY) }, /^from: .*at most 62 days ago: of older metrics CloudWatch has means of an hour only/],
    ['more than eight weeks', { ...least, from: iso(NOW - 60 * DAY) }, /^from: .*at most 56 days before "to"/],
    ['too little to learn from', { ...least, from: iso(NOW - 16 * DAY) }, /^from: .*at least 17 days before "to"/],
    ['the future', { ...least, to: iso(NOW + DAY) }, /^to: .*a time that is over/],
    ['too many windows', { ...least, every: 'PT1H' }, /^every: got "937 windows", allowed is what gives at most 100/],
  ])('refuses %s', (_, input, message) => expect(() => checkReplayRequest(input, LOCATIONS, NOW)).toThrow(message));
});
