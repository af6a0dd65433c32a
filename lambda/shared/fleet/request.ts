import type { Strategy } from '../../planning/fleet/request';
import type { DailyWindow, Span } from '../../planning/time/windows';

/** When and how one instance of a fleet moves: said for all, and for single ones in `overrides`. */
export interface Wishes {
  readonly strategy: Strategy;
  readonly windows: readonly DailyWindow[];
  readonly blackouts: readonly (DailyWindow | Span)[];
  /** CPU percent under which an instance counts as idle for `sameTimeOfDay`; null: the lowest quarter of its own day. */
  readonly idleBelow: number | null;
  /** ISO 8601. */
  readonly earliest: string | null;
  readonly deadline: string | null;
  readonly due: string | null;
  /** ISO 8601 duration. */
  readonly maxDowntime: string;
}

/** What the machine that moves one instance is told, besides when: its own input, and checked there. */
export interface MoveInput {
  readonly transport: 'auto' | 'ebs' | 'blocks';
  readonly volumes: Readonly<Record<string, { readonly transport?: 'ebs' | 'blocks'; readonly copy?: 'pre-copy' | 'post-copy' }>>;
  readonly services: readonly string[];
  readonly consistency: 'crash' | 'filesystem';
  readonly traffic: Readonly<Record<string, unknown>> | null;
  readonly keepSource: string;
  readonly stopSource: boolean;
  readonly acceptCapacityLoss: boolean;
  readonly installPackages: boolean;
  readonly verifyDocument: string | null;
}

/** What holds for all instances of a fleet together. */
export interface Common {
  readonly destination: string;
  /** The zone of daily patterns, of windows that name none, and of times in messages. */
  readonly timeZone: string;
  /** Ids of instances that switch together. */
  readonly groups: readonly (readonly string[])[];
  /** By instance: those that must have been moved before. */
  readonly after: Readonly<Record<string, readonly string[]>>;
  /** By instance; 0 for the others. */
  readonly priority: Readonly<Record<string, number>>;
  readonly maxConcurrent: number | null;
  /** Mbit/s at which one copy may run; null: shares of the link. */
  readonly rates: readonly number[] | null;
  readonly approve: readonly ('plan' | 'cut-over' | 'release')[];
  readonly planOnly: boolean;
}

/** The input of a fleet's execution, checked, with every optional field said. */
export interface FleetRequest extends Common, Wishes, MoveInput {
  /** One of both is null. */
  readonly instances: { readonly ids: readonly string[] | null; readonly tag: { readonly key: string; readonly value: string } | null };
  /** By instance. */
  readonly overrides: Readonly<Record<string, Partial<Wishes & MoveInput>>>;
}

export const wishesOf = (request: FleetRequest, id: string): Wishes & MoveInput => ({ ...request, ...request.overrides[id] });
