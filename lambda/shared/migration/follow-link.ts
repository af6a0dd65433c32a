import { errorMessage, errorName } from '../error-name';
import { describeInstances } from '../instances';
import { PERIOD, readLinkTraffic } from '../link-traffic/read';
import { bookOf, bytesPerSecond, type Direction, type EdgeLink } from '../links';
import type { Location } from '../locations';
import { MEBIBYTE } from '../replication/rate-limit';
import { type Reservation, reservationsOn } from '../reservations/reservations';
import type { Held } from '../reservations/room';
import { mark } from '../sync/marks';
import { PHASE, RATE_LIMIT, tagMap } from '../tags';
import type { MigrationPlan } from './plan';

/** The limit that blocks have, and since when. */
export interface LinkPace {
  /** MiB/s. */
  readonly limit: number;
  /** Seconds since the epoch; a limit that was changed counts a while later. */
  readonly since: number;
}

export interface Followed {
  /** Null: nothing is sent yet. */
  readonly pace: LinkPace | null;
  /** Why the rate could not follow, which is no reason to end a move; null: it did. */
  readonly trouble: string | null;
}

/** What replicates sees another limit within five minutes (lambda/shared/replication/wait.ts), and tells the engine. */
const SETTLES_SECONDS = 420;
/** The busiest of so many points of five minutes counts. One is enough to give way, all are wanted to take more. */
const POINTS = 3;
const SECONDS_SEEN = 12 * PERIOD;
/** So full, others may want more than is seen of them. */
const FULL = 0.97;

/**
 * Lets the rate at which blocks are sent follow what others leave of the link: down when they send more than was forecast, and up again to
 * what is held, never above it.
 */
export async function followLink(reservation: Reservation, plan: MigrationPlan, locations: readonly Location[], former: LinkPace | null): Promise<Followed> {
  try {
    return { pace: await follow(reservation, plan, locations, former), trouble: null };
  } catch (error) {
    return { pace: former, trouble: `the rate does not follow the link (${errorName(error)}: ${errorMessage(error)})` };
  }
}

async function follow(
  reservation: Reservation, { sourceInstanceId, link: planned }: MigrationPlan, locations: readonly Location[], former: LinkPace | null,
): Promise<LinkPace | null> {
  const link = locations.flatMap(({ links }) => links).find(({ id }) => id === planned?.id);
  if (!planned || !link) return former;
  const [source] = await describeInstances([sourceInstanceId]);
  // before the switch nothing is sent, and afterwards nothing is left to send
  if (tagMap(source?.Tags)[PHASE] !== 'serving') return former;
  const now = Math.floor(Date.now() / 1000);
  if (former === null) return { limit: wholeMebibytes(reservation.rate), since: now - SETTLES_SECONDS };
  const stretch = { from: now - SECONDS_SEEN, to: now };
  const [{ traffic }, held] = await Promise.all([
    readLinkTraffic(link, planned.direction, stretch, now, PERIOD), reservationsOn(reservation.table, bookOf(planned, planned.direction), stretch),
  ]);
  const seen = Array.from(traffic.values, (value, slot) => ({ value, at: traffic.start + slot * traffic.step }))
    .filter(({ value, at }) => !Number.isNaN(value) && at >= former.since + SETTLES_SECONDS).slice(-POINTS);
  const limit = nextLimit(former.limit, { link, direction: planned.direction, reservation, held, seen, now });
  if (limit === former.limit) return former;
  await mark([sourceInstanceId], { [RATE_LIMIT]: String(limit) });
  return { limit, since: now };
}

interface Seen {
  readonly link: EdgeLink;
  readonly direction: Direction;
  readonly reservation: Pick<Reservation, 'id' | 'rate'>;
  readonly held: readonly Held[];
  /** Bytes per second of all, in the five minutes that begin then. */
  readonly seen: readonly { readonly value: number; readonly at: number }[];
  readonly now: number;
}

/** The limit after what was seen under the present one. Nothing seen changes nothing: what was forecast holds. */
export function nextLimit(limit: number, { link, direction, reservation, held, seen, now }: Seen): number {
  if (seen.length === 0) return limit;
  // of others nobody knows at which part of theirs they send: at the same as this move
  const fraction = Math.min(1, limit * MEBIBYTE / reservation.rate);
  const others = seen.map(({ value, at }) => {
    const own = held.filter(({ from, to }) => from < at + PERIOD && to > at).reduce((sum, { rate }) => sum + rate, 0);
    return Math.max(0, value - own * fraction);
  });
  const next = wholeMebibytes(rateBeside(Math.max(...others), link, direction, reservation, held, now));
  const isFull = seen.some(({ value }) => value >= FULL * bytesPerSecond(link, direction));
  if (next < limit) return isFull ? Math.min(next, Math.max(1, Math.floor(limit / 2))) : next;
  return isFull || seen.length < POINTS ? limit : next;
}

/** This move's part of what others leave, as large as its part of all that is held. */
export function rateBeside(others: number, link: EdgeLink, direction: Direction, { id, rate }: Pick<Reservation, 'id' | 'rate'>, held: readonly Held[], now: number): number {
  const room = link.migrationShare * Math.max(0, bytesPerSecond(link, direction) - others);
  const all = held.filter(each => each.id !== id && each.from <= now && now < each.to).reduce((sum, each) => sum + each.rate, rate);
  return Math.min(rate, room * rate / all);
}

/** Engines are told whole MiB/s, of which one is the least. */
function wholeMebibytes(bytes: number): number {
  return Math.max(1, Math.floor(bytes / MEBIBYTE));
}
