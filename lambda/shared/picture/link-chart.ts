import type { Axis } from './axis';
import { LABELS, WIDTH } from './axis';
import { area, at, box, label, steps } from './markup';
import { svg } from './page';
import { bitRate } from './units';

/** A link over the slots of a plan; rates are bytes per second. */
export interface PicturedLink {
  readonly id: string;
  readonly direction: string;
  readonly capacity: number;
  /** Of others, as forecast. */
  readonly traffic: readonly number[];
  /** What all migrations may take. */
  readonly room: readonly number[];
  /** Of the room, what other migrations hold. */
  readonly held: readonly number[];
  /** What one more byte per second would save. */
  readonly prices: readonly number[];
}

/** What a move takes of a link. */
export interface Load { readonly start: number; readonly end: number; readonly rate: number; readonly kind: string }

const HEIGHT = 170;
const TOP = 22;
const PRICES = 10;

/** What others send, what is held, and the moves of the plan on top, against what the link carries; beneath it where the link is dear. */
export function linkChart(link: PicturedLink, loads: readonly Load[], axis: Axis): string {
  const { traffic, held, room, prices, capacity } = link;
  const { slots, start, step } = axis.grid;
  const y = (rate: number): number => HEIGHT - Math.min(1, rate / Math.max(capacity, 1)) * (HEIGHT - TOP);
  const filled = (values: readonly number[]): number[] => Array.from({ length: slots }, (_, slot) => values[slot] ?? 0);
  const [zero, others] = [filled([]), filled(traffic)];
  const layers: { kind: string; high: number[] }[] = [{ kind: 'others', high: others }, { kind: 'held', high: added(others, filled(held)) }];
  for (const kind of new Set(loads.map(each => each.kind))) {
    const taken = zero.slice();
    for (const load of loads.filter(each => each.kind === kind)) {
      const last = Math.min(slots, Math.ceil((load.end - start) / step));
      for (let slot = Math.max(0, Math.floor((load.start - start) / step)); slot < last; slot++) taken[slot]! += load.rate;
    }
    layers.push({ kind, high: added(layers.at(-1)!.high, taken) });
  }
  const most = Math.max(...prices, 0);
  const body = [
    axis.marks(HEIGHT + PRICES),
    ...layers.map(({ kind, high }, index) => `<path class="${kind}" d="${area(index === 0 ? zero : layers[index - 1]!.high, high, axis.slot, y)}"/>`),
    `<path class="room" d="${steps(added(others, filled(room)), axis.slot, y)}"/>`,
    `<line class="capacity" x1="${at(LABELS)}" x2="${at(WIDTH)}" y1="${at(y(capacity))}" y2="${at(y(capacity))}"/>`,
    label(0, y(capacity) + 4, bitRate(capacity)), label(0, HEIGHT, '0', 'soft'), label(0, HEIGHT + PRICES + 4, 'price', 'soft'),
    ...most > 0 ? prices.flatMap((price, slot) => (price > 0 && slot < slots
      ? [box(axis.slot(slot), HEIGHT + 4, axis.slot(slot + 1) - axis.slot(slot) + 0.3, PRICES - 2, `price" opacity="${at(Math.max(0.1, price / most))}`)] : [])) : [],
  ];
  return svg(`${link.id} ${link.direction}: what it carries over the time of the plan`, WIDTH, HEIGHT + PRICES + 8, body.join(''));
}

function added(one: readonly number[], other: readonly number[]): number[] {
  return one.map((value, slot) => value + (other[slot] ?? 0));
}
