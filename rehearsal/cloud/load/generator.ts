import type { Background } from '../links/background';
import type { Load } from './load';
import { chance, normal, smooth } from './noise';

const hour = 3_600_000;
const day = 24 * hour;

/** The kinds of work of a business fleet, and how often they are met. */
const kinds = [['office', 0.35], ['web', 0.25], ['batch', 0.2], ['steady', 0.15], ['bursty', 0.05]] as const;
export type Kind = typeof kinds[number][0];

export interface GeneratorOptions {
  /** Which of the fleet's instances; each is another one. */
  readonly index: number;
  readonly kind?: Kind;
  /** Hours by which the site's clock is ahead of UTC. */
  readonly utcOffset?: number;
  /** Mean bytes written per second; from a distribution with a heavy tail unless given. */
  readonly meanWrites?: number;
}

/**
 * A load as one meets it: office hours or evening peaks, weekends, jobs at night, noise that lasts for minutes and hours. One seed and index, one
 * load. Made up: it resembles published traces in its daily and weekly shape, not in its numbers.
 */
export function generatedLoad(seed: number, { index, kind = kindOf(seed, index), utcOffset = 0, meanWrites }: GeneratorOptions): Load {
  const mine = (seed + Math.imul(index + 1, 0x9e3779b1)) | 0;
  const draw = (stream: number) => chance(mine, stream, 0);
  // half of all write less than 60 KB/s, one in fifty more than 2 MB/s
  const mean = meanWrites ?? Math.min(6e6, 60e3 * Math.exp(1.7 * normal(mine, 9, 0)));
  const [base, height] = [1 + 5 * draw(1), 15 + 60 * draw(2)];
  const activity = activityOf(kind, mine);
  const at = (time: number, stream: number, deviation: number) => {
    const local = time + utcOffset * hour;
    const noise = 0.8 * smooth(mine, stream, time, 2 * hour) + 0.6 * smooth(mine, stream + 1, time, hour / 6);
    return activity(local) * Math.exp(deviation * noise - deviation ** 2 / 2);
  };
  return {
    cpu: time => Math.min(100, base + height * at(time, 20, 0.35)),
    writes: time => mean * at(time, 30, 0.7),
  };
}

function kindOf(seed: number, index: number): Kind {
  let drawn = chance(seed, 7, index);
  return kinds.find(([, share]) => (drawn -= share) < 0)?.[0] ?? 'steady';
}

/** 1970 began on a Thursday. */
const isWeekend = (local: number) => (Math.floor(local / day) + 3) % 7 >= 5;
const hourOf = (local: number) => local % day / hour;

/** How busy it is at a local time; about 1 on average. */
function activityOf(kind: Kind, seed: number): (local: number) => number {
  const shift = 2 * chance(seed, 3, 0) - 1;
  switch (kind) {
    case 'office': return local => (isWeekend(local) ? 0.15 : 0.15 + 2.3 * plateau(hourOf(local), 8 + shift, 18 + shift));
    case 'web': return local => (1 + 0.75 * Math.cos(2 * Math.PI * (hourOf(local) - 20 - shift) / 24)) * (isWeekend(local) ? 1.15 : 0.95);
    case 'batch': return local => 0.25 + job(seed, local);
    case 'steady': return () => 1;
    case 'bursty': return local => (chance(seed, 40, Math.floor(local / (hour / 2))) < 0.06 ? 10 : 0.4);
  }
}

/** From 0 to 1 and back, within an hour each. */
function plateau(value: number, from: number, until: number): number {
  return Math.max(0, Math.min(1, value - from, until - value));
}

/** A job at night, for one to three hours, a little earlier or later each time; now and then it does not run. */
function job(seed: number, local: number): number {
  const night = Math.floor(local / day);
  if (chance(seed, 50, night) < 0.04) return 0;
  const begin = 1 + 4 * chance(seed, 51, 0) + 0.4 * (chance(seed, 52, night) - 0.5);
  const hours = (1 + 2 * chance(seed, 53, 0)) * (0.8 + 0.4 * chance(seed, 54, night));
  const at = hourOf(local);
  return at >= begin && at < begin + hours ? 18 / hours : 0;
}

export interface BackgroundOptions {
  /** Bits per second of the link. */
  readonly capacity: number;
  /** The part of it that others use on average; a third unless told otherwise. */
  readonly mean?: number;
  readonly utcOffset?: number;
}

/** What others send over a link: busy by day, less at weekends, a backup in the small hours. */
export function generatedBackground(seed: number, { capacity, mean = 0.33, utcOffset = 0 }: BackgroundOptions): Background {
  return time => {
    const local = time + utcOffset * hour;
    const shape = (isWeekend(local) ? 0.6 : 1.1) * (0.6 + 0.9 * plateau(hourOf(local) / 3, 7 / 3, 20 / 3)) + 0.7 * job(seed, local) / 18;
    return Math.min(capacity, capacity * mean * shape * Math.exp(0.25 * smooth(seed, 60, time, 2 * hour) + 0.2 * smooth(seed, 61, time, hour / 6)));
  };
}
