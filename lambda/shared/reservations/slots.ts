import { type Held, rateAt, type RateFrom, type Room, within } from './room';

/** Engines are told whole MiB/s, and at least one: who holds less of a slot than that takes it all the same. */
const MEBIBYTE = 2 ** 20;
/** What went over a link is compared with what was held of it until so long ago. */
const REMEMBERED = 7200;

/**
 * What a move holds slot by slot, of what is forecast to be left: its part of that, as large as its part of all that is held then, and never
 * more than its rate. More than it holds already is taken only where nobody has reserved it. From `until` on, where a forecast is not asked
 * yet, it is the rate.
 */
export function stepsOf(own: Held, others: readonly Held[], { start, step, values }: Room, now: number, until = Infinity): RateFrom[] {
  const before = (own.steps ?? []).filter(({ at }) => at <= now);
  const past = before.slice(Math.max(0, before.findLastIndex(({ at }) => at <= now - REMEMBERED)));
  const steps: RateFrom[] = [...past];
  const add = (at: number, rate: number): void => { if (rate !== (steps.at(-1)?.rate ?? own.rate)) steps.push({ at, rate }); };
  const end = Math.min(values.length, Math.ceil((until - start) / step));
  for (let slot = Math.max(0, Math.floor((now - start) / step)); slot < end; slot++) {
    const room = values[slot] ?? 0;
    const at = Math.max(now, start + slot * step);
    const there = others.filter(other => within(other, { from: at, to: start + (slot + 1) * step }));
    const all = there.reduce((sum, { rate }) => sum + rate, own.rate);
    const free = Math.floor(room) - there.reduce((sum, other) => sum + rateAt(other, Math.max(at, other.from)), 0);
    const rate = Math.min(room * own.rate / all, Math.max(rateAt(own, at), free));
    add(at, rate >= own.rate ? own.rate : Math.min(own.rate, Math.max(1, Math.floor(rate / MEBIBYTE)) * MEBIBYTE));
  }
  add(Math.max(now, start + end * step), own.rate);
  return steps;
}
