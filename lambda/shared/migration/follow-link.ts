import { errorMessage, errorName } from '../error-name';
import { describeInstances } from '../instances';
import { PERIOD, readLinkTraffic } from '../link-traffic/read';
import { bookOf, bytesPerSecond, type Direction, type EdgeLink } from '../links';
import type { Location } from '../locations';
import { MEBIBYTE } from '../replication/rate-limit';
import { type Reservation, reservationsOn } from '../reservations/reservations';
import { type Held, rateAt, type Span } from '../reservations/room';
import { mark } from '../sync/marks';
import { PHASE, RATE_LIMIT, tagMap } from '../tags';
import type { MigrationPlan } from './plan';

/** The limit that blocks have, and since when. */
export interface LinkPace {
  /** MiB/s, beside what others were seen to send. */
  readonly limit: number;
  /** Seconds since the epoch; a limit that was changed counts a while later. */
  readonly since: number;
  /** MiB/s, as the replication was told: no more than is held of the slot. */
  readonly told: number;
}

export interface Followed {
  /** Null: nothing is sent yet. */
  readonly pace: LinkPace | null;
  /** Why the rate could not follow, which is no reason to end a move; null: it did. */
  readonly trouble: string | null;
}

/** What replicates sees another limit within five minutes (lambda/shared/replication/wait.ts), and tells the engine. */
export const SETTLES_SECONDS = 420;
/** The busiest of so many points of five minutes counts. One is enough to give way, all are wanted to take more. */
const POINTS = 3;
const SECONDS_SEEN = 12 * PERIOD;
/** So long before what is held changes, and after it, the former rate may still be kept, or the next one already. */
const STALE_SECONDS = 720;
/** So full, others may want more than is seen of them. */
const FULL = 0.97;

/**
 * Lets the rate at which blocks are sent follow what is held of the link slot by slot, and what others leave of it: down when they send more
 * than was forecast, and up again to what is held, never above it. `lasting`: for so many seconds what is told now counts.
 */
export async function followLink(
  reservation: Reservation, plan: MigrationPlan, locations: readonly Location[], former: LinkPace | null, lasting: number,
): Promise<Followed> {
  try {
    return { pace: await follow(reservation, plan, locations, former, lasting), trouble: null };
  } catch (error) {
    return { pace: former, trouble: `the rate does not follow the link (${errorName(error)}: ${errorMessage(error)})` };
  }
}

async function follow(
  reservation: Reservation, { sourceInstanceId, link: planned }: MigrationPlan, locations: readonly Location[], former: LinkPace | null, lasting: number,
): Promise<LinkPace | null> {
  const link = locations.flatMap(({ links }) => links).find(({ id }) => id === planned?.id);
  if (!planned || !link) return former;
  const [source] = await describeInstances([sourceInstanceId]);
  // before the switch nothing is sent, and afterwards nothing is left to send
  if (tagMap(source?.Tags)[PHASE] !== 'serving') return former;
  const now = Math.floor(Date.now() / 1000);
  const stretch = { from: now - SECONDS_SEEN, to: now };
  const [{ traffic }, held] = await Promise.all([
    readLinkTraffic(link, planned.direction, stretch, now, PERIOD),
    reservationsOn(reservation.table, bookOf(planned, planned.direction), { ...stretch, to: now + lasting }),
  ]);
  // a fleet may have fitted it to a new forecast meanwhile
  const own: Held = { ...reservation, ...held.find(({ id }) => id === reservation.id), from: reservation.from };
  const before = former ?? { limit: wholeMebibytes(own.rate), since: now - SETTLES_SECONDS, told: wholeMebibytes(own.rate) };
  const seen = Array.from(traffic.values, (value, slot) => ({ value, at: traffic.start + slot * traffic.step }))
    .filter(({ value, at }) => !Number.isNaN(value) && at >= before.since + SETTLES_SECONDS).slice(-POINTS);
  // what was measured before the first look was not sent under this limit
  const limit = former === null ? before.limit : nextLimit(before.limit, { link, direction: planned.direction, reservation: own, held, seen, now });
  const told = Math.min(limit, heldLimit(own, { from: now, to: now + lasting }));
  if (told !== before.told || former === null && own.steps !== undefined) await mark([sourceInstanceId], { [RATE_LIMIT]: String(told) });
  return { limit, since: limit === before.limit ? before.since : now, told };
}

