const DAY = 86_400;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  let known = formats.get(zone);
  if (!known) {
    known = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    formats.set(zone, known);
  }
  return known;
}

function readOffset(zone: string, time: number): number {
  const parts = new Map<string, number>();
  for (const { type, value } of format(zone).formatToParts(time * 1000)) parts.set(type, Number(value));
  const part = (type: string): number => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) / 1000 - time;
}

const offsets = new Map<string, (time: number) => number>();

/** Offsets change at full quarter hours only, so one look-up per quarter hour serves all times within it: the format is slow. */
export function offsetsOf(zone: string): (time: number) => number {
  const before = offsets.get(zone);
  if (before) return before;
  const known = new Map<number, number>();
  const offset = (time: number): number => {
    if (zone === 'UTC') return 0;
    const quarter = Math.floor(time / 900);
    let found = known.get(quarter);
    if (found === undefined) known.set(quarter, found = readOffset(zone, quarter * 900));
    return found;
  };
  offsets.set(zone, offset);
  return offset;
}

/** Seconds that the zone is ahead of UTC. */
export const utcOffset = (zone: string, time: number): number => offsetsOf(zone)(time);

/** What the wall clock shows in a time zone, written as if it were UTC: seconds since the epoch. */
export const wallClock = (zone: string, time: number): number => time + utcOffset(zone, time);

/** The same time of day, some days earlier on the calendar of the zone: 23 or 25 hours back where the clocks changed between. */
export function daysBefore(offset: (time: number) => number, time: number, days: number): number {
  const plain = time - days * DAY;
  return plain + offset(time) - offset(plain);
}

/** Hours and minutes of the wall clock, as people read them. */
export function clockTime(zone: string, time: number): string {
  const minutes = Math.floor(wallClock(zone, time) / 60) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
