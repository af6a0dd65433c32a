import { type Blocks, blocksOf } from '../solve/blocks';
import { LAGRANGIAN_RULES, type Solution, solveLagrangian } from '../solve/lagrangian';
import { longestFirst } from '../solve/list-schedule';
import type { Occupancy } from '../solve/occupancy';
import { priceSums } from '../solve/pricing';
import { type Choice, costOf, leaveOf, type Problem } from '../solve/problem';
import { exchange } from '../solve/exchange';
import { rearrange } from '../solve/rearrange';
import { relocate } from '../solve/relocate';
import { seeded } from '../random';
import { Branching, type Node, type Shares } from './branching';
import { itemsOfBlocks } from './column';
import { cheapestAllowed, type Forbidden, forbidHopeless } from './domain';
import { Programmes } from './programmes';
import { roundShares } from './round';

export interface ExactRules {
  /** Nodes after which the search stops; what it has found by then, and its bound, are returned. */
  readonly nodes: number;
  /** Relative difference at which two costs count as equal. */
  readonly tolerance: number;
  readonly isTimeUp?: () => boolean;
}

export const EXACT_RULES: ExactRules = { nodes: 20_000, tolerance: 1e-7 };

/** Nodes between two dives for a better plan. */
const DIVE_EVERY = 20;
/** The node after which a plan that is still far from its bound is rearranged; easy problems are solved by then. */
const REARRANGE_AT = 2;
const FAR = 0.005;
/** A node is gone on from as long as its bound is within this share of what is left between the lowest bound and the plan. */
const DEEPER = 0.25;
/** Rounds of that, for so many items all together. */
const ROUNDS = 100_000;

/** Per row, and for how many are left. */
interface Prices {
  readonly rows: Float64Array;
  /** Of each item that moves, and of each that is left. */
  readonly moved: number;
  readonly left: number;
}

/** What the linear programme of a node says. */
interface Relaxed { readonly bound: number; readonly prices: Prices; readonly shares: Shares; readonly isPossible: boolean }

/**
 * The best plan, proved: column generation for the linear programme, options forbidden by reduced cost, branch and bound for
 * what is left. For up to about 500 items. Bounds come from Lagrange's function at the programme's prices, computed on the
 * problem itself, so that rounding errors of the simplex can not make them wrong. Where not all can be moved, how many are left
 * is decided before anything else.
 */
export function solveExactly(problem: Problem, rules: ExactRules = EXACT_RULES): Solution {
  const search = new Search(problem, rules);
  return search.run();
}

class Search {
  private readonly blocks: Blocks;
  private readonly itemsOf: Int32Array[];
  private readonly value: Float64Array;
  private readonly values: Float64Array;
  private readonly choice: Choice;
  private readonly branching: Branching;
  private readonly programmes: Programmes;
  /** The problem, with what it costs to leave an item as the prices of how many are left have it. */
  private readonly priced: Problem;
  private readonly order: Int32Array;
  private readonly epsilon: number;
  private best: Choice;
  private upper: number;
  private readonly start: Solution;

  constructor(private readonly problem: Problem, private readonly rules: ExactRules) {
    this.blocks = blocksOf(problem);
    this.itemsOf = itemsOfBlocks(this.blocks);
    this.value = new Float64Array(problem.cost.length);
    this.values = new Float64Array(this.itemsOf.length);
    this.choice = new Int32Array(problem.items);
    this.branching = new Branching(problem, this.blocks, choice => { this.offer(choice); });
    this.priced = { ...problem, cost: problem.cost.slice() };
    this.order = longestFirst(problem);
    this.start = solveLagrangian(problem, { ...LAGRANGIAN_RULES, gap: rules.tolerance });
    this.best = this.start.choice;
    this.upper = this.start.cost;
    this.epsilon = 1e-9 * Math.max(1e-9, Math.abs(this.upper) / Math.max(1, problem.items));
    this.programmes = new Programmes(problem, this.itemsOf, this.best, this.epsilon);
  }

