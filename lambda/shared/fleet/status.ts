import type { Refused } from './facts';
import type { FleetPlanDocument } from './plan';

/** What was expected of a move when it was started. */
export interface Expectation {
  readonly link: string;
  /** Bytes per second. */
  readonly rate: number;
  /** Seconds since the epoch. */
  readonly start: number;
  /** The end of the slot until which the link is booked. */
  readonly until: number;
  readonly modelled: number;
  readonly seconds: { readonly likely: number; readonly from: number; readonly to: number };
  readonly bytes: number;
  readonly resent: number;
  /** Bytes of the volumes that go over the link. */
  readonly volumeBytes: number;
  readonly downtime: number;
  /** Percent, the mean of the copy; null where nothing was predicted. */
  readonly cpu: number | null;
  readonly urgent: boolean;
  readonly unpaced: boolean;
  /** AWS moves it by a way that is none of the links: it is placed on one, and takes nothing of it. Absent where it is not so. */
  readonly elsewhere?: true;
}

/** What came of a move, as its execution tells. */
export interface Outcome {
  readonly startedAt: string | null;
  readonly switchedAt: string | null;
  /** When the last block was over that followed the switch; null, or absent as earlier versions wrote it: none did. */
  readonly copiedAt?: string | null;
  readonly endedAt: string | null;
  readonly bytes: number | null;
  readonly pauseSeconds: number | null;
  /** Percent, the mean of the copy without its pause; null where CloudWatch has none. */
  readonly cpu: number | null;
  readonly targetInstanceId: string | null;
}

export type Progress =
  | { readonly state: 'waiting'; readonly attempts: number; readonly gate?: number }
  | {
    readonly state: 'moving'; readonly attempts: number;
    /** The attempt of its group in which it switches; absent: it does so alone. */
    readonly gate?: number;
    readonly execution: string; readonly expected: Expectation;
    /** When the target was first seen to serve, seconds since the epoch; null until then. */
    readonly switched: number | null;
    /** It serves, and its blocks still follow over the link. */
    readonly sending?: boolean;
    /** When it was first seen to take nothing of the link any more, seconds since the epoch; absent until then. */
    readonly left?: number;
  }
  | { readonly state: 'moved'; readonly execution: string; readonly expected: Expectation; readonly outcome: Outcome }
  | {
    readonly state: 'failed'; readonly execution: string | null; readonly error: string; readonly message: string;
    /** Its target serves, as it did before the move failed; false, or absent: the source does. */
    readonly switched?: boolean;
  }
  | { readonly state: 'refused'; readonly reason: string };

/** `status.json`: how far each instance of the plan is. */
export interface FleetStatus {
  readonly instances: Readonly<Record<string, Progress>>;
}

export const initialStatus = ({ moves, refusals }: Pick<FleetPlanDocument, 'moves'> & { readonly refusals: readonly Refused[] }): FleetStatus => ({
  instances: Object.fromEntries([
    ...moves.map(({ id }): [string, Progress] => [id, { state: 'waiting', attempts: 0 }]),
    ...refusals.map(({ id, reason }): [string, Progress] => [id, { state: 'refused', reason }]),
  ]),
});

export type InState<S extends Progress['state']> = Extract<Progress, { readonly state: S }>;

/** Those in one state, with their ids. */
export function inState<S extends Progress['state']>({ instances }: FleetStatus, state: S): [string, InState<S>][] {
  return Object.entries(instances).filter((entry): entry is [string, InState<S>] => entry[1].state === state);
}

/** Whether it takes its part of the link. */
export const isCopying = ({ switched, sending }: InState<'moving'>): boolean => switched === null || sending === true;

/** A move whose target is seen to serve; `isOver`: nothing more follows it over the link. */
export function serving(progress: InState<'moving'>, isOver: boolean, now: number): InState<'moving'> {
  const sending = !progress.expected.unpaced && !isOver;
  return { ...progress, switched: progress.switched ?? now, sending, ...!sending && { left: now } };
}

/** Whether its target serves. */
export const hasSwitched = (progress: Progress | undefined): boolean => progress?.state === 'moved'
  || progress?.state === 'moving' && progress.switched !== null || progress?.state === 'failed' && progress.switched === true;

/** Phases of a source whose target serves. */
export const SWITCHED: ReadonlySet<string> = new Set(['serving', 'verified']);
