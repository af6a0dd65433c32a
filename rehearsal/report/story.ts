/** What happened in a rehearsal, as plain data: every report is drawn from it. Times are virtual milliseconds since 1970. */
export interface Story {
  readonly scenario: string;
  readonly description: string;
  readonly seed: number;
  readonly region: string;
  readonly from: number;
  readonly to: number;
  /** Real seconds that it took. */
  readonly realSeconds: number;
  /** The execution that the scenario is about comes first; then those that it caused. */
  readonly executions: readonly ExecutionStory[];
  readonly calls: readonly CallStory[];
  readonly lanes: readonly Lane[];
  readonly clones: readonly CloneProof[];
  /** What the machines drew themselves, as files for the browser. */
  readonly pages: readonly Page[];
  readonly moments: readonly Moment[];
  readonly expectations: readonly Expectation[];
  readonly permissions: { readonly unused: readonly string[]; readonly denied: readonly string[] };
}

export interface ExecutionStory {
  readonly arn: string;
  readonly machine: string;
  input?: unknown;
  readonly from: number;
  to?: number;
  status: string;
  error?: string;
  cause?: string;
  output?: unknown;
  /** State transitions, as AWS bills them: every entry into a state, retries included. */
  transitions: number;
  historyEvents: number;
  readonly visits: Visit[];
}

/** One stay of an execution in a state. */
export interface Visit {
  readonly state: string;
  /** Task, Wait, Choice, … */
  readonly type: string;
  /** How many Parallel and Map states it lies in. */
  readonly depth: number;
  readonly from: number;
  to?: number;
  outcome: 'running' | 'left' | 'failed' | 'aborted';
  /** Attempts that failed, whether retried, caught or final. */
  readonly failures: { readonly time: number; readonly error: string; readonly cause?: string }[];
}

export interface CallStory {
  readonly time: number;
  readonly service: string;
  readonly operation: string;
  /** False for calls that only read, and for dry runs. */
  readonly changes: boolean;
  readonly dryRun: boolean;
  /** What came of it, or what it was about. */
  readonly ids: readonly string[];
  readonly error?: string;
}

/** The life of one resource. */
export interface Lane {
  readonly type: ResourceType;
  readonly id: string;
  readonly label: string;
  /** It was there before the rehearsal began. */
  readonly existed: boolean;
  /** It is no more: deleted, deregistered or terminated. */
  readonly gone: boolean;
  readonly spans: readonly Span[];
}

export type ResourceType = 'instance' | 'network-interface' | 'volume' | 'snapshot' | 'image';

export interface Span {
  readonly state: string;
  readonly from: number;
  /** Absent while it lasts. */
  to?: number;
}

/** Something to mark on the axis of time. */
export interface Moment {
  readonly time: number;
  readonly label: string;
}

export interface CloneProof {
  readonly instanceId: string;
  readonly volumes: readonly {
    readonly device: string;
    readonly volumeId: string;
    readonly equalsSourceAtSnapshot: boolean;
    readonly blocksCompared: number;
    /** Blocks that hold what was written to the source after the snapshot; 0 if copy-on-write holds. */
    readonly laterWritesSeen: number;
  }[];
}

export interface Page {
  /** The name of its file, without ending: plan, replay. */
  readonly name: string;
  readonly html: string;
}

/** Something that a scenario promises. */
export interface Expectation {
  readonly what: string;
  readonly holds: boolean;
  /** What was found instead, or the numbers behind it. */
  readonly detail?: string;
}
