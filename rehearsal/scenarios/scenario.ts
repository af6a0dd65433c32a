import type { Execution } from '../asl';
import type { CloneProof, Expectation, Page } from '../report/story';
import type { Stage } from './stage';

/** What a scenario leaves behind for the report. */
export interface Played {
  /** The execution that it is about. */
  readonly run: Execution;
  readonly expectations: readonly Expectation[];
  readonly clones?: readonly CloneProof[];
  /** What the machines drew themselves. */
  readonly pages?: readonly Page[];
  /** Ids of what was there before and took part. */
  readonly concerned: readonly string[];
}

/** What of bin/app.ts is deployed for a scenario. */
export interface App {
  /** The construct whose machine the scenario starts. */
  readonly machine: string;
  readonly context: Readonly<Record<string, string>>;
}

/** A story that can be played in a fresh account, and what it promises. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** `InstanceClone` unless told otherwise. */
  readonly app?: App;
  /** What its hosts replicate with; `drbd` unless told otherwise. */
  readonly engine?: 'drbd' | 'md';
  /** Its hosts may be virtual machines, too. */
  readonly onMachines?: boolean;
  /** Its loads may be real ones, too (`--traces`). */
  readonly onTraces?: boolean;
  /** It takes days and thousands of states: nobody would read it state by state. */
  readonly long?: boolean;
  play(stage: Stage): Promise<Played>;
}
