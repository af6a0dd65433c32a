import { seeded } from '../random';
import type { Column } from './column';

/**
 * The linear programme over the columns known so far: least cost, one unit of columns per block, loads within capacity.
 * Primal simplex with an explicit inverse of the basis. Forbidding a column makes it dear and not infeasible, so that every
 * node of a branch-and-bound goes on from the basis of the node before it.
 */
export class Master {
  private columns: Column[] = [];
  /** Value of the basic variable of each basis row. */
  private readonly x: Float64Array;
  /** Duals: rows first, then blocks. */
  readonly dual: Float64Array;
  /** Per basis row: a column, or −1 − row for the unused capacity of that row. */
  private readonly basis: Int32Array;
  private readonly inverse: Float64Array;
  private readonly size: number;
  private costs: number[] = [];
  private readonly alpha: Float64Array;
  private isBasic: boolean[] = [];
  pivots = 0;

  /** `start` has one column per block, in block order, that together fit into capacity. */
  constructor(
    private readonly rows: number, private readonly capacity: Float64Array, start: readonly Column[], private readonly penalty: number,
    private readonly epsilon: number,
  ) {
    const size = this.size = rows + start.length;
    this.x = new Float64Array(size);
    this.dual = new Float64Array(size);
    this.basis = new Int32Array(size);
    this.inverse = new Float64Array(size * size);
    this.alpha = new Float64Array(size);
    const random = seeded(1);
    for (let row = 0; row < rows; row++) {
      this.basis[row] = -1 - row;
      this.inverse[row * size + row] = 1;
      this.x[row] = capacity[row]! + 1e-7 * (1 + random()); // a little room, different on each row, against pivots that lead nowhere
    }
    start.forEach((column, block) => {
      const place = rows + block;
      this.basis[place] = this.add(column);
      this.isBasic[this.basis[place]!] = true;
      this.inverse[place * size + place] = 1;
      this.x[place] = 1;
      this.dual[place] = column.cost;
      column.rows.forEach((row, i) => {
        this.inverse[row * size + place] = -column.loads[i]!;
        this.x[row] = this.x[row]! - column.loads[i]!;
      });
    });
  }

  add(column: Column): number {
    this.costs.push(column.cost);
    this.isBasic.push(false);
    return this.columns.push(column) - 1;
  }

  /** Makes columns dear that may not be used now, all others what they cost, and renews the duals. */
  forbid(isForbidden: (column: Column) => boolean): void {
    this.columns.forEach((column, j) => { this.costs[j] = column.cost + (isForbidden(column) ? this.penalty : 0); });
    const { size, dual, basis, inverse } = this;
    dual.fill(0);
    for (let i = 0; i < size; i++) {
      const cost = basis[i]! >= 0 ? this.costs[basis[i]!]! : 0;
      if (cost === 0) continue;
      for (let k = 0, at = i * size; k < size; k++) dual[k] = dual[k]! + cost * inverse[at + k]!;
    }
  }

  get known(): readonly Column[] {
    return this.columns;
  }

  /**
   * The same with another capacity of one row, on which something is unused now; what lies above it then is carried by a column, at its cost.
   * Undefined where nothing is unused: too much would change.
   */
  narrowed(row: number, capacity: number, beyond: Column): Master | undefined {
    const place = this.basis.indexOf(-1 - row);
    if (place < 0) return undefined;
    const copy = Object.create(Master.prototype) as Master;
    Object.assign(copy, this, {
      capacity: this.capacity.slice(), columns: [...this.columns], costs: [...this.costs], isBasic: [...this.isBasic],
      x: this.x.slice(), dual: this.dual.slice(), basis: this.basis.slice(), inverse: this.inverse.slice(), alpha: this.alpha.slice(),
    });
    copy.capacity[row] = capacity;
    copy.x[place] = copy.x[place]! + capacity - this.capacity[row]!;
    if (copy.x[place] < 0) copy.pivot(copy.columns.indexOf(beyond), 0, place);
    return copy;
  }

  /** Forgets columns that are far from being used, if there are many; never those that nobody would make again. */
  purge(): void {
    if (this.columns.length < 6 * this.size) return;
    const reduced = this.columns.map((_, j) => this.isBasic[j] || this.columns[j]!.items.length === 0 ? -Infinity : this.reduced(j));
    const limit = Float64Array.from(reduced).sort()[3 * this.size]!;
    const kept = reduced.flatMap((value, j) => value <= limit ? [j] : []);
    const place = new Map(kept.map((j, k) => [j, k]));
    this.columns = kept.map(j => this.columns[j]!);
    this.costs = kept.map(j => this.costs[j]!);
    this.isBasic = kept.map(j => this.isBasic[j]!);
    for (let i = 0; i < this.size; i++) if (this.basis[i]! >= 0) this.basis[i] = place.get(this.basis[i]!)!;
  }

