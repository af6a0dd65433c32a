import type { CopyRules } from '../copy/footprint';
import type { CostWeights } from '../copy/cost';
import type { SendOnce } from '../copy/method';
import type { Grid } from '../time/grid';
import type { DailyWindow, Span } from '../time/windows';

/**
 * - `now`: as soon as there is room.
 * - `window`: within given hours.
 * - `sameTimeOfDay`: the first time at which the CPU, predicted from the same time of day, is under a threshold.
 * - `adaptive`: when a move is forecast to be cheapest, re-checked live.
 */
export type Strategy = 'now' | 'window' | 'sameTimeOfDay' | 'adaptive';

/** A link over which copies go. */
export interface Link {
  readonly id: string;
  /** Bytes per second that migrations may take, per slot: forecast headroom, less what is reserved. */
  readonly capacity: Float64Array;
  /** Bytes per second at which one copy may run; a copy keeps its rate. */
  readonly rates: readonly number[];
  readonly maxConcurrent?: number;
}

export interface InstanceToMove {
  readonly id: string;
  readonly bytes: number;
  /** Bytes of the blocks that are written again and again; all of them if left out. */
  readonly hotBytes?: number;
  /** Forecast of bytes written per second, per slot. Without it only `now` and `window` can be planned. */
  readonly writes?: Float64Array;
  /** Forecast of CPU percent, per slot. */
  readonly cpu?: Float64Array;
  /** Days of metrics that there are, for the reason of a refusal. */
  readonly daysOfHistory?: number;
  readonly strategy?: Strategy;
  /** CPU percent under which an instance counts as idle for `sameTimeOfDay`; by default the lowest quarter of its own profile. */
  readonly idleBelow?: number;
  readonly windows?: readonly DailyWindow[];
  readonly blackouts?: readonly (DailyWindow | Span)[];
  /** Not to begin before. */
  readonly earliest?: number;
  /** To have ended by; what can not be is refused. */
  readonly deadline?: number;
  /** Wanted by; later costs more with every hour, and more for higher priority. */
  readonly due?: number;
  /** 0 is normal; of two that do not both fit the higher one moves. */
  readonly priority?: number;
  /** Ids of instances that must have been moved before this one begins. */
  readonly after?: readonly string[];
  /** Ids of links that it may use; all if left out. */
  readonly links?: readonly string[];
  /** Host (or any other place) whose concurrency is limited. */
  readonly host?: string;
  readonly maxDowntime?: number;
  /** Whether it may be switched before everything is copied. */
  readonly postCopy?: boolean;
  /** Nothing is sent twice, and it always converges. */
  readonly sendOnce?: SendOnce;
}

export interface FleetRequest {
  readonly grid: Grid;
  readonly links: readonly Link[];
  readonly instances: readonly InstanceToMove[];
  /** Ids of instances that switch at the same moment. */
  readonly groups?: readonly (readonly string[])[];
  /** Copies at once, over all links. */
  readonly maxConcurrent?: number;
  /** Copies at once per host. */
  readonly maxConcurrentPerHost?: number;
  readonly windows?: readonly DailyWindow[];
  readonly blackouts?: readonly (DailyWindow | Span)[];
  readonly weights?: CostWeights;
  readonly copyRules?: CopyRules;
  /** Time zone in which refusals name times. */
  readonly timeZone: string;
}
