import type { Plan } from '../plan/plan';
import type { SyncRequest } from './request';

/** What the launch fragment and the image before it are told. */
export type LaunchPlan = Pick<Plan, 'sourceInstanceId' | 'count' | 'volumes' | 'image' | 'finish' | 'userData' | 'tags' | 'creates' | 'differences' | 'cost'>
  & {
    readonly launch: Plan['launch'];
    /** Volumes of the target that begin empty, for their blocks are replicated; no image is made of the source's. */
    readonly empty: readonly EmptyVolume[];
    /** Whether the source is on an Outpost, or in a Local Zone: its snapshots are stored in the Region. */
    readonly atEdge: boolean;
  };

/** A volume of a launched target, and the source's in whose place it is. */
export interface EmptyVolume {
  readonly device: string;
  readonly volumeId: string;
}

/** A mount whose blocks are replicated. */
export interface PlannedMount {
  readonly mountPoint: string;
  readonly device: string;
  readonly fstype: string;
  readonly layout: string;
  readonly disks: number;
  /** All of them are moved, whether they are used or not. */
  readonly bytes: number;
  readonly usedBytes: number;
  /** The EBS volumes that it lies on; empty: it lies on instance store. */
  readonly volumeIds: readonly string[];
}

/** How long the synchronisation takes at some rate. */
export interface Expectation {
  readonly mibPerSecond: number;
  readonly hours: number;
  /** What the rate comes from. */
  readonly because: string;
}

interface Common {
  readonly sourceInstanceId: string;
  readonly session: string;
  /** In the order in which it happens, in words. */
  readonly story: readonly string[];
  readonly mounts: readonly PlannedMount[];
  readonly services: readonly string[];
  readonly bytesToMove: number;
  readonly expectedPauseSeconds: { readonly from: number; readonly to: number };
  readonly expected: readonly Expectation[];
  readonly releaseSource: SyncRequest['releaseSource'];
  readonly warnings: readonly string[];
  readonly checks: Plan['checks'];
}

/** Everything that is going to happen; nothing of a launch where an existing instance is the target. */
export type SyncPlan = Common & ((LaunchPlan & { readonly targetInstanceId: null }) | { readonly targetInstanceId: string; readonly launch: null });
