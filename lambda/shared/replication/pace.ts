import type { PaceRequest } from './replication';

/** How fast the engine may synchronise, in KiB per second. */
export interface Pace {
  /** What it is left while the application is busy: the engine takes no more than this as long as there is other I/O. */
  readonly minRate: number;
  /** What it never exceeds. */
  readonly maxRate: number;
  /** What the minimum does not grow beyond, by what was seen so far; null: nothing was seen that says so. */
  readonly ceiling: number | null;
  /** How many judgements in a row have found the minimum kept, and the application at ease. */
  readonly ease: number;
  /** Whether a look has been told this minimum: the next one tells what it brought. */
  readonly isTold: boolean;
}

/** What the target's status tells of the present. */
export interface Observed {
  readonly bytesLeft: number;
  /** Of the synchronisation. */
  readonly bytesPerSecond: number;
  readonly application: { readonly readBytesPerSecond: number; readonly writeBytesPerSecond: number; readonly awaitMillis: number };
}

/** The highest value of DRBD's c-max-rate and c-min-rate (drbd.conf, 4 GiB/s). */
export const MOST_RATE = 4 * 1024 * 1024;
/** However busy the application is, the blocks keep coming: without a second copy of its data it is at risk. */
export const LEAST_RATE = 1024;

const MEBIBYTE = 1024;
/** So much more than needed, for there will be bad hours. */
const HEADROOM = 1.25;
/** A rate is held back by the minimum if it is so close to it. */
const CLOSE = 0.3;
const GROWTH = 2;
const SHRINKAGE = 0.7;
/** To the power of `ease`: carefully back to where trouble was, soon away from there. */
const RELAXATION = 1.1;

interface Favour {
  /** Of what both get through together. */
  readonly share: number;
  /** Milliseconds per request of the application, above which the synchronisation gives way. */
  readonly patience: number;
  readonly start: number;
}
const FAVOURS: Readonly<Record<PaceRequest['favour'], Favour>> = {
  application: { share: 0.2, patience: 10, start: MEBIBYTE },
  balanced: { share: 0.5, patience: 30, start: 4 * MEBIBYTE },
  sync: { share: 0.8, patience: 100, start: 16 * MEBIBYTE },
};

/**
 * The next pace. The maximum is the hard limit alone: what the application does not use, the engine may. The minimum decides between the two
 * while both are busy. It grows as long as the application's requests are answered in time, up to its share of what both get through;
 * it shrinks when they are not, never below the least, nor below what is needed to finish in time.
 *
 * A status sets a pace and tells in the same breath what the one until then has brought, and engines tell the mean of their last half minute.
 * So each minimum stays for two looks, and is judged by the second.
 */
export function nextPace(request: PaceRequest, former: Pace | null, seen: Observed, now: number): Pace {
  const { share, patience, start } = FAVOURS[request.favour];
  const hard = request.rateLimit === null ? MOST_RATE : hardRate(request.rateLimit);
  const least = Math.min(hard, Math.max(LEAST_RATE, neededRate(request, seen.bytesLeft, now)));
  const clamp = (rate: number): number => Math.round(Math.min(hard, Math.max(least, rate)));
  if (former === null) return { minRate: clamp(start), maxRate: hard, ceiling: null, ease: 0, isTold: false };
  // what is needed in time, and a new limit, do not wait
  if (!former.isTold) return { ...former, minRate: clamp(former.minRate), maxRate: hard, isTold: true };
  const ease = isHeldBack(former, seen) && seen.application.awaitMillis < patience / 2 ? former.ease + 1 : 0;
  const ceiling = ceilingOf({ ...former, ease }, seen, patience, share);
  const minRate = clamp(Math.min(former.minRate * GROWTH, ceiling ?? Infinity));
  return { minRate, maxRate: hard, ceiling: ceiling === null ? null : Math.max(1, Math.round(ceiling)), ease, isTold: false };
}

/** A limit of MiB/s as the engine is told of it. */
export function hardRate(rateLimit: number): number {
  return Math.min(MOST_RATE, Math.floor(rateLimit * MEBIBYTE));
}

/** Whether a pace that is in force has to give way, and can: then a look every minute, not every two hours, leads it there. */
export function isGivingWay({ favour }: PaceRequest, { minRate }: Pace, seen: Observed): boolean {
  return minRate > LEAST_RATE && waits(seen, FAVOURS[favour].patience);
}

/** Whether the application waits longer for its requests than it shall. */
function waits({ application: { readBytesPerSecond, writeBytesPerSecond, awaitMillis } }: Observed, patience: number): boolean {
  return readBytesPerSecond + writeBytesPerSecond > 0 && awaitMillis > patience;
}

/** Whether the minimum is what the engine keeps to; else the link is full, or there is nobody to give way to. */
function isHeldBack({ minRate }: Pace, { bytesPerSecond }: Observed): boolean {
  return Math.abs(bytesPerSecond / 1024 - minRate) <= minRate * CLOSE;
}

/** How far the minimum may grow. */
function ceilingOf(pace: Pace, seen: Observed, patience: number, share: number): number | null {
  const { minRate, ceiling, ease } = pace;
  const { bytesPerSecond, application } = seen;
  const sync = bytesPerSecond / 1024;
  const others = (application.readBytesPerSecond + application.writeBytesPerSecond) / 1024;
  // only where the minimum is not what held the engine back does the sum tell what both can get through
  const heldBack = isHeldBack(pace, seen);
  const fair = heldBack ? Infinity : (sync + others) * share;
  // remembered: else it would grow back into the same trouble again and again
  if (waits(seen, patience)) return Math.min(minRate * SHRINKAGE, fair);
  if (!heldBack) return fair;
  // but not for ever: the first minutes of a cold application say little about the days after
  return ceiling === null || ease === 0 ? ceiling : Math.max(ceiling, minRate) * Math.min(GROWTH, RELAXATION ** ease);
}

/** KiB per second that it takes to be done in time; all there is when it is too late. */
function neededRate({ finishBy }: PaceRequest, bytesLeft: number, now: number): number {
  if (finishBy === null) return 0;
  const seconds = (Date.parse(finishBy) - now) / 1000;
  return seconds <= 0 ? MOST_RATE : (bytesLeft / 1024 / seconds) * HEADROOM;
}