  /** Reduced cost of a column. */
  private reduced(j: number): number {
    const { block, rows, loads } = this.columns[j]!;
    let cost = this.costs[j]! - this.dual[this.rows + block]!;
    for (let i = 0; i < rows.length; i++) cost -= this.dual[rows[i]!]! * loads[i]!;
    return cost;
  }

  /** Pivots until no known column and no unused capacity would lower the cost. False if it was cut short. */
  optimise(maxPivots: number): boolean {
    let candidates: number[] = [];
    for (let pivots = 0; pivots < maxPivots; pivots++) {
      let best = -this.epsilon;
      let entering = NaN;
      for (let row = 0; row < this.rows; row++) {
        if (-this.dual[row]! < best) { best = -this.dual[row]!; entering = -1 - row; }
      }
      const look = (): void => {
        for (const j of candidates) {
          if (this.isBasic[j]) continue;
          const reduced = this.reduced(j);
          if (reduced < best) { best = reduced; entering = j; }
        }
      };
      look();
      if (Number.isNaN(entering)) {
        candidates = this.promising();
        look();
      }
      if (Number.isNaN(entering)) return true;
      if (!this.pivot(entering, best)) return false;
    }
    return false;
  }

  /** Columns that would lower the cost, the best fifty: priced again at each pivot, all others only when these are used up. */
  private promising(): number[] {
    const found: { j: number; reduced: number }[] = [];
    for (let j = 0; j < this.columns.length; j++) {
      if (this.isBasic[j]) continue;
      const reduced = this.reduced(j);
      if (reduced < -this.epsilon) found.push({ j, reduced });
    }
    return found.sort((a, b) => a.reduced - b.reduced).slice(0, 50).map(({ j }) => j);
  }

  /** Columns in use with their shares. */
  *used(): Iterable<{ column: Column; share: number }> {
    for (let i = 0; i < this.size; i++) {
      const j = this.basis[i]!;
      if (j >= 0 && this.x[i]! > 1e-7) yield { column: this.columns[j]!, share: this.x[i]! };
    }
  }

  /** Takes a column in, for the one that its growth brings to nothing first, or for another. */
  private pivot(entering: number, reduced: number, instead = -1): boolean {
    const { size, alpha, inverse, x } = this;
    if (entering < 0) {
      for (let i = 0, at = -1 - entering; i < size; i++, at += size) alpha[i] = inverse[at]!;
    } else {
      const { rows, loads, block } = this.columns[entering]!;
      for (let i = 0; i < size; i++) {
        const at = i * size;
        let sum = inverse[at + this.rows + block]!;
        for (let k = 0; k < rows.length; k++) sum += inverse[at + rows[k]!]! * loads[k]!;
        alpha[i] = sum;
      }
    }
    let ratio = instead < 0 ? Infinity : x[instead]! / alpha[instead]!;
    let leaving = instead;
    for (let i = 0; i < size && instead < 0; i++) {
      if (alpha[i]! <= 1e-9) continue;
      const r = Math.max(0, x[i]!) / alpha[i]!;
      if (r < ratio - 1e-12 || (r < ratio + 1e-12 && alpha[i]! > alpha[leaving]!)) { ratio = Math.min(r, ratio); leaving = i; }
    }
    if (leaving < 0) return false;
    const at = leaving * size;
    const divisor = alpha[leaving]!;
    const touched: number[] = [];
    for (let k = 0; k < size; k++) {
      const value = inverse[at + k]!;
      if (value > 1e-13 || value < -1e-13) { inverse[at + k] = value / divisor; touched.push(k); } else inverse[at + k] = 0;
    }
    for (let i = 0; i < size; i++) {
      const times = alpha[i]!;
      if (i === leaving || (times < 1e-13 && times > -1e-13)) continue;
      const other = i * size;
      for (const k of touched) inverse[other + k] = inverse[other + k]! - times * inverse[at + k]!;
      x[i] = x[i]! - ratio * times;
    }
    x[leaving] = ratio;
    for (const k of touched) this.dual[k] = this.dual[k]! + reduced * inverse[at + k]!;
    const left = this.basis[leaving]!;
    if (left >= 0) this.isBasic[left] = false;
    if (entering >= 0) this.isBasic[entering] = true;
    this.basis[leaving] = entering;
    this.pivots++;
    return true;
  }
}
