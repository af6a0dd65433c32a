import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../cloud/account';
import type { Proof, Side } from '../hosts/host';
import { Lab } from '../hosts/lab';
import { readRecording, type Recording } from '../hosts/recording';
import type { Mishap } from '../hosts/mishaps';
import { ReplayedPair, type ReplayOptions } from '../hosts/replay';
import { VmPair } from '../hosts/vm';

export interface HostsOptions {
  /** `replay` answers what virtual machines answered once; `vm` asks virtual machines. */
  readonly kind?: 'replay' | 'vm';
  /** Where the recordings are. */
  readonly recordings?: string;
  /**
   * What replicates, and so whose recording is replayed.
   * @default drbd
   */
  readonly engine?: 'drbd' | 'md';
  /** Options of the lab's shell. */
  readonly lab?: readonly string[];
  readonly say?: (line: string) => void;
}

/** Two hosts on the stage, and the application that writes on them. */
export interface StagedPair {
  keepWriting(): void;
  /** Whether a side has everything that the application was told to be safe (before an instant). */
  proof(side: Side, before?: number): Promise<Proof>;
  /** How long the application was without an acknowledged write at most, in milliseconds; undefined where only the machines know. */
  longestPause(): number | undefined;
  /** Makes a step go wrong. */
  fail(side: Side, step: string, mishap: Mishap): void;
  /** The hosts themselves, for who looks closer; recorded ones only. */
  readonly replayed?: ReplayedPair;
}

/** What plays the inside of hosts that replicate. */
export class Hosts {
  private lab: Lab | undefined;

  private readonly engine: string;

  constructor(private readonly options: HostsOptions = {}) {
    this.engine = options.engine ?? 'drbd';
  }

  /** Takes the place of the guest in every instance: one is the source, the first other one that is commanded the target. */
  async pair(account: Account, options: ReplayOptions): Promise<StagedPair> {
    return this.options.kind === 'vm' ? this.machines(account, options) : this.recorded(account, options);
  }

  /**
   * Pairs by their sources, in an account of many; recorded hosts only. A target is known by the execution that launched it, whose name has
   * the source, and all other instances are guests as ever.
   */
  pairs(account: Account, all: readonly ReplayOptions[]): ReadonlyMap<string, ReplayedPair> {
    const recording = this.recording();
    const pairs = new Map(all.map(options => [options.sourceInstanceId, new ReplayedPair(account, recording, options)]));
    // the tag goes when a target is finished
    const known = new Map(pairs);
    account.ssm.hostOf = id => {
      const made = account.ec2.instances.get(id)?.Tags?.find(({ Key }) => Key === 'instance-mobility:execution')?.Value ?? '';
      const pair = known.get(id) ?? [...pairs].find(([source]) => made.includes(`:move-${source}-`))?.[1];
      if (pair) known.set(id, pair);
      return pair?.hostOf(id);
    };
    return pairs;
  }

  async close(): Promise<void> {
    await this.lab?.end();
  }

  private recorded(account: Account, options: ReplayOptions): StagedPair {
    const pair = new ReplayedPair(account, this.recording(), options);
    account.ssm.hostOf = id => pair.hostOf(id);
    return {
      keepWriting: () => pair.application.keepWriting(),
      proof: async (side, before) => {
        pair.catchUp();
        const [disk] = pair.disks(side);
        const { application } = pair;
        if (!disk) return { holds: false, detail: `the ${side} has no instance store any more` };
        const missing = application.missingOn(disk.blocks, before).length;
        const old = side === 'target' ? pair.blocksLeft : 0;
        return { holds: missing === 0 && old === 0 && application.acknowledged.length > 0, detail: `${application.acknowledged.length} acknowledged writes, ${missing + old} blocks missing` };
      },
      longestPause: () => pair.application.longestPause(),
      fail: (side, step, mishap) => pair.fail(side, step, mishap),
      replayed: pair,
    };
  }

  private recording(): Recording {
    const file = join(this.options.recordings ?? join(__dirname, '../recordings'), `replication-${this.engine}.json`);
    if (!existsSync(file)) throw new Error(`there is no recording of hosts to replay: ${file}`);
    return readRecording(readFileSync(file, 'utf8'), file);
  }

  private async machines(account: Account, { sourceInstanceId }: ReplayOptions): Promise<StagedPair> {
    this.lab = await Lab.boot([`engine=${this.engine}`, ...this.options.lab ?? []], this.options.say ?? (() => undefined));
    const pair = new VmPair(account, this.lab, sourceInstanceId);
    account.ssm.hostOf = id => pair.hostOf(id);
    return {
      // it has been writing since the machine is up
      keepWriting: () => undefined,
      proof: side => pair.proof(side),
      longestPause: () => undefined,
      fail: (side, step, mishap) => pair.fail(side, step, mishap),
    };
  }
}
