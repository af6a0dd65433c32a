import { type Blocks, blocksOf } from '../solve/blocks';
import { LAGRANGIAN_RULES, type Solution, solveLagrangian } from '../solve/lagrangian';
import { longestFirst } from '../solve/list-schedule';
import type { Occupancy } from '../solve/occupancy';
import { priceSums } from '../solve/pricing';
import { type Choice, costOf, leaveOf, type Problem, violations } from '../solve/problem';
import { exchange } from '../solve/exchange';
import { rearrange } from '../solve/rearrange';
import { relocate } from '../solve/relocate';
import { seeded } from '../random';
import { columnOf, itemsOfBlocks, unitsOf } from './column';
import { cheapestAllowed, type Forbidden, forbidHopeless } from './domain';
import { Master } from './master';
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
/** Rounds of that, for so many items all together. */
const ROUNDS = 100_000;

interface Node { readonly forbidden: Forbidden; readonly bound: number; readonly depth: number }

/** What the linear programme of a node says. */
interface Relaxed { bound: number; prices: Float64Array; shares: Map<number, Map<number, number>>; isPossible: boolean }

/**
 * The best plan, proved: column generation for the linear programme, options forbidden by reduced cost, branch and bound for
 * what is left. For up to about 500 items. Bounds come from Lagrange's function at the programme's prices, computed on the
 * problem itself, so that rounding errors of the simplex can not make them wrong.
 */
export function solveExactly(problem: Problem, rules: ExactRules = EXACT_RULES): Solution {
  const search = new Search(problem, rules);
  return search.run();
}

class Search {
  private readonly blocks: Blocks;
  private readonly itemsOf: Int32Array[];
  private readonly units: Float64Array;
  private readonly value: Float64Array;
  private readonly values: Float64Array;
  private readonly choice: Choice;
  private readonly prices: Float64Array;
  private readonly master: Master;
  private readonly order: Int32Array;
  private readonly epsilon: number;
  private best: Choice;
  private upper: number;
  private readonly start: Solution;

  constructor(private readonly problem: Problem, private readonly rules: ExactRules) {
    this.blocks = blocksOf(problem);
    this.itemsOf = itemsOfBlocks(this.blocks);
    this.units = unitsOf(problem);
    this.value = new Float64Array(problem.cost.length);
    this.values = new Float64Array(this.itemsOf.length);
    this.choice = new Int32Array(problem.items);
    this.prices = new Float64Array(problem.capacity.length);
    this.order = longestFirst(problem);
    this.start = solveLagrangian(problem, { ...LAGRANGIAN_RULES, gap: rules.tolerance });
    this.best = this.start.choice;
    this.upper = this.start.cost;
    this.epsilon = 1e-9 * Math.max(1e-9, Math.abs(this.upper) / Math.max(1, problem.items));
    let dearest = 0;
    for (const cost of problem.cost) dearest = Math.max(dearest, Math.abs(cost));
    this.master = new Master(problem.capacity.length, problem.capacity.map((capacity, row) => capacity / this.units[row]!),
      this.itemsOf.map((items, block) => columnOf(problem, block, items, this.best, this.units)), 10 * dearest + 1, this.epsilon);
  }

  run(): Solution {
    const { problem } = this;
    const open: Node[] = [{ forbidden: new Uint8Array(problem.cost.length), bound: this.start.bound, depth: 0 }];
    let rootPrices = this.start.prices;
    let nodes = 0;
    let node: Node | undefined;
    while (nodes < this.rules.nodes && !(nodes > 0 && this.rules.isTimeUp?.()) && (node = open.pop())) {
      if (this.isHopeless(node.bound)) continue;
      nodes++;
      if (nodes === 1) this.prepare(node.forbidden);
      const relaxed = this.relax(node.forbidden, node.bound);
      if (nodes === 1) rootPrices = relaxed.prices;
      const bound = Math.max(node.bound, relaxed.bound);
      if (!relaxed.isPossible || this.isHopeless(bound)) continue;
      this.improve(relaxed, nodes);
      if (nodes === REARRANGE_AT) this.rearrange(bound);
      if (nodes % DIVE_EVERY === 1) this.dive(node, relaxed);
      if (this.isHopeless(bound)) continue;
      cheapestAllowed(problem, this.blocks, relaxed.prices, node.forbidden, this.value, this.choice, this.values);
      forbidHopeless(problem, this.blocks, relaxed.prices, node.forbidden, this.value, this.values, this.upper - relaxed.bound);
      open.push(...this.branch(node, relaxed, bound));
    }
    const bound = open.reduce((least, { bound: other }) => Math.min(least, other), node ? Math.min(node.bound, this.upper) : this.upper);
    return { choice: this.best, cost: this.upper, bound, prices: rootPrices };
  }

