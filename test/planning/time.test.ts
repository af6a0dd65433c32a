import { daysBefore, offsetsOf, utcOffset, wallClock } from '../../lambda/planning/time/zone';
import { isInWindow, openSlots, secondsOfDay, stretchEnds } from '../../lambda/planning/time/windows';

const at = (text: string): number => Date.parse(text) / 1000;
const HOUR = 3600;

describe('time zones', () => {
  test('the wall clock follows daylight saving', () => {
    expect(utcOffset('Europe/Berlin', at('2026-03-29T00:59:59Z'))).toBe(HOUR);
    expect(utcOffset('Europe/Berlin', at('2026-03-29T01:00:00Z'))).toBe(2 * HOUR);
    expect(utcOffset('Asia/Kathmandu', at('2026-01-01T00:00:00Z'))).toBe(5.75 * HOUR);
    expect(wallClock('America/New_York', at('2026-11-01T06:00:00Z'))).toBe(at('2026-11-01T01:00:00Z'));
  });

  test('the same time of day is 23 or 25 hours ago where clocks changed', () => {
    const offset = offsetsOf('Europe/Berlin');
    const noon = at('2026-03-29T10:00:00Z'); // 12:00 summer time
    expect(noon - daysBefore(offset, noon, 1)).toBe(23 * HOUR);
    const after = at('2026-10-25T11:00:00Z'); // 12:00 winter time
    expect(after - daysBefore(offset, after, 1)).toBe(25 * HOUR);
    expect(after - daysBefore(offset, after, 0)).toBe(0);
  });
});

describe('windows', () => {
  const night = { from: '22:00', to: '04:00', timeZone: 'Europe/Berlin' };

  test('a window over midnight belongs to the day on which it opens', () => {
    const saturday = { ...night, days: ['Sat'] as const };
    expect(isInWindow(saturday, at('2026-06-06T21:00:00Z'))).toBe(true); // Sat 23:00
    expect(isInWindow(saturday, at('2026-06-07T01:00:00Z'))).toBe(true); // Sun 03:00, opened on Saturday
    expect(isInWindow(saturday, at('2026-06-06T01:00:00Z'))).toBe(false); // Sat 03:00, opened on Friday
    expect(isInWindow(saturday, at('2026-06-07T02:00:00Z'))).toBe(false); // Sun 04:00: closed
  });

  test.each([
    ['an ordinary night', '2026-06-06T10:00:00Z', 24],
    ['the night that loses an hour', '2026-03-28T10:00:00Z', 20],
    ['the night that gains an hour', '2026-10-24T10:00:00Z', 28],
  ])('%s has as many slots as its wall clock shows', (_, start, slots) => {
    const open = openSlots({ start: at(start), step: 900, slots: 96 }, [night], []);
    expect(open.reduce((sum, each) => sum + each, 0)).toBe(slots);
  });

  test('a blackout that begins and ends within a slot closes it', () => {
    const grid = { start: at('2026-06-01T00:00:00Z'), step: 900, slots: 192 };
    const backup = { from: '02:02', to: '02:12', timeZone: 'Europe/Berlin' };
    const closed = (open: Uint8Array): number[] => [...open.keys()].filter(slot => open[slot] === 0);
    expect(closed(openSlots(grid, [], [backup]))).toEqual([0, 96]);
    expect(closed(openSlots(grid, [], [{ ...backup, days: ['Tue'] }]))).toEqual([96]);
    expect(closed(openSlots(grid, [], [{ ...backup, from: '01:59', to: '02:01' }]))).toEqual([0, 95, 96, 191]);
  });

  test('blackouts of both kinds close slots that they only touch', () => {
    const grid = { start: at('2026-06-06T00:00:00Z'), step: 900, slots: 8 };
    const open = openSlots(grid, [], [{ from: grid.start + 1000, to: grid.start + 1001 }, { from: '01:00', to: '01:20', timeZone: 'UTC' }]);
    expect([...open]).toEqual([1, 0, 1, 1, 0, 0, 1, 1]);
    expect([...stretchEnds(open)]).toEqual([1, 1, 4, 4, 4, 5, 8, 8, 8]);
  });

  test('the same window is asked of each plan by its own slots', () => {
    const of = (start: string, slots: number): number[] => {
      const open = openSlots({ start: at(start), step: 900, slots }, [night], [night]);
      const inside = openSlots({ start: at(start), step: 900, slots }, [night], []);
      return [open.includes(1) ? 1 : 0, inside.indexOf(1), inside.length];
    };
    expect(of('2026-06-06T10:00:00Z', 96)).toEqual([0, 40, 96]);
    expect(of('2026-06-06T11:00:00Z', 96)).toEqual([0, 36, 96]);
    expect(of('2026-06-06T11:00:00Z', 48)).toEqual([0, 36, 48]);
  });

  test('24:00 ends a day, nonsense is refused', () => {
    expect(secondsOfDay('24:00')).toBe(86_400);
    expect(() => secondsOfDay('24:30')).toThrow("time of day '24:30' is not HH:MM");
    expect(() => secondsOfDay('7:00')).toThrow("'7:00'");
  });
});
