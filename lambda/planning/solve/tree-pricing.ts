import type { Tree } from './blocks';
import { NEVER, type Problem } from './problem';

/** Messages between an item and its parent: what the best of the item's side costs, for each moment that the other side may ask for. */
interface Messages { readonly best: Float64Array; readonly option: Int32Array }

const place = (problem: Problem, time: number): number => time === NEVER ? problem.slots + 1 : time;

/**
 * The best of one side per moment t. `later`: among its options that begin at t or after; otherwise among those that end by t.
 */
function messages(problem: Problem, item: number, value: Float64Array, later: boolean): Messages {
  const size = problem.slots + 2;
  const best = new Float64Array(size).fill(Infinity);
  const option = new Int32Array(size).fill(-1);
  const times = later ? problem.begins : problem.ends;
  for (let o = problem.firstOption[item]!; o < problem.firstOption[item + 1]!; o++) {
    const t = place(problem, times[o]!);
    if (value[o]! < best[t]!) { best[t] = value[o]!; option[t] = o; }
  }
  if (later) {
    for (let t = size - 2; t >= 0; t--) if (best[t + 1]! < best[t]!) { best[t] = best[t + 1]!; option[t] = option[t + 1]!; }
  } else {
    for (let t = 1; t < size; t++) if (best[t - 1]! < best[t]!) { best[t] = best[t - 1]!; option[t] = option[t - 1]!; }
  }
  return { best, option };
}

/** Moment at which an option of the parent asks its child. */
const asks = (problem: Problem, parentFirst: boolean, option: number): number => place(problem, parentFirst ? problem.ends[option]! : problem.begins[option]!);

/** Adds to each option what the best of all items below it costs, children first; returns the messages upwards. */
function gather(problem: Problem, tree: Tree, value: Float64Array): (Messages | undefined)[] {
  const up: (Messages | undefined)[] = tree.parentFirst.map(() => undefined);
  for (let i = tree.items.length - 1; i > 0; i--) {
    const message = messages(problem, tree.items[i]!, value, tree.parentFirst[i]!);
    up[i] = message;
    const parent = tree.items[tree.parent[i]!]!;
    for (let o = problem.firstOption[parent]!; o < problem.firstOption[parent + 1]!; o++) {
      value[o] = value[o]! + message.best[asks(problem, tree.parentFirst[i]!, o)]!;
    }
  }
  return up;
}

/**
 * The cheapest way to move all items of a tree in their order. `value` holds the cost of each option (Infinity = forbidden)
 * and is overwritten; the options taken go into `choice`.
 */
export function cheapestOfTree(problem: Problem, tree: Tree, value: Float64Array, choice: Int32Array): number {
  const up = gather(problem, tree, value);
  const root = tree.items[0]!;
  let best = Infinity;
  for (let o = problem.firstOption[root]!; o < problem.firstOption[root + 1]!; o++) {
    if (value[o]! < best) { best = value[o]!; choice[root] = o; }
  }
  if (best === Infinity) return best;
  for (let i = 1; i < tree.items.length; i++) {
    const asked = asks(problem, tree.parentFirst[i]!, choice[tree.items[tree.parent[i]!]!]!);
    choice[tree.items[i]!] = up[i]!.option[asked]!;
  }
  return best;
}

/** For each option what the whole tree costs at least if that option is taken. `value` holds costs and is overwritten with that. */
export function marginalsOfTree(problem: Problem, tree: Tree, value: Float64Array): void {
  const up = gather(problem, tree, value);
  const { firstOption } = problem;
  for (let i = 1; i < tree.items.length; i++) {
    const item = tree.items[i]!;
    const parent = tree.items[tree.parent[i]!]!;
    const parentFirst = tree.parentFirst[i]!;
    const begin = firstOption[parent]!;
    const rest = value.slice(begin, firstOption[parent + 1]!);
    // what the tree costs without this branch, per option of the parent; forbidden ones stay forbidden
    for (let k = 0; k < rest.length; k++) {
      const own = up[i]!.best[asks(problem, parentFirst, begin + k)]!;
      rest[k] = own === Infinity ? Infinity : rest[k]! - own;
    }
    const size = problem.slots + 2;
    const down = new Float64Array(size).fill(Infinity);
    for (let k = 0; k < rest.length; k++) {
      const t = asks(problem, parentFirst, begin + k);
      if (rest[k]! < down[t]!) down[t] = rest[k]!;
    }
    if (parentFirst) for (let t = 1; t < size; t++) down[t] = Math.min(down[t]!, down[t - 1]!); // the parent ended by t
    else for (let t = size - 2; t >= 0; t--) down[t] = Math.min(down[t]!, down[t + 1]!); // the parent begins at t or after
    const times = parentFirst ? problem.begins : problem.ends;
    for (let o = firstOption[item]!; o < firstOption[item + 1]!; o++) value[o] = value[o]! + down[place(problem, times[o]!)]!;
  }
}
