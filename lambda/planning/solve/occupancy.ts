import { addLoad, type Choice, leaveOf, loadOf, type Problem, segmentOf, SLACK } from './problem';

/** A plan in the making: what each item takes, and what is left on every row. Items not placed yet are left where they are. */
export class Occupancy {
  readonly choice: Choice;
  readonly load: Float64Array;
  private readonly limit: Float64Array;
  private readonly before: Map<number, number[]>;
  private readonly behind: Map<number, number[]>;

  constructor(private readonly problem: Problem, choice?: Choice) {
    this.choice = choice ? choice.slice() : Int32Array.from({ length: problem.items }, (_, item) => leaveOf(problem, item));
    this.load = loadOf(problem, this.choice);
    this.limit = problem.capacity.map(capacity => capacity * (1 + SLACK) + SLACK);
    this.before = new Map();
    this.behind = new Map();
    for (const [first, second] of problem.after) {
      this.before.set(second, [...this.before.get(second) ?? [], first]);
      this.behind.set(first, [...this.behind.get(first) ?? [], second]);
    }
  }

  /** Whom the item waits for. */
  waitsFor(item: number): readonly number[] {
    return this.before.get(item) ?? [];
  }

  /** Who waits for the item. */
  waitingFor(item: number): readonly number[] {
    return this.behind.get(item) ?? [];
  }

  /** Whether any item waits for it or it for any. */
  isOrdered(item: number): boolean {
    return this.before.has(item) || this.behind.has(item);
  }

  /** Whether an option fits beside everything else; the item itself must have been taken off. */
  fits(item: number, option: number): boolean {
    const { problem, load, limit } = this;
    const { from, to, rateClass, rates } = problem;
    const first = segmentOf(problem, item, option);
    const count = problem.segments[item]!;
    for (let s = first; s < first + count; s++) {
      const rate = rates[rateClass[s]!]!;
      for (let row = from[s]!, end = to[s]!; row < end; row++) if (load[row]! + rate > limit[row]!) return false;
    }
    return this.isInOrder(item, option) && (count < 2 || this.fitsTogether(item, option));
  }

  put(item: number, option: number): void {
    addLoad(this.problem, item, option, this.load, 1);
    this.choice[item] = option;
  }

  takeOff(item: number): void {
    addLoad(this.problem, item, this.choice[item]!, this.load, -1);
    this.choice[item] = leaveOf(this.problem, item);
  }

  /** Several loads of one option may meet on a row, which none of them alone would overload. */
  private fitsTogether(item: number, option: number): boolean {
    const { problem, load, limit } = this;
    const first = segmentOf(problem, item, option);
    addLoad(problem, item, option, load, 1);
    let fits = true;
    for (let s = first; fits && s < first + problem.segments[item]!; s++) {
      for (let row = problem.from[s]!; fits && row < problem.to[s]!; row++) fits = load[row]! <= limit[row]!;
    }
    addLoad(problem, item, option, load, -1);
    return fits;
  }

  private isInOrder(item: number, option: number): boolean {
    const { begins, ends } = this.problem;
    const before = this.before.get(item);
    if (before?.some(other => ends[this.choice[other]!]! > begins[option]!)) return false;
    const behind = this.behind.get(item);
    return !behind?.some(other => begins[this.choice[other]!]! < ends[option]!);
  }
}
