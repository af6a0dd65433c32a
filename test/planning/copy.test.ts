import fc from 'fast-check';
import { COPY_RULES, footprint, uniqueDirty } from '../../lambda/planning/copy/footprint';
import { switchPlan } from '../../lambda/planning/copy/method';
import { written, writtenBy } from '../../lambda/planning/copy/written';

const flat = (rate: number): ReturnType<typeof written> => written(new Float64Array(96).fill(rate), 900);

describe('pre-copy', () => {
  test('an idle instance is sent once', () => {
    expect(footprint(flat(0), 0, { bytes: 1e9, hotBytes: 1e9 }, 1e6, COPY_RULES)).toEqual({ seconds: 1000, bytes: 1e9, converges: true, rest: 0, rounds: 1 });
  });

  test('a steady writer is sent in shrinking rounds until the rest fits into the downtime', () => {
    const print = footprint(flat(1e5), 0, { bytes: 1e10, hotBytes: 1e10 }, 1e6, { ...COPY_RULES, maxDowntime: 5 });
    expect(print.converges).toBe(true);
    expect(print.rest).toBeLessThanOrEqual(5e6);
    expect(print.bytes).toBeGreaterThan(1.08e10);
    expect(print.bytes).toBeLessThan(1e10 / 0.9);
  });

  test('one that writes faster than the link never converges, and post-copy still moves it', () => {
    const print = footprint(flat(2e6), 0, { bytes: 1e9, hotBytes: 1e9 }, 1e6, COPY_RULES);
    expect(print.converges).toBe(false);
    expect(switchPlan(print, 1e6, COPY_RULES, false)).toBeUndefined();
    expect(switchPlan(print, 1e6, COPY_RULES, true)).toMatchObject({ method: 'post-copy', downtime: 0 });
  });

  test('a small hot set converges whatever is written to it', () => {
    const print = footprint(flat(5e6), 0, { bytes: 1e9, hotBytes: 2e7 }, 1e6, COPY_RULES);
    expect(print.converges).toBe(true);
    expect(switchPlan(print, 1e6, COPY_RULES, false)!.downtime).toBeLessThanOrEqual(30);
  });

  test('dirty blocks are never more than were written, nor than there are', () => {
    fc.assert(fc.property(fc.double({ min: 1, max: 1e12, noNaN: true }), fc.double({ min: 0, max: 1e12, noNaN: true }), (hot, bytes) => {
      const dirty = uniqueDirty(hot, bytes);
      expect(dirty).toBeLessThanOrEqual(Math.min(hot, bytes) * (1 + 1e-9) + 1e-9);
      expect(dirty).toBeGreaterThanOrEqual(0);
    }));
  });

  test('time and bytes agree, at any start and rate', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 4, maxLength: 40 }), fc.integer({ min: 0, max: 30_000 }),
      fc.double({ min: 1e5, max: 1e7, noNaN: true }), (rates, start, rate) => {
        const print = footprint(written(rates, 900), start, { bytes: 1e9, hotBytes: 5e8 }, rate, COPY_RULES);
        expect(print.seconds * rate).toBeCloseTo(print.bytes, -3);
        expect(print.bytes).toBeGreaterThanOrEqual(1e9);
        expect(print.converges).toBe(print.rest <= 30 * rate);
      }));
  });

  test('the curve is linear within slots and goes on at the mean behind the last', () => {
    const curve = written([1, 3], 10);
    expect([0, 5, 10, 15, 20, 40].map(second => writtenBy(curve, second))).toEqual([0, 5, 10, 25, 40, 80]);
  });
});
