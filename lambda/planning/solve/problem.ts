/**
 * The joint planning problem, packed: thousands of items with hundreds of options each have to fit into a small function.
 *
 * A *row* is one slot of one resource (row = resource × slots + slot); a resource is a link's bytes per second or a limit on
 * how many copies may run at once. An *item* is an instance, or a group that switches together. An *option* is one way to
 * move an item. A *segment* is a constant load on neighbouring rows of one resource: all options of an item have equally many.
 * The last option of an item is always to leave it where it is: no load, and the cost of being dropped.
 */
export interface Problem {
  readonly slots: number;
  readonly items: number;
  /** Per row. */
  readonly capacity: Float64Array;
  /** Options of item i: `firstOption[i]` … `firstOption[i + 1] − 1`. */
  readonly firstOption: Int32Array;
  /** Per option. */
  readonly cost: Float64Array;
  /** Slot in which the option begins and the slot before which it has ended; `NEVER` for leaving the item where it is. */
  readonly begins: Uint16Array;
  readonly ends: Uint16Array;
  /** Segments per option of item i. */
  readonly segments: Uint16Array;
  /** First segment of the first option of item i; option o's are at `firstSegment[i] + (o − firstOption[i]) × segments[i]`. */
  readonly firstSegment: Int32Array;
  /** Per segment: rows `from` … `to` − 1, and which of the rates. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly rateClass: Uint8Array;
  readonly rates: Float64Array;
  /** Pairs of items: the first must have ended before the second begins; where the first is left, so is the second. */
  readonly after: readonly (readonly [first: number, second: number])[];
}

export const NEVER = 65_535;

/** Where the option of an item has its segments. */
export function segmentOf(problem: Problem, item: number, option: number): number {
  return problem.firstSegment[item]! + (option - problem.firstOption[item]!) * problem.segments[item]!;
}

/** The option that leaves the item where it is. */
export const leaveOf = (problem: Problem, item: number): number => problem.firstOption[item + 1]! - 1;

/** Which option each item takes. */
export type Choice = Int32Array;

export function costOf(problem: Problem, choice: Choice): number {
  let cost = 0;
  for (let item = 0; item < problem.items; item++) cost += problem.cost[choice[item]!]!;
  return cost;
}

/** Adds the load of an option to rows, or takes it off with sign −1. */
export function addLoad(problem: Problem, item: number, option: number, load: Float64Array, sign: 1 | -1): void {
  const { from, to, rateClass, rates } = problem;
  const first = segmentOf(problem, item, option);
  for (let s = first; s < first + problem.segments[item]!; s++) {
    const rate = sign * rates[rateClass[s]!]!;
    for (let row = from[s]!, end = to[s]!; row < end; row++) load[row] = load[row]! + rate;
  }
}

export function loadOf(problem: Problem, choice: Choice): Float64Array {
  const load = new Float64Array(problem.capacity.length);
  for (let item = 0; item < problem.items; item++) addLoad(problem, item, choice[item]!, load, 1);
  return load;
}

/** Rounding errors of sums of rates are no overload. */
export const SLACK = 1e-9;

/** What a choice breaks: rows over their capacity and pairs in the wrong order. Nothing, if it is feasible. */
export function violations(problem: Problem, choice: Choice): { rows: number[]; pairs: number } {
  const load = loadOf(problem, choice);
  const rows: number[] = [];
  for (let row = 0; row < load.length; row++) if (load[row]! > problem.capacity[row]! * (1 + SLACK) + SLACK) rows.push(row);
  const pairs = problem.after.filter(([first, second]) => problem.ends[choice[first]!]! > problem.begins[choice[second]!]!).length;
  return { rows, pairs };
}
