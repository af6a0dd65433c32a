import type { Direction, Link } from '../cloud/links/link';
import type { Transfer } from '../cloud/links/lane';
import type { Progress } from './course';

/** The line that lies between the two hosts of a pair. */
export interface Line {
  readonly link: Link;
  readonly direction: Direction;
}

/** The copying between two hosts over a line: as fast as its share of the line, and the pace that is set, let it. */
export class LineCopy {
  private transfer?: Transfer;
  private most = Infinity;
  private hangs = false;

  constructor(private readonly line: Line) {}

  begin(bytes: number): void {
    this.end();
    this.transfer = this.line.link.carry(this.line.direction, { bytes, most: this.hangs ? 0 : this.most });
  }

  end(): void {
    this.transfer?.stop();
    this.transfer = undefined;
  }

  /** Bytes per second that it does not exceed from now on. */
  pace(most: number): void {
    this.most = most;
    this.transfer?.pace(this.hangs ? 0 : most);
  }

  /** Copies nothing, or goes on, whatever its pace is. */
  hang(hangs: boolean): void {
    this.hangs = hangs;
    this.pace(this.most);
  }

  /** Bytes per second, just now. */
  get rate(): number {
    return this.transfer?.rate ?? 0;
  }

  /** From 0 to 1. */
  get share(): number {
    return this.transfer?.share ?? 0;
  }

  /** The moment of the recorded course at which as much was copied as by now. */
  momentIn(course: readonly Progress[]): number {
    const { share } = this;
    const sorted = [...course].sort((a, b) => a.since - b.since);
    const next = sorted.findIndex(each => each.share >= share);
    const [former, latter] = next < 0 ? [sorted.at(-1), undefined] : [sorted[next - 1], sorted[next]];
    if (!former || !latter) return (former ?? latter)?.since ?? 0;
    // not a rounding before it: what ends there would never be over
    if (share === latter.share) return latter.since;
    return former.since + (share - former.share) / (latter.share - former.share) * (latter.since - former.since);
  }
}
