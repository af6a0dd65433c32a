import { type Choice, leaveOf, type Problem } from '../solve/problem';
import type { Bracket } from './branching';
import { type Column, columnOf, unitsOf } from './column';
import { Master } from './master';

const NOBODY = new Int32Array(0);

/** The linear programmes of a search, one per bracket. Two rows more than the problem has count who moves, and who is left. */
export class Programmes {
  readonly units: Float64Array;
  /** What it costs to use a column that is forbidden, or to break a count by one. */
  readonly penalty: number;
  master: Master;
  bracket: Bracket;
  private readonly masters: Map<Bracket, Master>;
  /** Columns of no item: that the counts are kept, or that more move, or are left, than may. */
  private readonly kept: readonly Column[];

  constructor(private readonly problem: Problem, private readonly itemsOf: readonly Int32Array[], start: Choice, private readonly epsilon: number) {
    this.units = unitsOf(problem);
    this.penalty = 10 * problem.cost.reduce((dearest, cost) => Math.max(dearest, Math.abs(cost)), 0) + 1;
    const kept: Column = { block: itemsOf.length, items: NOBODY, options: NOBODY, cost: 0, rows: NOBODY, loads: new Float64Array(0) };
    const broken = [0, 1].map((row): Column =>
      ({ ...kept, cost: this.penalty * problem.items, rows: Int32Array.of(problem.capacity.length + row), loads: Float64Array.of(-problem.items) }));
    this.kept = [kept, ...broken];
    this.bracket = { least: 0, most: problem.items };
    this.master = this.make(this.bracket, start);
    this.masters = new Map([[this.bracket, this.master]]);
  }

  /** Adds what a block does under a choice. */
  add(block: number, choice: Choice): void {
    this.master.add(this.column(block, choice));
  }

  /** Goes over to the programme of a bracket: where it is new, from the one in which it was found, which it differs from in one row. */
  enter(bracket: Bracket, best: Choice): void {
    let master = this.masters.get(bracket);
    if (!master) {
      const now = this.room(bracket);
      const changed = this.room(this.bracket).flatMap((before, i) => (before === now[i] ? [] : [i]));
      const [count = 0] = changed;
      master = (changed.length === 1 ? this.master.narrowed(this.problem.capacity.length + count, now[count]!, this.kept[count + 1]!) : undefined)
        ?? this.make(bracket, best, this.master.known.filter(({ block }) => block < this.itemsOf.length));
      this.masters.set(bracket, master);
    }
    this.master = master;
    this.bracket = bracket;
  }

  /** The programme over all plans in which so many are left, beginning with a plan, which need not keep to that. */
  private make(bracket: Bracket, plan: Choice, known: readonly Column[] = []): Master {
    const { problem, units, kept } = this;
    const left = leftIn(problem, plan);
    const start = left < bracket.least ? 1 : left > bracket.most ? 2 : 0;
    const capacity = Float64Array.of(...problem.capacity.map((each, row) => each / units[row]!), ...this.room(bracket));
    const columns = [...this.itemsOf.map((_, block) => this.column(block, plan)), kept[start]!];
    const master = new Master(problem.capacity.length + 2, capacity, columns, this.penalty, this.epsilon);
    for (const column of [...kept.filter((_, i) => i !== start), ...known]) master.add(column);
    return master;
  }

  /** How many may move, and may be left. */
  private room({ least, most }: Bracket): [number, number] {
    return [this.problem.items - least, most];
  }

  private column(block: number, choice: Choice): Column {
    const { problem, units } = this;
    const items = this.itemsOf[block]!;
    const column = columnOf(problem, block, items, choice, units);
    const left = items.reduce((sum, item) => sum + Number(choice[item] === leaveOf(problem, item)), 0);
    const counts = [items.length - left, left];
    const rows = counts.flatMap((count, i) => (count > 0 ? [problem.capacity.length + i] : []));
    return { ...column, rows: Int32Array.of(...column.rows, ...rows), loads: Float64Array.of(...column.loads, ...counts.filter(count => count > 0)) };
  }
}

function leftIn(problem: Problem, choice: Choice): number {
  return choice.reduce((sum, option, item) => sum + Number(option === leaveOf(problem, item)), 0);
}
