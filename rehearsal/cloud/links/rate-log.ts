interface Segment {
  readonly from: number;
  until: number;
  /** Bytes per second. */
  readonly rate: number;
}

/** What was sent when, as a sum of steady stretches. */
export class RateLog {
  private readonly segments: Segment[] = [];

  /** Stretches come in order of time. */
  add(from: number, until: number, rate: number): void {
    if (until <= from || rate <= 0) return;
    const last = this.segments.at(-1);
    if (last?.until === from && last.rate === rate) last.until = until;
    else this.segments.push({ from, until, rate });
  }

  bytesBetween(from: number, until: number): number {
    return this.over(from, until).reduce((sum, each) => sum + each.rate * (Math.min(each.until, until) - Math.max(each.from, from)) / 1000, 0);
  }

  /** The highest rate of a stretch of time. */
  peak(from: number, until: number): number {
    return Math.max(0, ...this.over(from, until).map(each => each.rate));
  }

  private over(from: number, until: number): Segment[] {
    // long histories are asked for point by point: begin where it matters
    let [low, high] = [0, this.segments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.segments[middle]!.until <= from) low = middle + 1; else high = middle;
    }
    const found: Segment[] = [];
    for (let index = low; index < this.segments.length && this.segments[index]!.from < until; index++) found.push(this.segments[index]!);
    return found;
  }
}
