import fc from 'fast-check';
import { heldLimit, nextLimit, rateBeside } from '../../lambda/shared/migration/follow-link';
import type { EdgeLink } from '../../lambda/shared/links';

const link = (capacity: number, migrationShare: number): EdgeLink =>
  ({ id: 'vpn/vpn-1', kind: 'site-to-site-vpn', capacity: { 'to-edge': capacity * 8, 'to-region': 0 }, migrationShare, transports: ['blocks'] });
const held = (rates: readonly number[]) => rates.map((rate, index) => ({ id: `${index}`, rate, from: 0, to: 100, expires: 100 }));

describe('the rate of one move beside others', () => {
  const amount = fc.integer({ min: 1, max: 1e9 });

  test('is never above what it holds, and all together never above the share of what others leave', () => {
    const shares = fc.double({ min: 0.1, max: 1, noNaN: true });
    const several = fc.array(amount, { minLength: 1, maxLength: 6 });
    fc.assert(fc.property(amount, shares, fc.integer({ min: 0, max: 2e9 }), several, (capacity, share, others, rates) => {
      const all = held(rates);
      const each = all.map(one => rateBeside(others, link(capacity, share), 'to-edge', one, all, 50));
      each.forEach((rate, index) => expect(rate).toBeLessThanOrEqual(rates[index]!));
      expect(each.reduce((sum, rate) => sum + rate, 0)).toBeLessThanOrEqual(share * Math.max(0, capacity - others) * (1 + 1e-9));
    }));
  });

  test('is all that it holds where others leave enough, and the less the more they send', () => {
    const [own, other] = held([40, 40]) as [ReturnType<typeof held>[number], ReturnType<typeof held>[number]];
    const at = (others: number) => rateBeside(others, link(100, 0.8), 'to-edge', own, [own, other], 50);
    expect([0, 20, 50, 100, 200].map(at)).toEqual([40, 32, 20, 0, 0]);
    // what was held before, or will be, takes nothing now
    expect(rateBeside(50, link(100, 0.8), 'to-edge', own, [own, { ...other, to: 50 }, { ...other, id: 'later', from: 51 }], 50)).toBe(40);
  });
});

describe('the next limit', () => {
  const MIB = 2 ** 20;
  const own = { id: 'own', rate: 40 * MIB, from: 0, to: 10_000, expires: 10_000 };
  const next = (limit: number, all: readonly number[], held = [own]) => nextLimit(limit, {
    link: link(60 * MIB, 0.8), direction: 'to-edge', reservation: own, held, seen: all.map((value, index) => ({ value: value * MIB, at: 300 * index })), now: 900,
  });

  test('stays while nothing is seen, and while others leave enough', () => {
    expect(next(40, [])).toBe(40);
    expect(next(40, [40, 45, 50])).toBe(40);
  });

  test('falls with the first point that asks for it, to its share of what is left', () => {
    expect(next(40, [55])).toBe(36);
    expect(next(20, [50])).toBe(20);
    expect(next(20, [58])).toBe(17);
  });

  test('is halved at least while the line is full: others may want more than they get', () => {
    expect(next(40, [60])).toBe(20);
    expect(next(20, [60])).toBe(10);
    expect(next(2, [60])).toBe(1);
    expect(next(1, [60])).toBe(1);
  });

  test('rises only after three points, to what the busiest of them leaves, and never above what is held; one full point is enough to fall', () => {
    expect(next(10, [10, 10])).toBe(10);
    expect(next(10, [10, 10, 10])).toBe(40);
    expect(next(10, [10, 40, 10])).toBe(24);
    expect(next(10, [10, 59, 10])).toBe(5);
  });

  test('slot by slot: what was sent while what is held changed is doubtful, and changes nothing by itself', () => {
    // 40 until 600, then 10
    const steps = { ...own, steps: [{ at: 600, rate: 10 * MIB }] };
    const nextOf = (all: readonly number[], limit = 40) => nextLimit(limit, {
      link: link(60 * MIB, 0.8), direction: 'to-edge', reservation: steps, held: [steps], seen: all.map((value, index) => ({ value: value * MIB, at: 300 * index })), now: 900,
    });
    expect(nextOf([45, 45, 15])).toBe(40);
    // 18 at least are of others: 42 are left
    expect(nextOf([58, 45, 15])).toBe(33);
    // 35 at most are
    expect(nextOf([45, 45, 15], 10)).toBe(20);
    expect([heldLimit(steps, { from: 0, to: 600 }), heldLimit(steps, { from: 0, to: 601 }), heldLimit(own, { from: 0, to: 601 })]).toEqual([40, 10, 40]);
  });

  test('counts what others hold as theirs to send: at the same part as this move', () => {
    const other = { ...own, id: 'other' };
    // both send 20 of 40: others 10, and each may have half of the 40 that are left to migrations
    expect(next(20, [50, 50, 50], [own, other])).toBe(20);
    // at 10 each others send 30
    expect(next(10, [50, 50, 50], [own, other])).toBe(12);
  });
});