  run(): Solution {
    const { problem } = this;
    const open: Node[] = [{ forbidden: new Uint8Array(problem.cost.length), bound: this.start.bound, bracket: this.programmes.bracket, isDecided: false }];
    let rootPrices = this.start.prices;
    let nodes = 0;
    let diveAt = 0;
    let node: Node | undefined;
    while (nodes < this.rules.nodes && !(nodes > 0 && this.rules.isTimeUp?.()) && (node = this.next(open))) {
      if (this.isHopeless(node.bound)) continue;
      nodes++;
      this.programmes.enter(node.bracket, this.best);
      if (nodes === 1) this.prepare(node.forbidden);
      const relaxed = this.relax(node.forbidden, node.bound);
      if (nodes === 1) rootPrices = relaxed.prices.rows;
      const bound = Math.max(node.bound, relaxed.bound);
      if (!relaxed.isPossible || this.isHopeless(bound)) continue;
      this.improve(relaxed, nodes);
      if (nodes === REARRANGE_AT) this.rearrange(bound);
      // a plan near one that leaves parts of items leaves whole ones more
      if (nodes >= diveAt && this.branching.isCounted(node, relaxed.shares)) {
        this.dive(node, relaxed);
        diveAt = nodes + DIVE_EVERY;
      }
      if (this.isHopeless(bound)) continue;
      this.cheapest(relaxed.prices, node.forbidden);
      forbidHopeless(this.priced, this.blocks, relaxed.prices.rows, node.forbidden, this.value, this.values, this.upper - relaxed.bound);
      open.push(...this.branching.of(node, relaxed.shares, bound, this.best));
    }
    // the halves of a node are open in its place
    const bound = open.reduce((least, { bound: other }) => Math.min(least, other), this.upper);
    return { choice: this.best, cost: this.upper, bound, prices: rootPrices };
  }

  /** Deeper from where the search is, as long as that promises something; else where most is promised. Takes it off the open ones. */
  private next(open: Node[]): Node | undefined {
    const lowest = open.reduce((least, { bound }) => Math.min(least, bound), this.upper);
    const latest = open.at(-1);
    if (latest?.isDecided && latest.bound <= lowest + DEEPER * (this.upper - lowest)) return open.pop();
    const place = open.findLastIndex(({ bound }) => bound === lowest);
    return place < 0 ? open.pop() : open.splice(place, 1)[0];
  }

  private isHopeless(bound: number): boolean {
    return bound >= this.upper - this.rules.tolerance * Math.abs(this.upper);
  }

  /** Before the first programme: forbids what the first prices rule out, and begins with the columns that look best at them. */
  private prepare(forbidden: Forbidden): void {
    const { problem, blocks, value, values, choice, start } = this;
    cheapestAllowed(problem, blocks, start.prices, forbidden, value, choice, values);
    this.itemsOf.forEach((_, block) => this.programmes.add(block, choice));
    forbidHopeless(problem, blocks, start.prices, forbidden, value, values, this.upper - start.bound);
    // forbidHopeless left the value of every option in `value`
    blocks.singles.forEach((item, block) => {
      const options = [];
      for (let o = problem.firstOption[item]!; o < problem.firstOption[item + 1]!; o++) if (!forbidden[o]) options.push(o);
      options.sort((a, b) => value[a]! - value[b]!);
      for (const option of options.slice(1, 6)) {
        choice[item] = option;
        this.programmes.add(block, choice);
      }
    });
  }

  /** Solves the linear programme over what a node may use, making columns as they are needed. */
  private relax(forbidden: Forbidden, known: number): Relaxed {
    const { problem, programmes: { master, units, penalty } } = this;
    const rows = problem.capacity.length;
    master.purge();
    master.forbid(column => column.options.some(option => forbidden[option] === 1));
    const priceOf = (row: number): number => Math.max(0, -master.dual[row]!);
    let bound = -Infinity;
    let bestPrices: Prices = { rows: new Float64Array(rows), moved: 0, left: 0 };
    for (let round = 0; ; round++) {
      const isDone = master.optimise(400); // a few at a time: the caller's time may be up
      // more than the penalty a count is not worth: it would be broken
      const [moved, left] = [rows, rows + 1].map(row => Math.min(priceOf(row), penalty)) as [number, number];
      const prices = { rows: problem.capacity.map((_, row) => priceOf(row) / units[row]!), moved, left };
      const at = this.price(prices, forbidden);
      if (at.bound === Infinity) return { bound: Infinity, prices: bestPrices, shares: new Map(), isPossible: false };
      if (at.bound > bound) { bound = at.bound; bestPrices = prices; }
      if (at.added === 0 && isDone || round > 500 || this.isHopeless(Math.max(bound, known)) || this.rules.isTimeUp?.()) break;
    }
    const shares = new Map<number, Map<number, number>>();
    for (const { column, share } of master.used()) {
      column.items.forEach((item, i) => {
        const known = shares.get(item) ?? new Map<number, number>();
        known.set(column.options[i]!, (known.get(column.options[i]!) ?? 0) + share);
        shares.set(item, known);
      });
    }
    return { bound, prices: bestPrices, shares, isPossible: true };
  }

