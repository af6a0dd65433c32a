import { NEVER, type Problem, SLACK } from './problem';

/** A constant load on one resource, slots `from` … `to` − 1. */
export interface Load { readonly resource: number; readonly from: number; readonly to: number; readonly rate: number }

/** Grows by doubling: how many options there will be is known only when they have been made. */
class Growing<A extends Float64Array | Int32Array | Uint16Array | Uint8Array> {
  length = 0;
  constructor(private array: A, private readonly make: (length: number) => A) {}
  push(value: number): void {
    if (this.length === this.array.length) {
      const larger = this.make(this.array.length * 2);
      larger.set(this.array);
      this.array = larger;
    }
    this.array[this.length++] = value;
  }
  /** What was pushed, in its own memory unless little of it would be wasted. */
  done(): A {
    return (this.length > 0.95 * this.array.length ? this.array.subarray(0, this.length) : this.array.slice(0, this.length)) as A;
  }
}

const floats = (length: number): Growing<Float64Array> => new Growing(new Float64Array(length), n => new Float64Array(n));
const ints = (length: number): Growing<Int32Array> => new Growing(new Int32Array(length), n => new Int32Array(n));
const shorts = (length: number): Growing<Uint16Array> => new Growing(new Uint16Array(length), n => new Uint16Array(n));
const bytes = (length: number): Growing<Uint8Array> => new Growing(new Uint8Array(length), n => new Uint8Array(n));

/** Packs a problem, item by item: first its options, then `endItem`. */
export class ProblemBuilder {
  private readonly firstOption = [0];
  private readonly firstSegment: number[] = [];
  private readonly segments: number[] = [];
  private readonly cost;
  private readonly begins;
  private readonly ends;
  private readonly from;
  private readonly to;
  private readonly rateClass;
  private readonly rates: number[] = [];
  private readonly after: (readonly [number, number])[] = [];
  private openSegments = -1;
  private itemStart = 0;

  /** `capacity` is per resource and slot; `expected` options save memory if it is not far off. */
  constructor(private readonly slots: number, private readonly capacity: readonly Float64Array[], expected = 1024) {
    if (slots >= NEVER) throw new RangeError(`a plan has at most ${NEVER - 1} slots, not ${slots}`);
    this.cost = floats(expected);
    this.begins = shorts(expected);
    this.ends = shorts(expected);
    this.from = ints(expected);
    this.to = ints(expected);
    this.rateClass = bytes(expected);
  }

  /**
   * An option of the item being built, with one load: the cheap way for the common case. What would not fit even if it were
   * alone is left out, which tightens the bound; false then.
   */
  addOption(cost: number, begins: number, ends: number, resource: number, rate: number): boolean {
    const capacity = this.capacity[resource]!;
    for (let slot = begins; slot < ends; slot++) if (rate > capacity[slot]! * (1 + SLACK) + SLACK) return false;
    this.segment(resource, begins, ends, rate);
    this.endOption(1, cost, begins, ends);
    return true;
  }

  /** An option with several loads; all options of an item must have equally many. */
  addOptionOf(cost: number, begins: number, ends: number, loads: readonly Load[]): boolean {
    const sums = new Map<number, number>();
    for (const { resource, from, to, rate } of loads) {
      for (let slot = from; slot < to; slot++) {
        const row = resource * this.slots + slot;
        const sum = (sums.get(row) ?? 0) + rate;
        if (sum > this.capacity[resource]![slot]! * (1 + SLACK) + SLACK) return false;
        sums.set(row, sum);
      }
    }
    for (const { resource, from, to, rate } of loads) this.segment(resource, from, to, rate);
    this.endOption(loads.length, cost, begins, ends);
    return true;
  }

  /** Ends the item with the option to leave it where it is; returns its index. */
  endItem(costOfLeaving: number): number {
    const segments = Math.max(this.openSegments, 0);
    for (let i = 0; i < segments; i++) { this.from.push(0); this.to.push(0); this.rateClass.push(0); }
    this.openSegments = -1;
    this.cost.push(costOfLeaving);
    this.begins.push(NEVER);
    this.ends.push(NEVER);
    this.segments.push(segments);
    this.firstSegment.push(this.itemStart);
    this.itemStart = this.from.length;
    this.firstOption.push(this.cost.length);
    return this.segments.length - 1;
  }

  /** The second item begins only when the first has ended. */
  order(first: number, second: number): void {
    this.after.push([first, second]);
  }

  /** The problem; capacity is rounded down to what rates can add up to, which tightens the bound. */
  build(): Problem {
    const { slots } = this;
    const capacity = new Float64Array(this.capacity.length * slots);
    this.capacity.forEach((values, resource) => capacity.set(values.subarray(0, slots), resource * slots));
    const from = this.from.done();
    const to = this.to.done();
    const rateClass = this.rateClass.done();
    const used = new Map<number, Set<number>>();
    for (let s = 0; s < from.length; s++) {
      if (to[s]! <= from[s]!) continue;
      const resource = Math.floor(from[s]! / slots);
      const known = used.get(resource);
      if (known) known.add(rateClass[s]!);
      else used.set(resource, new Set([rateClass[s]!]));
    }
    for (const [resource, classes] of used) {
      const step = measureOf([...classes].map(each => this.rates[each]!));
      if (step === undefined) continue;
      for (let row = resource * slots; row < (resource + 1) * slots; row++) capacity[row] = Math.floor(capacity[row]! / step + 1e-9) * step;
    }
    return {
      slots, items: this.segments.length, capacity, firstOption: Int32Array.from(this.firstOption), cost: this.cost.done(), begins: this.begins.done(),
      ends: this.ends.done(), segments: Uint16Array.from(this.segments), firstSegment: Int32Array.from(this.firstSegment), from, to, rateClass,
      rates: Float64Array.from(this.rates), after: this.after,
    };
  }

  private segment(resource: number, from: number, to: number, rate: number): void {
    let index = this.rates.indexOf(rate);
    if (index < 0) index = this.rates.push(rate) - 1;
    if (index > 255) throw new RangeError('a plan has at most 256 different rates');
    this.from.push(resource * this.slots + from);
    this.to.push(resource * this.slots + to);
    this.rateClass.push(index);
  }

  private endOption(segments: number, cost: number, begins: number, ends: number): void {
    if (this.openSegments >= 0 && this.openSegments !== segments) throw new RangeError('all options of an item need equally many loads');
    this.openSegments = segments;
    this.cost.push(cost);
    this.begins.push(begins);
    this.ends.push(ends);
  }
}

/** The largest number of which all are multiples; undefined where there is none that is worth it. */
function measureOf(rates: readonly number[]): number | undefined {
  const least = Math.max(...rates) / 1e4;
  const step = rates.reduce((one, other) => {
    let [larger, smaller] = [one, other];
    while (smaller > least) [larger, smaller] = [smaller, larger - Math.floor(larger / smaller + 1e-9) * smaller];
    return larger;
  });
  return rates.every(rate => Math.abs(rate / step - Math.round(rate / step)) < 1e-9) ? step : undefined;
}
