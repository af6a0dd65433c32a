import type { Grid } from '../../planning/time/grid';
import { isLinkUp, readLinkTraffic } from '../link-traffic/read';
import { withoutOwn } from '../link-traffic/sum';
import { bookOf, bytesPerSecond, type Direction, type EdgeLink } from '../links';
import { type Location, wayTo } from '../locations';
import { reservationsOn } from '../reservations/reservations';
import { heldPerSlot, type Span } from '../reservations/room';
import type { FleetInstance } from './facts';
import { forecastRoom, LINK_DAYS } from './forecast';
import type { LinkForecast, LinkForecasts } from './plan';
import type { FleetRequest } from './request';
import { type Expectation, type FleetStatus, inState, isCopying } from './status';

const HOUR = 3600;
const DAY = 86_400;
const SLOT = 900;

/** A plan looks so far ahead, where no deadline says how far. */
const HORIZON = 3 * DAY;
/** Beyond a week there is nothing that a forecast could rest on. */
const LONGEST_HORIZON = 7 * DAY;

/** The slots of a plan: from the next full quarter of an hour to the deadline. */
export function gridOf({ deadline }: Pick<FleetRequest, 'deadline'>, now: number): Grid {
  const start = Math.ceil(now / SLOT) * SLOT;
  const seconds = deadline === null ? HORIZON : Math.min(LONGEST_HORIZON, Date.parse(deadline) / 1000 - start);
  return { start, step: SLOT, slots: Math.max(1, Math.ceil(seconds / SLOT)) };
}

export interface DirectedLink { readonly link: EdgeLink; readonly direction: Direction }

/** The links that a fleet may use, each in its direction. */
export function linksOf(instances: readonly FleetInstance[], destination: Location, locations: readonly Location[]): DirectedLink[] {
  const found = new Map<string, DirectedLink>();
  for (const { place } of instances) {
    const way = wayTo(destination, place, locations);
    for (const link of way?.links ?? []) found.set(link.id, { link, direction: way!.direction });
  }
  return [...found.values()];
}

/** What a migration took of a link. */
export interface Own extends Span { readonly book: string; readonly rate: number }

/** What a fleet has sent so far, which is not somebody else's traffic; `books` by link. */
export function takenBy(status: FleetStatus, books: ReadonlyMap<string, string>, now: number): Own[] {
  const of = ({ link, rate, start: from, elsewhere }: Expectation, to: number): Own[] => (elsewhere ? [] : [{ book: books.get(link) ?? '', rate, from, to }]);
  return [
    ...inState(status, 'moving').flatMap(([, progress]) => of(progress.expected, isCopying(progress) ? now : progress.left ?? progress.switched ?? now)),
    ...inState(status, 'moved').flatMap(([, { expected, outcome: { switchedAt, copiedAt } }]) => {
      const end = copiedAt ?? switchedAt;
      return of(expected, end === null ? expected.until : Date.parse(end) / 1000);
    }),
  ];
}

export interface Reading {
  readonly grid: Grid;
  readonly table: string;
  readonly links: readonly DirectedLink[];
  /** What migrations took: it is not forecast as somebody else's traffic. */
  readonly own: readonly Own[];
  /** Ids of the fleet's own reservations, which are not in its way. */
  readonly ownReservations: ReadonlySet<string>;
  /** What was read before. Traffic is forecast by the hour, and so read once in an hour. */
  readonly before?: LinkForecasts;
}

/** What the links leave to the fleet, by what went over them, whether they are up, and what the ledger says. */
export async function readLinkForecasts({ grid, table, links, own, ownReservations, before }: Reading, now = Date.now() / 1000): Promise<LinkForecasts> {
  const isSameHour = before !== undefined && Math.floor(before.readAt / HOUR) === Math.floor(now / HOUR);
  const forecasts = await Promise.all(links.map(async ({ link, direction }): Promise<LinkForecast> => {
    const book = bookOf(link, direction);
    const known = isSameHour ? before.links.find(({ id }) => id === link.id) : undefined;
    const [traffic, isUp, reserved] = await Promise.all([
      known ?? readTraffic({ link, direction }, grid, own.filter(each => each.book === book), now),
      isLinkUp(link, now),
      reservationsOn(table, book, { from: Math.max(now, grid.start), to: Math.max(now, grid.start) + grid.slots * grid.step }),
    ]);
    const held = heldPerSlot(reserved.filter(({ id }) => !ownReservations.has(id)), { ...grid, values: traffic.room });
    return { ...traffic, id: link.id, direction, link, capacity: bytesPerSecond(link, direction), held: rounded(held), isUp };
  }));
  return { grid, readAt: isSameHour ? before.readAt : now, links: forecasts };
}

async function readTraffic(
  { link, direction }: DirectedLink, grid: Grid, own: readonly Own[], now: number,
): Promise<Pick<LinkForecast, 'traffic' | 'room' | 'note' | 'requested'>> {
  const { traffic: all, requested } = await readLinkTraffic(link, direction, { from: Math.floor(now / HOUR) * HOUR - LINK_DAYS * DAY, to: now }, now);
  const { traffic, room, note } = forecastRoom(withoutOwn(all, own), link, direction, grid);
  return { traffic: rounded(traffic), room: rounded(room), note, requested };
}

/** Whole bytes per second: what is below tells nothing, and the room is what the ledger compares. */
const rounded = (values: Float64Array): number[] => [...values].map(Math.floor);
