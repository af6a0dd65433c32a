import { type Grid, timeOf } from './grid';
import { wallClock } from './zone';

export type Weekday = 'Sun' | 'Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat';
const WEEKDAYS: readonly Weekday[] = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Hours of the wall clock that return day by day, as '22:00' to '04:00'. */
export interface DailyWindow {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  /** The days on which the window opens; every day if left out. */
  readonly days?: readonly Weekday[];
}

/** A span of absolute time, seconds since the epoch. */
export interface Span { readonly from: number; readonly to: number }

/** Seconds since midnight of 'HH:MM'; '24:00' is the end of the day. */
export function secondsOfDay(text: string): number {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text);
  const seconds = match ? Number(match[1]) * 3600 + Number(match[2]) * 60 : NaN;
  if (!(seconds <= 86_400)) throw new RangeError(`time of day '${text}' is not HH:MM between 00:00 and 24:00`);
  return seconds;
}

/**
 * Whether the wall clock shows a time within the window. This, and not a start plus a length, is what stays right when
 * clocks change: an hour that does not exist is never in a window, an hour that comes twice is in it twice.
 */
export function isInWindow({ from, to, timeZone, days }: DailyWindow, time: number): boolean {
  const clock = wallClock(timeZone, time);
  const second = ((clock % 86_400) + 86_400) % 86_400;
  const opens = secondsOfDay(from);
  const closes = secondsOfDay(to);
  const overMidnight = closes <= opens;
  const afterMidnight = overMidnight && second < closes;
  if (!(overMidnight ? second >= opens || afterMidnight : second >= opens && second < closes)) return false;
  if (!days) return true;
  const openedOn = new Date((clock - (afterMidnight ? 86_400 : 0)) * 1000).getUTCDay();
  return days.includes(WEEKDAYS[openedOn]!);
}

/** Whether some time of a stretch of less than a day lies within the window, one that opens and closes again in it included. */
function touches(window: DailyWindow, from: number, to: number): boolean {
  if (isInWindow(window, from) || isInWindow(window, to - 1)) return true;
  const opens = from + (secondsOfDay(window.from) - wallClock(window.timeZone, from) % 86_400 + 86_400) % 86_400;
  return opens < to && isInWindow(window, opens);
}

/** Per slot, whether all of it lies within a window, and whether any of it does. */
interface Marks { readonly grid: Grid; readonly whole: Uint8Array; readonly touched: Uint8Array }

/** Thousands of instances have the same windows: the wall clock is asked once for each. */
const known = new WeakMap<DailyWindow | Span, Marks>();

function marksOf(window: DailyWindow | Span, grid: Grid): Marks {
  const before = known.get(window);
  if (before?.grid.start === grid.start && before.grid.step === grid.step && before.grid.slots === grid.slots) return before;
  const mark = (is: (from: number, to: number) => boolean): Uint8Array =>
    Uint8Array.from({ length: grid.slots }, (_, slot) => (is(timeOf(grid, slot), timeOf(grid, slot + 1)) ? 1 : 0));
  const marks = {
    grid,
    whole: mark('timeZone' in window ? (from, to) => isInWindow(window, from) && isInWindow(window, to - 1) : (from, to) => window.from <= from && window.to >= to),
    touched: mark('timeZone' in window ? (from, to) => touches(window, from, to) : (from, to) => window.from < to && window.to > from),
  };
  known.set(window, marks);
  return marks;
}

/** One mark per slot: whether the whole slot lies within one of the windows (all of time if there are none) and outside of all blackouts. */
export function openSlots(grid: Grid, windows: readonly DailyWindow[], blackouts: readonly (DailyWindow | Span)[]): Uint8Array {
  const [inside, outside] = [windows.map(window => marksOf(window, grid).whole), blackouts.map(window => marksOf(window, grid).touched)];
  const open = new Uint8Array(grid.slots);
  for (let slot = 0; slot < grid.slots; slot++) {
    open[slot] = (inside.length === 0 || inside.some(whole => whole[slot])) && !outside.some(touched => touched[slot]) ? 1 : 0;
  }
  return open;
}

/** For each slot the end of the open stretch that it lies in: the first slot from there on that is not open. */
export function stretchEnds(open: Uint8Array): Int32Array {
  const ends = new Int32Array(open.length + 1);
  ends[open.length] = open.length;
  for (let slot = open.length - 1; slot >= 0; slot--) ends[slot] = open[slot] ? Math.max(slot + 1, open[slot + 1] ? ends[slot + 1]! : 0) : slot;
  return ends;
}
