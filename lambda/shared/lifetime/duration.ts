const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A schedule is up to a minute late, and somebody must be able to extend in time. */
const SHORTEST = 10 * MINUTE;
const LONGEST = 365 * DAY;

/** What `lifetime` takes, for people. */
export const LIFETIME = 'a duration from "PT10M" to "P365D" in days, hours and minutes, like "P7D" or "PT8H"';

/** The seconds of an ISO 8601 duration; undefined when it is none, or not one that a clone can live. */
export function lifetime(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const [whole, days = '0', hours = '0', minutes = '0'] = /^P(?=.)(?:(\d{1,3})D)?(?:T(?=.)(?:(\d{1,4})H)?(?:(\d{1,6})M)?)?$/.exec(value) ?? [];
  if (whole === undefined) return undefined;
  const seconds = Number(days) * DAY + Number(hours) * HOUR + Number(minutes) * MINUTE;
  return seconds >= SHORTEST && seconds <= LONGEST ? seconds : undefined;
}

/** A schedule in the past never comes. */
const AHEAD_MS = 120_000;

/** The time that lies so many seconds after another, at the next full minute, and in the future: schedules are no more exact. ISO 8601. */
export function later(from: string, seconds: number, now = Date.now()): string {
  return isoSeconds(Math.ceil(Math.max(Date.parse(from) + seconds * 1000, now + AHEAD_MS) / 60_000) * 60_000);
}

/** To the second, as tags have it. */
export function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
