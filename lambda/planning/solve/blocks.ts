import type { Problem } from './problem';

/** Items that wait for each other, as a tree: parents before children. */
export interface Tree {
  readonly items: Int32Array;
  /** Place of each item's parent in `items`; −1 for the root. */
  readonly parent: Int32Array;
  /** Whether the parent must have ended before the item begins; otherwise the item must have ended before its parent begins. */
  readonly parentFirst: readonly boolean[];
}

/** The items taken apart into what can be priced one by one. */
export interface Blocks {
  /** Items that wait for nobody and for which nobody waits. */
  readonly singles: Int32Array;
  readonly trees: readonly Tree[];
  /** Pairs that would close a cycle in a tree (two ways from one item to another): pricing leaves them out, which keeps bounds valid. */
  readonly extra: readonly (readonly [first: number, second: number])[];
}

/** Spans each connected set of items by a tree. */
export function blocksOf({ items, after }: Problem): Blocks {
  const neighbours = new Map<number, { item: number; pair: number; isFirst: boolean }[]>();
  const isUsed = after.map(() => false);
  const add = (item: number, neighbour: { item: number; pair: number; isFirst: boolean }): void => {
    const known = neighbours.get(item);
    if (known) known.push(neighbour);
    else neighbours.set(item, [neighbour]);
  };
  after.forEach(([first, second], pair) => {
    add(first, { item: second, pair, isFirst: false });
    add(second, { item: first, pair, isFirst: true });
  });
  const isSeen = new Uint8Array(items);
  const singles: number[] = [];
  const trees: Tree[] = [];
  for (let root = 0; root < items; root++) {
    if (isSeen[root]) continue;
    isSeen[root] = 1;
    if (!neighbours.has(root)) { singles.push(root); continue; }
    const found = [root];
    const parent = [-1];
    const parentFirst = [false];
    for (let place = 0; place < found.length; place++) {
      for (const { item, pair, isFirst } of neighbours.get(found[place]!) ?? []) {
        if (isSeen[item]) continue;
        isSeen[item] = 1;
        isUsed[pair] = true;
        found.push(item);
        parent.push(place);
        parentFirst.push(!isFirst);
      }
    }
    trees.push({ items: Int32Array.from(found), parent: Int32Array.from(parent), parentFirst });
  }
  return { singles: Int32Array.from(singles), trees, extra: after.filter((_, pair) => !isUsed[pair]) };
}
