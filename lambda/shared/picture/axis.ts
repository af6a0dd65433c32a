import type { Grid } from '../../planning/time/grid';
import { at, label } from './markup';
import type { LocalTime } from './units';

/** The width of every picture, and what its labels take of it, in the units of its view box. */
export const WIDTH = 1200;
export const LABELS = 190;

/** Hours between two marks. */
const STRIDES = [1, 2, 3, 6, 12, 24, 48, 168, 336];
const MOST_MARKS = 14;

/** The horizontal axis that all charts of a page share. */
export class Axis {
  readonly end: number;

  constructor(readonly grid: Grid, private readonly zone: LocalTime) {
    this.end = grid.start + grid.step * grid.slots;
  }

  x(time: number): number {
    const share = (time - this.grid.start) / Math.max(1, this.end - this.grid.start);
    return LABELS + Math.min(1, Math.max(0, share)) * (WIDTH - LABELS);
  }

  slot = (slot: number): number => this.x(this.grid.start + slot * this.grid.step);

  /** Lines at round local times, and their names above. */
  marks(height: number): string {
    const hours = (this.end - this.grid.start) / 3600;
    const stride = STRIDES.find(each => hours / each <= MOST_MARKS) ?? Math.ceil(hours / MOST_MARKS / 24) * 24;
    const parts: string[] = [];
    for (const time of this.roundTimes(stride)) {
      const x = this.x(time);
      const isMidnight = this.zone.sinceMidnight(time) === 0;
      parts.push(`<line class="${isMidnight ? 'day' : 'mark'}" x1="${at(x)}" x2="${at(x)}" y1="18" y2="${at(height)}"/>`);
      if (x < WIDTH - (isMidnight ? 60 : 30)) parts.push(label(x + 3, 13, isMidnight ? this.zone.day(time) : this.zone.time(time), isMidnight ? 'date' : 'hour'));
    }
    return parts.join('');
  }

  /** Clocks may change within the span: each mark is looked for anew. */
  private roundTimes(stride: number): number[] {
    const times: number[] = [];
    const daily = Math.max(1, Math.round(stride / 24));
    let days = 0;
    for (let time = Math.ceil(this.grid.start / 900) * 900; time < this.end; time += 900) {
      const since = this.zone.sinceMidnight(time);
      if (since === 0) days += 1;
      if (stride < 24 ? since % (stride * 3600) === 0 : since === 0 && (days - 1) % daily === 0) times.push(time);
    }
    return times;
  }
}
