/** A stretch of time, in seconds since the epoch. */
export interface Span { readonly from: number; readonly to: number }

/** What a move will take at the Outpost where it is launched: the ledger promises it while the move holds its link. */
export interface Takes {
  /** The source; its phase tells when the target runs there, and is counted by CloudWatch. */
  readonly instanceId: string;
  readonly outpostArn: string;
  readonly type: string;
  /** By volume type. */
  readonly gib: Readonly<Record<string, number>>;
}

/** A rate, in whole bytes per second, from some time on until the next one. */
export interface RateFrom { readonly at: number; readonly rate: number }

/** What somebody holds of a link. */
export interface Held extends Span {
  readonly id: string;
  /** The most that it is at any time, in bytes per second, a whole number: sums of them are exact. */
  readonly rate: number;
  /** What it is slot by slot, the earliest first; `rate` before, and where there are none. */
  readonly steps?: readonly RateFrom[];
  /** Seconds since the epoch; from then on it does not count. */
  readonly expires: number;
  /** Absent: it goes to no Outpost, or has not been started yet. */
  readonly takes?: Takes;
}

/** Bytes per second that all migrations together may take, slot by slot. There is nothing outside of the slots. */
export interface Room {
  /** Seconds since the epoch. */
  readonly start: number;
  /** Seconds per slot. */
  readonly step: number;
  readonly values: ArrayLike<number>;
}

/** A time at which there is not enough. */
export interface Lack { readonly at: number; readonly free: number }

/** What is held at some time within the span, by its slots. */
export function rateAt({ rate, steps = [] }: Pick<Held, 'rate' | 'steps'>, time: number): number {
  return steps.findLast(({ at }) => at <= time)?.rate ?? rate;
}

/** The times of a span at which what is held changes. */
const changesOf = ({ from, steps = [] }: Span & Pick<Held, 'steps'>): number[] => [from, ...steps.map(({ at }) => at)];

/** What of a span lies within another; nothing where they do not meet. */
export function within(span: Span, { from, to }: Span): Span | undefined {
  const part = { from: Math.max(span.from, from), to: Math.min(span.to, to) };
  return part.from < part.to ? part : undefined;
}

/** The first time in the span at which the rate does not fit beside what others hold. */
export function lackOf(room: Room, others: readonly (Span & Pick<Held, 'rate' | 'steps'>)[], span: Span, rate: number): Lack | undefined {
  const meeting = others.filter(other => within(other, span));
  // both the room and what is held change at these times only
  const times = new Set([span.from, ...meeting.flatMap(changesOf), ...boundaries(room, span)]);
  for (const at of [...times].filter(time => time >= span.from && time < span.to).sort((a, b) => a - b)) {
    const held = sumAt(meeting, at);
    const free = Math.floor(roomAt(room, at)) - held;
    if (rate > free) return { at, free: Math.max(0, free) };
  }
  return undefined;
}

/** The most that is held at any time of each slot, in bytes per second. */
export function heldPerSlot(held: readonly Held[], { start, step, values }: Room): Float64Array {
  return Float64Array.from({ length: values.length }, (_, slot) => {
    const span = { from: start + slot * step, to: start + (slot + 1) * step };
    const meeting = held.filter(each => within(each, span));
    const times = [span.from, ...meeting.flatMap(changesOf).filter(at => at > span.from && at < span.to)];
    return Math.max(...times.map(at => sumAt(meeting, at)));
  });
}

/** What all of them hold at a time. */
function sumAt(held: readonly (Span & Pick<Held, 'rate' | 'steps'>)[], time: number): number {
  return held.reduce((sum, each) => sum + (each.from <= time && time < each.to ? rateAt(each, time) : 0), 0);
}

function roomAt({ start, step, values }: Room, time: number): number {
  return values[Math.floor((time - start) / step)] ?? 0;
}

function boundaries({ start, step, values }: Room, span: Span): number[] {
  const first = Math.max(0, Math.ceil((span.from - start) / step));
  const last = Math.min(values.length, Math.floor((span.to - start) / step));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => start + (first + i) * step);
}
