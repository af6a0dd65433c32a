import type { Axis } from './axis';
import { LABELS, WIDTH } from './axis';
import { box, label } from './markup';
import { svg } from './page';

/** A stretch of time that something takes, in a row of its own. Times are seconds since the epoch. */
export interface Bar {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  readonly tip: string;
}

/** More rows than this can not be read any more: then bars share rows, without names. */
const MOST_ROWS = 120;
const ROW = 16;
const THIN = 5;
const TOP = 22;
const MOST_LETTERS = 27;

/** Each bar in its row, the earliest first; where there are too many, as few rows as hold them. */
export function timeline(bars: readonly Bar[], axis: Axis): string {
  const sorted = [...bars].sort((a, b) => a.start - b.start || a.end - b.end);
  const named = sorted.length <= MOST_ROWS;
  const row = named ? ROW : THIN;
  const rows = named ? sorted.map((_, index) => index) : packed(sorted);
  const height = TOP + row * (1 + rows.reduce((most, each) => Math.max(most, each), 0));
  const body = sorted.map((bar, index) => {
    const y = TOP + rows[index]! * row;
    const [from, to] = [axis.x(bar.start), axis.x(bar.end)];
    return (named && index % 2 === 0 ? box(LABELS, y, WIDTH - LABELS, row, 'row') : '')
      + (named ? label(0, y + row - 4, bar.name.length > MOST_LETTERS ? `${bar.name.slice(0, MOST_LETTERS - 1)}…` : bar.name) : '')
      + box(from, y + 1, Math.max(2, to - from), row - 2, bar.kind, bar.tip);
  });
  return svg('When each instance moves', WIDTH, height + 4, axis.marks(height) + body.join(''));
}

/** The first row that is free at the start of each. */
function packed(sorted: readonly Bar[]): number[] {
  const free: number[] = [];
  return sorted.map(({ start, end }) => {
    const found = free.findIndex(time => time <= start);
    const row = found < 0 ? free.length : found;
    free[row] = end;
    return row;
  });
}
