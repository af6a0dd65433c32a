import { errorMessage, errorName } from '../error-name';
import { forecastRoom, LINK_DAYS } from '../fleet/forecast';
import { readPast } from '../fleet/past';
import { readLinkTraffic } from '../link-traffic/read';
import { withoutOwn } from '../link-traffic/sum';
import { bookOf } from '../links';
import type { Location } from '../locations';
import type { Room } from '../reservations/room';
import type { PlannedLink } from './plan';

const HOUR = 3600;
const DAY = 86_400;
const SLOT = 900;
/** Slots of a week: beyond it there is nothing that a forecast could rest on. */
const AHEAD = 7 * DAY / SLOT;

export interface Foreseen {
  /** What the link leaves to migrations, slot by slot; null: it is not known. */
  readonly room: Room | null;
  /** Why it is not known, which is no reason not to move. */
  readonly trouble: string | null;
}

/** What a link will leave to migrations, as fleets forecast it: a move alone has no plan that tells. */
export async function foreseeLink({ id, direction }: PlannedLink, locations: readonly Location[], bucket: string, nowMs = Date.now()): Promise<Foreseen> {
  const link = locations.flatMap(({ links }) => links).find(each => each.id === id);
  if (!link) return { room: null, trouble: null };
  try {
    const now = Math.floor(nowMs / 1000);
    const [{ traffic }, past] = await Promise.all([
      readLinkTraffic(link, direction, { from: Math.floor(now / HOUR) * HOUR - LINK_DAYS * DAY, to: now }, now), readPast(bucket, nowMs),
    ]);
    const others = withoutOwn(traffic, past.filter(({ book }) => book === bookOf(link, direction)));
    // nothing measures it, or nothing was measured: then there is nothing that a slot could have more or less of than another
    if (!others.values.some(value => value > 0)) return { room: null, trouble: null };
    const start = Math.floor(now / SLOT) * SLOT;
    const { room } = forecastRoom(others, link, direction, { start, step: SLOT, slots: AHEAD });
    return { room: { start, step: SLOT, values: room }, trouble: null };
  } catch (error) {
    return { room: null, trouble: `what ${id} leaves is not foreseen (${errorName(error)}: ${errorMessage(error)})` };
  }
}
