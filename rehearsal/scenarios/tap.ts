import type { Content } from '../cloud/ec2/content';
import type { Ec2 } from '../cloud/ec2/state';

interface Write {
  readonly time: number;
  readonly block: number;
  readonly value: string;
}

export interface Comparison {
  /** A device holds just what the tapped one held at that instant. */
  readonly equal: boolean;
  readonly blocksCompared: number;
  /** Blocks that hold what was written only after it. */
  readonly laterWritesSeen: number;
}

/**
 * Listens on a volume: what it held at first, and everything written to it since. From this log the content at any instant
 * is told without asking the account's snapshots, which are what is to be proved.
 */
export class Tap {
  readonly writes: Write[] = [];
  private readonly first: Content;

  constructor(ec2: Ec2, readonly volumeId: string) {
    this.first = new Map(ec2.content(volumeId));
    const { blocks } = ec2.get(ec2.volumeModels, volumeId);
    const write = blocks.write.bind(blocks);
    blocks.write = (block, value) => {
      this.writes.push({ time: ec2.account.clock.now(), block, value });
      write(block, value);
    };
  }

  /** What programs changed; the commit record of a change, which repeats its value, is none of its own. */
  changes(): readonly Write[] {
    const known = new Set<string>();
    return this.writes.filter(({ value }) => !known.has(value) && known.add(value));
  }

  /** Compares what another device holds with what this one held when a snapshot was taken. */
  compare(content: Content, instant: number): Comparison {
    // of several writes in the very millisecond of the snapshot some may have come before it, others after
    const sure = this.writes.filter(write => write.time < instant).length;
    const possible = this.writes.filter(write => write.time <= instant).length;
    let equal = false;
    for (let cut = sure; cut <= possible && !equal; cut++) equal = same(content, this.after(cut));
    const later = this.writes.filter(write => write.time > instant);
    const earlier = new Set([...[...this.first].map(([block, value]) => `${block}=${value}`), ...this.writes.slice(0, possible).map(keyOf)]);
    const seen = new Set(later.filter(write => content.get(write.block) === write.value && !earlier.has(keyOf(write))).map(write => write.block));
    return { equal, blocksCompared: new Set([...content.keys(), ...this.after(possible).keys()]).size, laterWritesSeen: seen.size };
  }

  private after(writes: number): Content {
    const content = new Map(this.first);
    for (const { block, value } of this.writes.slice(0, writes)) content.set(block, value);
    return content;
  }
}

function keyOf({ block, value }: Write): string {
  return `${block}=${value}`;
}

function same(a: Content, b: Content): boolean {
  return a.size === b.size && [...a].every(([block, value]) => b.get(block) === value);
}
