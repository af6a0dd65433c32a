import fc from 'fast-check';
import { forecastDuration, DURATION_RULES, type PastMigration } from '../../lambda/planning/forecast/duration';
import { correctLevel, LEVEL_WRITES, observedLevel } from '../../lambda/planning/forecast/level';
import { bestAfter, LIVE_CPU, LIVE_WRITES, startsNow } from '../../lambda/planning/forecast/live-start';
import { EWMA, PLAIN_MEAN, profile } from '../../lambda/planning/forecast/profile';
import { quantile } from '../../lambda/planning/forecast/quantile';
import { busiest, coarsen, meanOf, regrid, running } from '../../lambda/planning/forecast/series';
import { forecastTunnel, headroom, initialTunnelState, learnFromDay, TUNNEL_RULES } from '../../lambda/planning/forecast/tunnel';
import { seeded } from '../../lambda/planning/random';

const utc = (): number => 0;
const DAY = 96;

describe('series', () => {
  test('late points fill their own place and gaps stay gaps', () => {
    const series = regrid([{ time: 1800, value: 3 }, { time: 0, value: 1 }, { time: 2000, value: 4 }, { time: -1, value: 9 }], 0, 900, 4);
    expect([...series.values]).toEqual([1, NaN, 4, NaN]);
    expect([...coarsen(series, 2).values]).toEqual([1, 4]);
    expect([...busiest({ ...series, values: Float64Array.of(1, 3, NaN, 2, NaN, NaN) }, 2).values]).toEqual([3, 2, NaN]);
    expect(meanOf(running(series), 0, 2)).toBeNaN();
    expect(meanOf(running(series), 2, 3)).toBe(4);
    expect(meanOf(running(series), 3, 5)).toBeNaN();
  });
});

describe('profile', () => {
  const days = (n: number, value: (day: number, slot: number) => number): Float64Array =>
    Float64Array.from({ length: n * DAY }, (_, i) => value(Math.floor(i / DAY), i % DAY));

  test('averages the same time of past days, recent ones more', () => {
    const history = running({ start: 0, step: 900, values: days(6, (day, slot) => slot === 4 ? day : 100) });
    const mean = profile(history, 6 * 86_400, DAY, 1, utc, PLAIN_MEAN);
    expect(mean[4]).toBeCloseTo(2.5);
    expect(mean[5]).toBe(100);
    const recent = profile(history, 6 * 86_400, DAY, 1, utc, EWMA);
    expect(recent[4]).toBeGreaterThan(2.9);
  });

  test('refuses to predict from fewer than five days', () => {
    const history = running({ start: 0, step: 900, values: days(5, (day, slot) => day === 2 && slot === 7 ? NaN : 1) });
    const forecast = profile(history, 5 * 86_400, DAY, 1, utc, EWMA);
    expect(forecast[7]).toBeNaN();
    expect(forecast[8]).toBe(1);
  });

  test('does not look into the future', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 600, max: 800 }), (seed, now) => {
      const random = seeded(seed);
      const values = Float64Array.from({ length: 1200 }, () => random());
      const changed = values.map((value, i) => i < now ? value : 1e9);
      const of = (each: Float64Array): Float64Array => profile(running({ start: 0, step: 900, values: each }), now * 900, 3 * DAY, 4, utc, EWMA);
      expect(of(changed)).toEqual(of(values));
    }), { numRuns: 20 });
  });

  test('the level fades into the profile and never below zero', () => {
    const corrected = new Float64Array(40);
    correctLevel(new Float64Array(50).fill(10), 3, { hour: 20, threeHours: NaN }, LEVEL_WRITES, corrected);
    expect(corrected[0]).toBeCloseTo(17);
    expect(corrected[16]).toBeCloseTo(13.5);
    correctLevel(new Float64Array(50).fill(1), 0, { hour: -50, threeHours: 0 }, LEVEL_WRITES, corrected);
    expect(Math.min(...corrected)).toBe(0);
  });

  test('an instance starts when now is no worse than what is still promised, and at the last offset', () => {
    const forecast = Float64Array.of(5, 2, 3);
    const best = bestAfter(forecast);
    expect(startsNow(forecast, best, 0, 5, NaN, LIVE_WRITES)).toBe(false);
    expect(startsNow(forecast, best, 0, 0.5, NaN, LIVE_WRITES)).toBe(true);
    expect(startsNow(forecast, best, 1, NaN, NaN, LIVE_WRITES)).toBe(true);
    expect(startsNow(forecast, best, 2, 1e9, 0, LIVE_CPU)).toBe(true);
  });

  test('hope for a lucky moment makes an instance wait', () => {
    const forecast = Float64Array.of(2, 2, 2, 2);
    expect(startsNow(forecast, bestAfter(forecast), 0, 1.95, NaN, LIVE_CPU)).toBe(true);
    expect(startsNow(forecast, bestAfter(forecast), 0, 1.95, 0.5, LIVE_CPU)).toBe(false);
    const pairs = [[1, 3], [NaN, 3], [1, NaN], [NaN, NaN]];
    expect(pairs.map(([hour, threeHours]) => observedLevel({ hour: hour!, threeHours: threeHours! }, 0.5))).toEqual([2, 3, 1, NaN]);
  });
});

