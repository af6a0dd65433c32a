import { createHash } from 'node:crypto';
import { LinkIsFull, ReservationLost } from '../errors';
import { changeEntry, daysOf, heldOn, readPages } from './book';
import { type Held, lackOf, type Lack, type Room, type Span, type Takes } from './room';
import { stepsOf } from './slots';

/** A rate on a link for a while, held by one migration. */
export interface Reservation extends Held {
  readonly table: string;
  /** The direction of a link, as `bookOf` names it. */
  readonly book: string;
}

/** What a migration asks for. */
export interface Wanted extends Span {
  readonly table: string;
  readonly book: string;
  /** The ARN of the execution that all began with. */
  readonly execution: string;
  /** What is moved, the same in every retry. */
  readonly migration: string;
  /** Bytes per second. */
  readonly rate: number;
  /** For how long it counts unless it is renewed. */
  readonly seconds?: number;
  /** What it will take at its destination; nothing unless told. */
  readonly takes?: Takes | undefined;
  /** What is forecast to be left, slot by slot: no more than that is held of any of them. Unless told, the whole rate is. */
  readonly forecast?: Room | undefined;
}

/** As long as a lease: who holds something renews it in each turn of its loop. */
const SECONDS = 3600;

const seconds = (): number => Math.floor(Date.now() / 1000);

/** The same for every retry of one migration within one execution, and for no other. */
export function reservationId(execution: string, migration: string): string {
  return createHash('sha256').update(`${execution}\n${migration}`).digest('hex').slice(0, 32);
}

/**
 * Reserves a rate, beside what all others hold, or refuses. What the same migration held before is given back in the same
 * moment: so a repeated call changes nothing, and another span replaces one that it meets.
 */
export async function reserve(wanted: Wanted, room: Room): Promise<Reservation> {
  const { table, book, execution, migration } = wanted;
  const now = seconds();
  const entry: Held = {
    id: reservationId(execution, migration),
    from: Math.floor(wanted.from),
    to: Math.ceil(wanted.to),
    rate: Math.ceil(wanted.rate),
    expires: now + (wanted.seconds ?? SECONDS),
    ...wanted.takes && { takes: wanted.takes },
  };
  const { forecast } = wanted;
  if (!(entry.from < entry.to && entry.rate > 0)) {
    throw new RangeError(`a reservation has a rate and an end after its begin, got ${entry.rate} bytes per second from ${entry.from} to ${entry.to}`);
  }
  let held = entry;
  await changeEntry(table, book, entry.id, entry, now, (_, others) => {
    refuse(book, entry, lackOf(room, others, entry, entry.rate));
    held = { ...entry, ...forecast && { steps: stepsOf(entry, others, forecast, now) } };
    return held;
  });
  return { ...held, table, book };
}

const DAY = 86_400;

/**
 * Holds of each slot that is to come, up to the end of tomorrow, what a new forecast leaves to this reservation: less than its rate where others
 * send more, and that again where they do not, if nobody has reserved it meanwhile. What is gone, or was never whole, stays so.
 */
export async function refit({ table, book, id, from, to }: Pick<Reservation, 'table' | 'book' | 'id' | 'from' | 'to'>, forecast: Room): Promise<void> {
  const now = seconds();
  // whoever forecasts does so again every quarter of an hour, and an item of the ledger has room for the steps of many only where they are few
  const until = (Math.floor(now / DAY) + 2) * DAY;
  await changeEntry(table, book, id, { from, to: Math.max(to, until) }, now, (own, others) =>
    (own ? { ...own, steps: stepsOf(own, others, forecast, now, until) } : 'keep'));
}

/**
 * Keeps a reservation for longer: it runs out later, and may end later (or earlier) than it did. What is held already is not
 * questioned again, even if the forecast has changed; what is new must fit. One that ran out, and nobody took, goes on.
 */
export async function extend(reservation: Reservation, to: number, room: Room, holdFor = SECONDS): Promise<Reservation> {
  const { table, book, id, from } = reservation;
  const now = seconds();
  const next: Held = { id, from, to: Math.ceil(to), rate: reservation.rate, expires: now + holdFor };
  const longest = { from, to: Math.max(next.to, reservation.to) };
  let held = next;
  await changeEntry(table, book, id, longest, now, (own, others) => {
    if (!own) throw new ReservationLost(`the reservation on ${book} ran out and is gone: reserve anew before anything more is sent`);
    const unsure = own.expires > now ? { from: own.to, to: next.to } : next;
    refuse(book, next, unsure.from < unsure.to ? lackOf(room, others, unsure, next.rate) : undefined);
    held = { ...next, ...own.steps && { steps: own.steps }, ...own.takes && { takes: own.takes } };
    return held;
  });
  return { ...held, table, book };
}

/** Gives a reservation back. False when it was gone already. */
export async function release({ table, book, id, from, to }: Reservation): Promise<boolean> {
  let isHeld = false;
  await changeEntry(table, book, id, { from, to }, seconds(), own => {
    isHeld = own !== undefined;
    return 'remove';
  });
  return isHeld;
}

/** What is held at some time of the span, each in its parts of a day. */
export async function reservationsOn(table: string, book: string, span: Span): Promise<Held[]> {
  const held = heldOn(await readPages(table, book, daysOf(span)), seconds());
  return held.filter(({ from, to }) => from < span.to && to > span.from);
}

function refuse(book: string, { rate }: Held, lack: Lack | undefined): void {
  if (!lack) return;
  const at = new Date(lack.at * 1000).toISOString();
  throw new LinkIsFull(`${book} has ${megabits(lack.free)} Mbit/s free at ${at}, ${megabits(rate)} are wanted: plan again, or wait`);
}

const megabits = (bytesPerSecond: number): string => (bytesPerSecond * 8 / 1e6).toFixed(1);
