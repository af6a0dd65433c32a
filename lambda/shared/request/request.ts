import type { Tags } from '../tags';

/** How a volume of a clone comes about; `auto`: as the plan finds best. */
export type WantedStrategy = 'auto' | 'volume-copy' | 'snapshot';

/** Of a single volume; `shared`: the clone has none of its own, but uses the source's. */
export type VolumeStrategy = WantedStrategy | 'shared';

/** What the clone's volume shall have instead of what the source's has; null: as the source. */
export interface VolumeOverride {
  readonly exclude: boolean;
  /** Null: as the request's own says for all volumes. */
  readonly strategy: VolumeStrategy | null;
  readonly type: string | null;
  readonly iops: number | null;
  /** MiB/s. */
  readonly throughput: number | null;
  /** GiB. */
  readonly size: number | null;
  readonly kmsKeyId: string | null;
  /** Of a shared one; null: read-only. */
  readonly access: 'read-only' | 'read-write' | null;
  /** Of one that is only read: whether the source reserves it; null: not. */
  readonly reservation: 'none' | 'write-exclusive' | null;
  /** Of one that is written to: the units by which a clone becomes a member of the cluster, in the order of starting. */
  readonly clusterServices: readonly string[] | null;
  /** And those that use what is on it, started after it is mounted. */
  readonly services: readonly string[] | null;
}

/** Limits of a shared volume; null: the plan finds one. */
export interface ShareLimits {
  readonly latencyMillis: number | null;
  readonly queueDepth: number | null;
}

/** The execution's input, checked, with every optional field said; null: as the source. */
export interface Request {
  readonly sourceInstanceId: string;
  readonly count: number;
  /** Fewer clones than these undo all. */
  readonly minCount: number;
  readonly subnetId: string | null;
  readonly instanceType: string | null;
  readonly keyName: string | null;
  /** They replace the groups of every interface. */
  readonly securityGroupIds: readonly string[] | null;
  /** `source`, `none`, or the name of an instance profile. */
  readonly instanceProfile: string;
  /** The data itself stays in the execution's input. */
  readonly userData: 'none' | 'source' | 'given';
  readonly tags: Tags;
  readonly consistency: 'crash' | 'filesystem';
  /** Until their identity is verified clones have no network but what Systems Manager needs, and no profile but for it. */
  readonly isolation: boolean;
  readonly identity: 'reset' | 'keep';
  /** Whether the clones' volumes shall have been loaded from their snapshots when the execution ends. */
  readonly ready: 'launched' | 'warmed';
  /** Whether warming up waits for EBS, or the clones read their volumes themselves; `auto`: as the plan finds best. */
  readonly warmUp: 'auto' | 'wait' | 'read';
  /** Of all volumes that do not say otherwise. */
  readonly strategy: WantedStrategy;
  /** By device name. */
  readonly volumes: Readonly<Record<string, VolumeOverride>>;
  /** MiB/s. */
  readonly volumeInitializationRate: number | null;
  readonly keepSnapshots: 'none' | 'latest' | 'all';
  /** ISO 8601, such as `P7D`: how long each clone lives. */
  readonly expireAfter: string | null;
  /** Beyond which use of a shared volume its clone is given a volume of its own; null: when somebody asks. */
  readonly ownVolumeAbove: ShareLimits | null;
  /** The most that the clones may cost until they expire, or in a month; null: as much as it takes. */
  readonly maxCost: number | null;
  readonly approve: boolean;
  readonly planOnly: boolean;
}