describe('tunnel', () => {
  const week = (hour: number): number => 100 + 50 * Math.sin(hour / 24 * 2 * Math.PI) + (Math.floor(hour / 24) % 7 === 5 ? 40 : 0);

  test('is exceeded about as rarely as it says, also when the noise grows', () => {
    const random = seeded(5);
    const values = Float64Array.from({ length: 24 * 200 }, (_, hour) => week(hour) + (random() + random() - 1) * (hour > 24 * 100 ? 40 : 10));
    let state = initialTunnelState(TUNNEL_RULES);
    let over = 0;
    let hours = 0;
    for (let day = 14; day < 200; day++) {
      const forecast = forecastTunnel({ start: 0, step: 3600, values: values.subarray(0, day * 24) }, day * 86_400, state, TUNNEL_RULES)!;
      const real = values.subarray(day * 24, day * 24 + 24);
      forecast.traffic.forEach((value, hour) => { hours++; if (real[hour]! > value) over++; });
      state = learnFromDay(state, forecast.traffic, real, TUNNEL_RULES);
    }
    expect(over / hours).toBeGreaterThan(0.035);
    expect(over / hours).toBeLessThan(0.065);
  });

  test('does not look into the future', () => {
    const random = seeded(8);
    const values = Float64Array.from({ length: 24 * 30 }, () => random());
    const now = 24 * 20 * 3600;
    const changed = values.map((value, hour) => (hour < 24 * 20 ? value : 100 * value + 7));
    const forecast = (some: Float64Array) => forecastTunnel({ start: 0, step: 3600, values: some }, now, initialTunnelState(TUNNEL_RULES), TUNNEL_RULES);
    expect(forecast(changed)).toEqual(forecast(values));
    expect(forecast(values.map((value, hour) => (hour < 24 * 20 - 1 ? value : 5)))).not.toEqual(forecast(values));
  });

  test('needs two weeks, bridges gaps, and leaves migrations no more than their share', () => {
    const values = Float64Array.from({ length: 24 * 15 }, (_, hour) => hour % 50 === 0 ? NaN : week(hour));
    const state = initialTunnelState(TUNNEL_RULES);
    expect(forecastTunnel({ start: 0, step: 3600, values }, 13 * 86_400, state, TUNNEL_RULES)).toBeUndefined();
    const forecast = forecastTunnel({ start: 0, step: 3600, values }, 15 * 86_400, state, TUNNEL_RULES)!;
    expect(forecast.traffic.every(value => value >= 0 && value <= forecast.cap)).toBe(true);
    expect([...headroom(100, [20, 120, -50], 0.8)]).toEqual([64, 0, 80]);
  });
});

describe('duration', () => {
  test('learns how wrong the model was, and its interval holds nine of ten', () => {
    const random = seeded(11);
    const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const past: PastMigration[] = [];
    let inside = 0;
    const rounds = 800;
    for (let i = 0; i < rounds; i++) {
      const resentShare = random();
      const modelled = 1000 + 5000 * random();
      const actual = modelled * 1.2 * Math.exp((0.02 + 0.3 * resentShare) * gauss());
      const { from, to, seconds } = forecastDuration(modelled, resentShare, past.slice(-200), DURATION_RULES);
      if (from <= actual && actual <= to) inside++;
      if (i === rounds - 1) expect(seconds / modelled).toBeCloseTo(1.2, 0);
      past.push({ modelled, actual, resentShare });
    }
    expect(inside / rounds).toBeGreaterThan(0.87);
    expect(inside / rounds).toBeLessThan(0.93);
  });

  test('intervals that held too seldom are widened, and those that held too often are narrowed', () => {
    const random = seeded(5);
    const past = Array.from({ length: 60 }, (): PastMigration => ({ modelled: 1000, actual: 1000 * (0.8 + 0.4 * random()), resentShare: 0.1 }));
    const width = (within: (i: number) => boolean | undefined): number => {
      const judged = past.map((each, i) => (within(i) === undefined ? each : { ...each, wasWithin: within(i)! }));
      const { from, to } = forecastDuration(1000, 0.1, judged, DURATION_RULES);
      return to - from;
    };
    const unknown = width(() => undefined);
    expect(width(i => i % 10 !== 0)).toBeCloseTo(unknown);
    expect(width(i => i % 4 !== 0)).toBeGreaterThan(unknown);
    expect(width(() => true)).toBeLessThan(unknown);
    expect(width(i => (i < 19 ? false : undefined))).toBeCloseTo(unknown); // too few to say
  });

  test('of those that were alike the newest count, and thousands are asked without a look at all of them', () => {
    const alike = (actual: number): PastMigration[] => Array.from({ length: 100 }, () => ({ modelled: 1000, actual, resentShare: 0 }));
    expect(forecastDuration(1000, 0, [...alike(3000), ...alike(1000)], DURATION_RULES).seconds).toBeCloseTo(1000);
    let looks = 0;
    const many = Array.from({ length: 5000 }, (_, i): PastMigration => ({ modelled: 1000, actual: 1000, get resentShare() { looks++; return i / 5000; } }));
    for (let i = 0; i < 1000; i++) forecastDuration(1000, i / 1000, many, DURATION_RULES);
    expect(looks).toBeLessThan(200_000);
  });

  test('before the first migration the interval is a factor of two', () => {
    const { from, seconds, to } = forecastDuration(600, 0.1, [], DURATION_RULES);
    expect(seconds).toBeCloseTo(600);
    expect(from).toBeLessThan(310);
    expect(to).toBeGreaterThan(1150);
  });
});

test('quantiles lie between the points', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([1, 2], 1)).toBe(2);
  expect(quantile([], 0.5)).toBeNaN();
});
