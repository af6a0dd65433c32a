import type { Blocks } from './blocks';

/** A part of the blocks, about `share` of them, taken evenly. */
export function sampleOf({ singles, trees, extra }: Blocks, share: number): { blocks: Blocks; items: Int32Array } {
  const step = Math.max(1, Math.round(1 / share));
  const some = singles.filter((_, i) => i % step === 0);
  const few = trees.filter((_, i) => i % step === 0);
  const items = Int32Array.from([...some, ...few.flatMap(tree => [...tree.items])]);
  return { blocks: { singles: some, trees: few, extra }, items };
}
