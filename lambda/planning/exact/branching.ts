import type { Blocks } from '../solve/blocks';
import { type Choice, leaveOf, type Problem, violations } from '../solve/problem';
import type { Forbidden } from './domain';

/** How many items are left where they are, at least and at most. */
export interface Bracket { readonly least: number; readonly most: number }

export interface Node {
  readonly forbidden: Forbidden;
  readonly bound: number;
  readonly bracket: Bracket;
  /** Whether anything but how many are left was decided on the way. */
  readonly isDecided: boolean;
}

/** Per item how much of each option a linear programme takes. */
export type Shares = ReadonlyMap<number, ReadonlyMap<number, number>>;

const CLOSE = 1e-6;

/** Divides what a node may do into halves that its programme's plan belongs to neither of. */
export class Branching {
  /** `offer` is told of plans that turn up. */
  constructor(private readonly problem: Problem, private readonly blocks: Blocks, private readonly offer: (choice: Choice) => void) {}

  /** The halves of a node, the more promising one last. None if the node's programme is a plan already. */
  of(node: Node, shares: Shares, bound: number, best: Choice): Node[] {
    const { problem } = this;
    // one more or one fewer that is left outweighs all else, and no share of any one item tells how many it takes
    if (!this.isCounted(node, shares)) return this.bracket(node, Math.floor(this.left(shares)), bound);
    let item = -1;
    let undecided = CLOSE;
    for (const [candidate, options] of shares) {
      // whether an item moves at all weighs more than when it does
      const stays = options.get(leaveOf(problem, candidate)) ?? 0;
      const openness = Math.min(stays, 1 - stays) > CLOSE ? 1 + Math.min(stays, 1 - stays) : 1 - Math.max(...options.values());
      if (openness > undecided) { undecided = openness; item = candidate; }
    }
    if (item >= 0 && undecided > 1) return this.halves(node, item, leaveOf(problem, item) - 1, true, bound);
    if (item >= 0) return this.split(node, item, shares.get(item)!, bound);
    const choice = best.slice();
    for (const [taken, options] of shares) for (const [option, share] of options) if (share > 0.5) choice[taken] = option;
    const broken = this.blocks.extra.find(([first, second]) => problem.ends[choice[first]!]! > problem.begins[choice[second]!]!);
    if (broken) return this.splitOrder(node, broken, choice, bound);
    const { rows, pairs } = violations(problem, choice);
    const uses = Array.from(choice).some(option => node.forbidden[option] === 1);
    if (rows.length === 0 && pairs === 0 && !uses) { this.offer(choice); return []; }
    return this.splitAny(node, choice, bound);
  }

  /** Whether the programme leaves whole items, or some were decided on, after which that no longer counts. */
  isCounted({ isDecided }: Node, shares: Shares): boolean {
    const left = this.left(shares);
    return isDecided || Math.abs(left - Math.round(left)) < CLOSE;
  }

  private left(shares: Shares): number {
    let left = 0;
    for (const [item, options] of shares) left += options.get(leaveOf(this.problem, item)) ?? 0;
    return left;
  }

  /** So few are left, or one more at the least. */
  private bracket({ forbidden, bracket: { least, most } }: Node, fewer: number, bound: number): Node[] {
    return [{ least, most: fewer }, { least: fewer + 1, most }].filter(bracket => bracket.least <= bracket.most)
      .map(bracket => ({ forbidden: forbidden.slice(), bound, bracket, isDecided: false }));
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
    const low = child(node, bound);
    const high = child(node, bound);
    for (let o = this.problem.firstOption[item]!; o < this.problem.firstOption[item + 1]!; o++) (o <= last ? high : low).forbidden[o] = 1;
    return lowerIsLikely ? [high, low] : [low, high];
  }

  /** Either the first has ended by the moment at which the second begins now, or the second begins later. */
  private splitOrder(node: Node, [first, second]: readonly [number, number], choice: Choice, bound: number): Node[] {
    const { begins, ends, firstOption } = this.problem;
    const moment = begins[choice[second]!]!;
    const early = child(node, bound);
    const late = child(node, bound);
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
}

function child({ forbidden, bracket }: Node, bound: number): Node {
  return { forbidden: forbidden.slice(), bound, bracket, isDecided: true };
}
