import type { Forecast, Waiting } from './waiting';

/**
 * Room set aside so that nobody is late: every waiting instance holds the latest start that still fits beside all others.
 * Whoever starts earlier gives its room back. An instance whose held start has come, starts.
 */
export class Reserve {
  /** Held start per instance, by its place in the list; −1 where none was found. */
  readonly held: Int32Array;
  /** What is left per link and slot once everything held is taken off. */
  readonly free: readonly Float64Array[];

  constructor(waiting: readonly Waiting[], forecasts: readonly Forecast[], free: readonly Float64Array[], from: number) {
    this.free = free.map(each => each.slice());
    this.held = new Int32Array(waiting.length).fill(-1);
    const need = forecasts.map(({ slots, cost }, i) => slotsNeeded(slots, cost) * waiting[i]!.rate);
    // big ones first: small ones fit between them, not the other way round
    const order = waiting.map((_, i) => i).sort((a, b) => need[b]! - need[a]! || a - b);
    for (const i of order) {
      const { rate, link } = waiting[i]!;
      const { slots } = forecasts[i]!;
      // a copy may take longer than forecast: held so that it would still be in time, if that can be had
      const careful = this.latest(waiting[i]!, forecasts[i]!, from, 0.5);
      const slot = careful >= 0 ? careful : this.latest(waiting[i]!, forecasts[i]!, from, 0);
      if (slot < 0) continue;
      this.held[i] = slot;
      this.take(link, -rate, slot, slots[slot]!);
    }
  }

  private latest({ rate, link, endsBy }: Waiting, { cost, slots }: Forecast, from: number, longer: number): number {
    for (let slot = cost.length - 1; slot >= from; slot--) {
      if (cost[slot]! === Infinity || slot + Math.ceil(slots[slot]! * (1 + longer)) > endsBy[slot]!) continue;
      if (this.fits(link, rate, slot, slots[slot]!)) return slot;
    }
    return -1;
  }

  fits(link: number, rate: number, slot: number, slots: number): boolean {
    const free = this.free[link]!;
    for (let t = slot; t < slot + slots; t++) if (rate > (free[t] ?? 0) * (1 + 1e-9) + 1e-9) return false;
    return true;
  }

  /** Adds to what is free: a rate gives room back, minus a rate takes it. */
  take(link: number, change: number, slot: number, slots: number): void {
    const free = this.free[link]!;
    for (let t = slot; t < slot + slots && t < free.length; t++) free[t] = free[t]! + change;
  }
}

function slotsNeeded(slots: Uint16Array, cost: Float64Array): number {
  let least = Infinity;
  for (let slot = 0; slot < slots.length; slot++) if (cost[slot]! < Infinity) least = Math.min(least, slots[slot]!);
  return least === Infinity ? 0 : least;
}
