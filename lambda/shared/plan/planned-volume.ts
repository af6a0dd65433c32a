/** A volume that every clone gets. */
export interface PlannedVolume {
  readonly device: string;
  /** The source's. */
  readonly volumeId: string;
  readonly root: boolean;
  /** GiB. */
  readonly size: number;
  readonly type: string;
  readonly iops: number | null;
  /** MiB/s. */
  readonly throughput: number | null;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | null;
  readonly deleteOnTermination: boolean;
  readonly strategy: 'volume-copy' | 'snapshot';
  /** Why it is that strategy, and what it costs in time. */
  readonly why: string;
}