/** MiB/s: the least that is held of a link within a stretch of time. */
export function heldLimit(held: Held, { from, to }: Span): number {
  return wholeMebibytes(leastIn(held, from, to));
}

interface Seen {
  readonly link: EdgeLink;
  readonly direction: Direction;
  readonly reservation: Pick<Held, 'id' | 'rate' | 'steps'>;
  readonly held: readonly Held[];
  /** Bytes per second of all, in the five minutes that begin then. */
  readonly seen: readonly { readonly value: number; readonly at: number }[];
  readonly now: number;
}

/** The limit after what was seen under the present one. Nothing seen changes nothing: what was forecast holds. */
export function nextLimit(limit: number, { link, direction, reservation, held, seen, now }: Seen): number {
  if (seen.length === 0) return limit;
  const next = (rateOf: RateIn): number => {
    const others = seen.map(({ value, at }) => Math.max(0, value - sentAt(at, limit, reservation, held, rateOf)));
    return wholeMebibytes(rateBeside(Math.max(...others), link, direction, reservation, held, now));
  };
  // while what is held changes from one slot to the next, nobody knows which of the two rates was kept: the one that lets things be
  const [down, up] = [next(mostIn), next(leastIn)];
  const isFull = seen.some(({ value }) => value >= FULL * bytesPerSecond(link, direction));
  if (down < limit) return isFull ? Math.min(down, Math.max(1, Math.floor(limit / 2))) : down;
  return isFull || seen.length < POINTS ? limit : Math.max(limit, up);
}

type RateIn = (held: Pick<Held, 'rate' | 'steps'>, from: number, to: number) => number;

const leastIn: RateIn = (held, from, to) => Math.min(...ratesIn(held, from, to));
const mostIn: RateIn = (held, from, to) => Math.max(...ratesIn(held, from, to));

function ratesIn(held: Pick<Held, 'rate' | 'steps'>, from: number, to: number): number[] {
  return [rateAt(held, from), ...(held.steps ?? []).filter(({ at }) => at > from && at < to).map(({ rate }) => rate)];
}

/** What all who hold a part of the link sent in the five minutes that began then. At which part of theirs others do nobody knows: as this move. */
function sentAt(at: number, limit: number, own: Pick<Held, 'rate' | 'steps'>, held: readonly Held[], rateOf: RateIn): number {
  const [from, to] = [at - STALE_SECONDS, at + PERIOD + STALE_SECONDS];
  const fraction = Math.min(1, limit * MEBIBYTE / rateOf(own, from, to));
  return fraction * held.filter(each => each.from < at + PERIOD && each.to > at).reduce((sum, each) => sum + rateOf(each, from, to), 0);
}

/** This move's part of what others leave, as large as its part of all that is held. */
export function rateBeside(others: number, link: EdgeLink, direction: Direction, own: Pick<Held, 'id' | 'rate' | 'steps'>, held: readonly Held[], now: number): number {
  const rate = rateAt(own, now);
  const room = link.migrationShare * Math.max(0, bytesPerSecond(link, direction) - others);
  const all = held.filter(each => each.id !== own.id && each.from <= now && now < each.to).reduce((sum, each) => sum + rateAt(each, now), rate);
  return Math.min(own.rate, room * rate / all);
}

/** Engines are told whole MiB/s, of which one is the least. */
function wholeMebibytes(bytes: number): number {
  return Math.max(1, Math.floor(bytes / MEBIBYTE));
}
