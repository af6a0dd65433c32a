import type { Forecast, Waiting } from './waiting';

/** Rounds in which the biggest ones are left out, so that more of the others fit. */
const ROUNDS = 8;

/** What a copy takes its part of: a rate of its link, and one of each limit that it counts in. */
type Part = Pick<Waiting, 'link' | 'rate' | 'limits'>;

/**
 * Room set aside so that nobody is late: every waiting instance holds the latest start that still fits beside all others.
 * Whoever starts earlier gives its room back. An instance whose held start has come, starts. Where not all fit the biggest of
 * those that count least hold nothing, for so the fewest are late; they start where those who hold leave room.
 */
export class Reserve {
  /** Held start per instance, by its place in the list; −1 where none was found. */
  readonly held: Int32Array;
  /** What is left per link (or limit) and slot once everything held is taken off. */
  free: readonly Float64Array[];

  constructor(
    private readonly waiting: readonly Waiting[], private readonly forecasts: readonly Forecast[], free: readonly Float64Array[], private readonly from: number,
  ) {
    this.held = new Int32Array(waiting.length).fill(-1);
    const need = forecasts.map(({ slots, cost }, i) => slotsNeeded(slots, cost) * waiting[i]!.rate);
    const priority = waiting.map(each => each.priority ?? 0);
    // big ones first: small ones fit between them, not the other way round
    const order = waiting.map((_, i) => i).sort((a, b) => priority[b]! - priority[a]! || need[b]! - need[a]! || a - b);
    const leaving = [...order].sort((a, b) => priority[a]! - priority[b]! || need[b]! - need[a]! || a - b);
    const rank = new Int32Array(order.length);
    leaving.forEach((i, place) => { rank[i] = place; });
    // who can not be in time at all lacks nothing
    const unheld = (): number[] => order.filter(i => this.held[i]! < 0 && need[i]! > 0);
    this.free = this.hold(order, free);
    let [left, skipped] = [unheld(), 0];
    for (let round = 0; round < ROUNDS && left.length > 0; round++) {
      // as many of the biggest as hold what the others lack
      let lacking = left.filter(i => rank[i]! >= skipped).reduce((sum, i) => sum + need[i]!, 0);
      let more = skipped;
      while (lacking > 0 && more < leaving.length) lacking -= need[leaving[more++]!]!;
      const [before, room] = [this.held.slice(), this.free];
      this.free = this.hold(order.filter(i => rank[i]! >= more), free);
      const now = unheld();
      if (now.length >= left.length) {
        this.held.set(before);
        this.free = room;
        break;
      }
      [left, skipped] = [now, more];
    }
  }

  /** Holds the latest starts of these, in this order, and gives what is then left. */
  private hold(order: readonly number[], room: readonly Float64Array[]): readonly Float64Array[] {
    this.held.fill(-1);
    this.free = room.map(each => each.slice());
    for (const i of order) {
      const forecast = this.forecasts[i]!;
      // a copy may take longer than forecast: held so that it would still be in time, if that can be had
      const careful = this.latest(this.waiting[i]!, forecast, this.from, 0.5);
      const slot = careful >= 0 ? careful : this.latest(this.waiting[i]!, forecast, this.from, 0);
      if (slot < 0) continue;
      this.held[i] = slot;
      this.take(this.waiting[i]!, -1, slot, forecast.slots[slot]!);
    }
    return this.free;
  }

  private latest(waiting: Waiting, { cost, slots }: Forecast, from: number, longer: number): number {
    for (let slot = cost.length - 1; slot >= from; slot--) {
      if (cost[slot]! === Infinity || slot + Math.ceil(slots[slot]! * (1 + longer)) > waiting.endsBy[slot]!) continue;
      if (this.fits(waiting, slot, slots[slot]!)) return slot;
    }
    return -1;
  }

  fits({ link, rate, limits = [] }: Part, slot: number, slots: number): boolean {
    return hasRoom(this.free[link]!, rate, slot, slots) && limits.every(limit => hasRoom(this.free[limit]!, 1, slot, slots));
  }

  /** Gives room back (1), or takes it (−1). */
  take({ link, rate, limits = [] }: Part, sign: 1 | -1, slot: number, slots: number): void {
    add(this.free[link]!, sign * rate, slot, slots);
    for (const limit of limits) add(this.free[limit]!, sign, slot, slots);
  }
}

function hasRoom(free: Float64Array, rate: number, slot: number, slots: number): boolean {
  for (let t = slot; t < slot + slots; t++) if (rate > (free[t] ?? 0) * (1 + 1e-9) + 1e-9) return false;
  return true;
}

function add(free: Float64Array, change: number, slot: number, slots: number): void {
  for (let t = slot; t < slot + slots && t < free.length; t++) free[t] = free[t]! + change;
}

function slotsNeeded(slots: Uint16Array, cost: Float64Array): number {
  let least = Infinity;
  for (let slot = 0; slot < slots.length; slot++) if (cost[slot]! < Infinity) least = Math.min(least, slots[slot]!);
  return least === Infinity ? 0 : least;
}
