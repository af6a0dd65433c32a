/** What a block device holds: the value of each block that was ever written. */
export type Content = ReadonlyMap<number, string>;

/** Blocks that never change again, over older ones. */
interface Layer {
  readonly blocks: Content;
  readonly below?: Layer;
  readonly depth: number;
}

/** Deep chains are flattened, so that a long-lived volume with many snapshots stays quick to read. */
const deepest = 32;

/**
 * The blocks of a volume, copy-on-write: a frozen picture of them costs nothing, and what is written later goes into a
 * layer of its own, invisible to every picture taken before.
 */
export class Blocks {
  private top = new Map<number, string>();

  /** A device that starts with what was frozen, and goes its own way from there. */
  constructor(private below?: Layer) {}

  write(block: number, value: string): void {
    this.top.set(block, value);
  }

  read(block: number): string | undefined {
    if (this.top.has(block)) return this.top.get(block);
    for (let layer = this.below; layer; layer = layer.below) {
      if (layer.blocks.has(block)) return layer.blocks.get(block);
    }
    return undefined;
  }

  /** The picture of this instant. */
  freeze(): FrozenBlocks {
    if (this.top.size > 0) {
      const depth = (this.below?.depth ?? 0) + 1;
      this.below = depth > deepest ? { blocks: this.all(), depth: 1 } : { blocks: this.top, below: this.below, depth };
      this.top = new Map();
    }
    return new FrozenBlocks(this.below);
  }

  /** All blocks, each with its newest value. */
  all(): Content {
    return merged(this.below, this.top);
  }
}

/** The blocks of a snapshot. */
export class FrozenBlocks {
  constructor(private readonly layer?: Layer) {}

  /** A device that starts with these blocks. */
  thaw(): Blocks {
    return new Blocks(this.layer);
  }

  all(): Content {
    return merged(this.layer);
  }
}

function merged(layer: Layer | undefined, top?: Content): Content {
  const layers: Content[] = top ? [top] : [];
  for (let next = layer; next; next = next.below) layers.push(next.blocks);
  const all = new Map<number, string>();
  for (const blocks of layers.reverse()) for (const [block, value] of blocks) all.set(block, value);
  return all;
}
