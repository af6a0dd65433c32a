import { type Held, rateAt, type RateFrom, type Room, within } from './room';

/** The least at which blocks can be sent (MiB/s are what engines are told): who holds less of a slot than that takes it all the same. */
const LEAST = 2 ** 20;
/** What went over a link is compared with what was held of it until so long ago. */
const REMEMBERED = 7200;

/**
 * What a move holds slot by slot, of what is forecast to be left: its part of that, as large as its part of all that is held then, and never
 * more than its rate. More than it holds already is taken only where nobody has reserved it.
 */
export function stepsOf(own: Held, others: readonly Held[], forecast: Room, now: number): RateFrom[] {
  const { start, step, values } = forecast;
  const before = (own.steps ?? []).filter(({ at }) => at <= now);
  const past = before.slice(Math.max(0, before.findLastIndex(({ at }) => at <= now - REMEMBERED)));
  const steps: RateFrom[] = [...past];
  const first = Math.max(0, Math.floor((now - start) / step));
  for (let slot = first; slot < values.length; slot++) {
    const room = values[slot] ?? 0;
    const at = Math.max(now, start + slot * step);
    const there = others.filter(other => within(other, { from: at, to: start + (slot + 1) * step }));
    const all = there.reduce((sum, { rate }) => sum + rate, own.rate);
    const part = Math.floor(Math.min(own.rate, room * own.rate / all));
    const free = Math.floor(room) - there.reduce((sum, other) => sum + rateAt(other, Math.max(at, other.from)), 0);
    const rate = Math.min(own.rate, Math.max(LEAST, Math.min(part, Math.max(rateAt(own, at), free))));
    if (rate !== (steps.at(-1)?.rate ?? own.rate)) steps.push({ at, rate });
  }
  return steps;
}
