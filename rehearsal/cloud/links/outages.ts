interface Outage { readonly from: number; readonly until: number }

/** When a link is broken. */
export class Outages {
  private outages: Outage[] = [];

  add(from: number, until: number): void {
    this.outages = [...this.outages, { from, until }].sort((a, b) => a.from - b.from);
  }

  at(time: number): boolean {
    return this.outages.some(({ from, until }) => time >= from && time < until);
  }

  /** Milliseconds of a stretch in which it is broken; outages do not overlap. */
  within(from: number, until: number): number {
    return this.outages.reduce((sum, each) => sum + Math.max(0, Math.min(each.until, until) - Math.max(each.from, from)), 0);
  }

  /** When it breaks or comes back next. */
  nextChange(time: number): number {
    return Math.min(Infinity, ...this.outages.flatMap(({ from, until }) => [from, until]).filter(each => each > time));
  }

  /** The outage that a moment lies in. */
  around(time: number): Outage | undefined {
    return this.outages.find(({ from, until }) => time >= from && time < until);
  }
}