  private isHopeless(bound: number): boolean {
    return bound >= this.upper - this.rules.tolerance * Math.abs(this.upper);
  }

  /** Before the first programme: forbids what the first prices rule out, and begins with the columns that look best at them. */
  private prepare(forbidden: Forbidden): void {
    const { problem, blocks, value, values, choice, start } = this;
    cheapestAllowed(problem, blocks, start.prices, forbidden, value, choice, values);
    this.itemsOf.forEach((items, block) => this.master.add(columnOf(problem, block, items, choice, this.units)));
    forbidHopeless(problem, blocks, start.prices, forbidden, value, values, this.upper - start.bound);
    // forbidHopeless left the value of every option in `value`
    blocks.singles.forEach((item, block) => {
      const options = [];
      for (let o = problem.firstOption[item]!; o < problem.firstOption[item + 1]!; o++) if (!forbidden[o]) options.push(o);
      options.sort((a, b) => value[a]! - value[b]!);
      for (const option of options.slice(1, 6)) {
        choice[item] = option;
        this.master.add(columnOf(problem, block, this.itemsOf[block]!, choice, this.units));
      }
    });
  }

  /** Solves the linear programme over what a node may use, making columns as they are needed. */
  private relax(forbidden: Forbidden, known: number): Relaxed {
    const { problem, master } = this;
    master.purge();
    master.forbid(column => column.options.some(option => forbidden[option] === 1));
    let bound = -Infinity;
    let bestPrices = this.prices.slice();
    for (let round = 0; ; round++) {
      const isDone = master.optimise(400); // a few at a time: the caller's time may be up
      for (let row = 0; row < this.prices.length; row++) this.prices[row] = Math.max(0, -master.dual[row]!) / this.units[row]!;
      const at = this.price(this.prices, forbidden, (block, least) => least - master.dual[problem.capacity.length + block]! < -this.epsilon);
      if (at.bound === Infinity) return { bound: Infinity, prices: bestPrices, shares: new Map(), isPossible: false };
      if (at.bound > bound) { bound = at.bound; bestPrices = this.prices.slice(); }
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

  /** Prices all blocks; adds the columns that are wanted; returns the bound at these prices. */
  private price(prices: Float64Array, forbidden: Forbidden, isWanted: (block: number, least: number) => boolean): { bound: number; added: number } {
    const { problem, values, choice, master } = this;
    cheapestAllowed(problem, this.blocks, prices, forbidden, this.value, choice, values);
    let bound = 0;
    let added = 0;
    for (let row = 0; row < prices.length; row++) bound -= prices[row]! * problem.capacity[row]!;
    for (let block = 0; block < values.length; block++) {
      bound += values[block]!;
      if (values[block] === Infinity) return { bound: Infinity, added: 0 };
    }
    for (let block = 0; block < values.length; block++) {
      if (!isWanted(block, values[block]!)) continue;
      master.add(columnOf(problem, block, this.itemsOf[block]!, choice, this.units));
      added++;
    }
    return { bound, added };
  }

  /** Looks for a better plan near the fractional one. */
  private improve({ shares, prices }: Relaxed, nodes: number): void {
    if (nodes > 20 && nodes % 5 !== 0) return;
    const occupancy: Occupancy = roundShares(this.problem, shares, priceSums(prices), this.value);
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

  /** The two halves of a node, the more promising one last. None if the node's programme is a plan already. */
  private branch(node: Node, { shares }: Relaxed, bound: number): Node[] {
    let item = -1;
    let undecided = 1e-6;
    for (const [candidate, options] of shares) {
      // whether an item moves at all weighs more than when it does
      const left = options.get(leaveOf(this.problem, candidate)) ?? 0;
      const openness = Math.min(left, 1 - left) > 1e-6 ? 1 + Math.min(left, 1 - left) : 1 - Math.max(...options.values());
      if (openness > undecided) { undecided = openness; item = candidate; }
    }
    if (item >= 0 && undecided > 1) return this.halves(node, item, leaveOf(this.problem, item) - 1, true, bound);
    if (item >= 0) return this.split(node, item, shares.get(item)!, bound);
    const choice = this.best.slice();
    for (const [taken, options] of shares) for (const [option, share] of options) if (share > 0.5) choice[taken] = option;
    const broken = this.blocks.extra.find(([first, second]) => this.problem.ends[choice[first]!]! > this.problem.begins[choice[second]!]!);
    if (broken) return this.splitOrder(node, broken, choice, bound);
    const { rows, pairs } = violations(this.problem, choice);
    const uses = Array.from(choice).some(option => node.forbidden[option] === 1);
    if (rows.length === 0 && pairs === 0 && !uses) { this.offer(choice); return []; }
    return this.splitAny(node, choice, bound);
  }

  /** Options up to a place, and options behind it. */
  private split(node: Node, item: number, options: ReadonlyMap<number, number>, bound: number): Node[] {
    const sorted = [...options].sort(([a], [b]) => a - b);
    let share = sorted[0]![1];
    let place = 0;
    const total = sorted.reduce((sum, [, each]) => sum + each, 0);
    while (place + 2 < sorted.length && share + sorted[place + 1]![1] <= total / 2) share += sorted[++place]![1];
    return this.halves(node, item, sorted[place]![0], share > total / 2, bound);
  }

  private halves(node: Node, item: number, last: number, lowerIsLikely: boolean, bound: number): Node[] {
    const low = this.child(node, bound);
    const high = this.child(node, bound);
    for (let o = this.problem.firstOption[item]!; o < this.problem.firstOption[item + 1]!; o++) (o <= last ? high : low).forbidden[o] = 1;
    return lowerIsLikely ? [high, low] : [low, high];
  }

  /** Either the first has ended by the moment at which the second begins now, or the second begins later. */
  private splitOrder(node: Node, [first, second]: readonly [number, number], choice: Choice, bound: number): Node[] {
    const { begins, ends, firstOption } = this.problem;
    const moment = begins[choice[second]!]!;
    const early = this.child(node, bound);
    const late = this.child(node, bound);
    for (let o = firstOption[first]!; o < firstOption[first + 1]!; o++) if (ends[o]! > moment) early.forbidden[o] = 1;
    for (let o = firstOption[second]!; o < firstOption[second + 1]!; o++) if (begins[o]! <= moment) late.forbidden[o] = 1;
    return [early, late];
  }

  /** The programme was cut short and its plan does not hold: go on with any item that still has a choice. */
  private splitAny(node: Node, choice: Choice, bound: number): Node[] {
    const { firstOption } = this.problem;
    for (let item = 0; item < this.problem.items; item++) {
      const allowed: number[] = [];
      for (let o = firstOption[item]!; o < firstOption[item + 1]!; o++) if (!node.forbidden[o]) allowed.push(o);
      if (allowed.length < 2) continue;
      const last = allowed[Math.floor((allowed.length - 1) / 2)]!;
      return this.halves(node, item, last, choice[item]! <= last, bound);
    }
    const only = choice.map((_, item) => {
      for (let o = firstOption[item]!; o < firstOption[item + 1]!; o++) if (!node.forbidden[o]) return o;
      return -1;
    });
    if (!only.includes(-1)) {
      const { rows, pairs } = violations(this.problem, only);
      if (rows.length === 0 && pairs === 0) this.offer(only);
    }
    return [];
  }

  private child(node: Node, bound: number): Node {
    return { forbidden: node.forbidden.slice(), bound, depth: node.depth + 1 };
  }
}
