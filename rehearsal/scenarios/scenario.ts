import type { Execution } from '../asl';
import type { CloneProof, Expectation } from '../report/story';
import type { Stage } from './stage';

/** What a scenario leaves behind for the report. */
export interface Played {
  /** The execution that it is about. */
  readonly run: Execution;
  readonly expectations: readonly Expectation[];
  readonly clones?: readonly CloneProof[];
  /** Ids of what was there before and took part. */
  readonly concerned: readonly string[];
}

/** A story that can be played in a fresh account, and what it promises. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  play(stage: Stage): Promise<Played>;
}
