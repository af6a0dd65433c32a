import { errorName } from '../error-name';
import { bookOf } from '../links';
import { extend, release, type Reservation, reservationId, reserve } from '../reservations/reservations';
import type { Room, Takes } from '../reservations/room';
import type { MigrationPlan, PlannedLink } from './plan';
import type { MigrationRequest } from './request';

/** A reservation that a move no longer renews runs out so long after its end. */
const GRACE = 900;
/** Of the room, whose values are the same at all times here. */
const SLOT = 900;
/** A move whose bytes nobody can count takes the link for so long at first, and longer in each round. */
const AT_LEAST = 1800;

const now = (): number => Math.floor(Date.now() / 1000);

/** What migrations may have, slot by slot: an execution knows no forecast, so it is the link's share at all times. */
function roomOf({ share }: PlannedLink, from: number, to: number): Room {
  const start = Math.floor(from / SLOT) * SLOT;
  return { start, step: SLOT, values: new Array<number>(Math.ceil((to - start) / SLOT)).fill(share) };
}

/** What a fleet has reserved for this move, which is its own from then on. */
export function reservedByFleet(table: string, { instanceId, reservation, root }: MigrationRequest): Reservation | null {
  if (reservation === null || root === null) return null;
  const { link, direction, bitsPerSecond, from, until } = reservation;
  const to = Math.ceil(Date.parse(until) / 1000);
  return {
    table, book: bookOf({ id: link }, direction), id: reservationId(root, instanceId),
    from: Math.floor(Date.parse(from) / 1000), to, rate: Math.ceil(bitsPerSecond / 8), expires: to + GRACE,
  };
}

/**
 * Takes the whole share of the link, so that one such move goes on at a time, or of each slot what is forecast to be left of that; throws
 * `LinkIsFull` where somebody holds a part.
 */
export async function reserveLink(table: string, plan: MigrationPlan, execution: string, forecast: Room | null): Promise<Reservation | null> {
  const { sourceInstanceId, link, expectedSeconds } = plan;
  if (link === null) return null;
  const from = now();
  const to = from + Math.max(AT_LEAST, Math.ceil(expectedSeconds ?? 0));
  return reserve({
    table, book: bookOf(link, link.direction), execution, migration: sourceInstanceId, from, to, rate: link.rate, seconds: to + GRACE - from,
    takes: takesOf(plan), ...forecast && { forecast },
  }, roomOf(link, from, to));
}

/** What the target takes of an Outpost, which fleets do not plan with until it runs there. */
function takesOf({ sourceInstanceId, destination, launch: { InstanceType: type, Placement }, volumes }: MigrationPlan): Takes | undefined {
  const { outpostArn } = destination;
  if (outpostArn === undefined) return undefined;
  const gib: Record<string, number> = {};
  for (const volume of volumes) gib[volume.type] = (gib[volume.type] ?? 0) + volume.size;
  return { instanceId: sourceInstanceId, outpostArn, type: Placement?.Tenancy === 'host' ? 'host' : type ?? '', gib };
}

export interface Kept {
  readonly reservation: Reservation;
  /** Others have reserved what comes next. */
  readonly crowded: boolean;
}

/** Holds what is held for another while. AWS does not stop half way: a link that is wanted by others meanwhile is told, and the move goes on. */
export async function keepLink(reservation: Reservation, { link }: MigrationPlan, seconds: number): Promise<Kept> {
  const to = now() + Math.ceil(seconds);
  if (link === null || to <= reservation.to) return { reservation, crowded: false };
  try {
    return { reservation: await extend(reservation, to, roomOf(link, reservation.from, to), to + GRACE - now()), crowded: false };
  } catch (error) {
    if (!['LinkIsFull', 'ReservationLost', 'LinkIsContended'].includes(errorName(error))) throw error;
    return { reservation, crowded: true };
  }
}

export async function giveLinkBack(reservation: Reservation | null): Promise<void> {
  if (reservation !== null) await release(reservation);
}