  /** The cheapest of every block at these prices. */
  private cheapest({ rows, moved, left }: Prices, forbidden: Forbidden): void {
    const { problem, priced } = this;
    for (let item = 0; item < problem.items; item++) {
      const leave = leaveOf(problem, item);
      priced.cost[leave] = problem.cost[leave]! + left - moved;
    }
    cheapestAllowed(priced, this.blocks, rows, forbidden, this.value, this.choice, this.values);
  }

  /** Prices all blocks; adds the columns that the programme lacks; returns the bound at these prices. */
  private price(prices: Prices, forbidden: Forbidden): { bound: number; added: number } {
    const { problem, values, choice, programmes } = this;
    const { master, bracket: { least, most } } = programmes;
    this.cheapest(prices, forbidden);
    let bound = prices.moved * least - prices.left * most;
    let added = 0;
    for (let row = 0; row < prices.rows.length; row++) bound -= prices.rows[row]! * problem.capacity[row]!;
    for (let block = 0; block < values.length; block++) {
      bound += values[block]!;
      if (values[block] === Infinity) return { bound: Infinity, added: 0 };
    }
    for (let block = 0; block < values.length; block++) {
      const reduced = values[block]! + prices.moved * this.itemsOf[block]!.length - master.dual[problem.capacity.length + 2 + block]!;
      if (reduced >= -this.epsilon) continue;
      programmes.add(block, choice);
      added++;
    }
    return { bound, added };
  }

  /** Looks for a better plan near the fractional one. */
  private improve({ shares, prices }: Relaxed, nodes: number): void {
    if (nodes > 20 && nodes % 5 !== 0) return;
    const occupancy: Occupancy = roundShares(this.problem, shares, priceSums(prices.rows), this.value);
    relocate(this.problem, occupancy, this.order, 5);
    if (nodes <= 1 || nodes % 20 === 0) {
      exchange(this.problem, occupancy, 30);
      relocate(this.problem, occupancy, this.order, 5);
    }
    this.offer(occupancy.choice);
  }

  private rearrange(bound: number): void {
    if (this.upper - bound <= FAR * Math.abs(bound)) return;
    this.offer(rearrange(this.problem, this.best, Math.ceil(ROUNDS / this.problem.items), seeded(1), this.rules.isTimeUp));
  }

  /** Fixes the surest of the undecided items, step by step, until nothing is undecided: a plan near the fractional one. */
  private dive({ forbidden, bound }: Node, relaxed: Relaxed): void {
    const fixed = forbidden.slice();
    const { firstOption, items } = this.problem;
    let { shares } = relaxed;
    for (let step = 0; step < items && !this.rules.isTimeUp?.(); step++) {
      const undecided = [...shares].flatMap(([item, options]) => {
        const [option, share] = [...options].reduce((a, b) => b[1] > a[1] ? b : a);
        return share < 1 - 1e-6 ? [{ item, option, share }] : [];
      }).sort((a, b) => b.share - a.share || a.item - b.item);
      if (undecided.length === 0) break;
      const sure = undecided.filter(({ share }) => share > 0.8).length;
      for (const { item, option } of undecided.slice(0, Math.max(sure, 1))) {
        for (let o = firstOption[item]!; o < firstOption[item + 1]!; o++) if (o !== option) fixed[o] = 1;
      }
      const next = this.relax(fixed, bound);
      if (!next.isPossible || this.isHopeless(next.bound)) return;
      shares = next.shares;
      this.improve(next, 1);
    }
  }

  private offer(choice: Choice): void {
    const cost = costOf(this.problem, choice);
    if (cost < this.upper) { this.upper = cost; this.best = choice.slice(); }
  }
}
