import { COPY_RULES, type CopyRules } from '../../planning/copy/footprint';
import type { SendOnce } from '../../planning/copy/method';
import type { InstanceToMove } from '../../planning/fleet/request';
import { durationSeconds } from '../iso-duration';
import { PAUSE_SECONDS } from '../sync/expect';
import { groupOf } from './groups';
import type { LinkForecast } from './plan';
import { type FleetRequest, wishesOf } from './request';

/** What the switch itself takes of the tolerated downtime: services stop, an image is registered, the target boots. Unverified against AWS. */
const SWITCH_SECONDS = 240;
/** Snapshots and calls of each round. Unverified against AWS. */
const ROUND_SECONDS = 60;
export const FLEET_COPY_RULES: CopyRules = { ...COPY_RULES, secondsPerRound: ROUND_SECONDS, switchSeconds: SWITCH_SECONDS };

/** Until the root's image is made, the target launched, and both prepared. Unverified against AWS. */
const SET_UP_SECONDS = 600;

const MBIT = 125_000;

/** What is forecast of an instance in the slots of the plan. */
export interface Profile {
  readonly id: string;
  /** Bytes per second, and percent; not there where too few days are known. */
  readonly writes: Float64Array | undefined;
  readonly cpu: Float64Array | undefined;
  readonly days: number;
}

/** Bytes per second at which one copy may run: as asked for, or a half, a quarter and an eighth of what migrations may have. */
export function ratesOf({ capacity, link: { migrationShare } }: Pick<LinkForecast, 'capacity' | 'link'>, asked: FleetRequest['rates'], most = Infinity): number[] {
  const all = capacity * migrationShare;
  const whole = (rate: number): number => Math.floor(rate / MBIT) * MBIT || rate;
  const rates = asked === null ? [2, 4, 8].map(part => whole(all / part)) : asked.map(rate => rate * MBIT).filter(rate => rate <= all);
  // what is too fast for this link is left out; where all is, the slowest says so in the refusals
  const usable = rates.length > 0 ? rates : [Math.min(...(asked ?? [1])) * MBIT];
  return [...new Set(usable)].sort((a, b) => b - a).slice(0, Math.max(1, most));
}

/** The downtime that is left for the rest of a copy, once the switch itself has taken its part. */
export const tolerated = (maxDowntime: string): number => Math.max(1, (durationSeconds(maxDowntime) ?? 0) - SWITCH_SECONDS);

/** Blocks go before the switch where two pauses are tolerated, it was not asked for otherwise, and nobody else has to switch at that moment. */
export function sendOnceOf(request: FleetRequest, id: string): SendOnce {
  const { maxDowntime, volumes } = wishesOf(request, id);
  const twice = 2 * PAUSE_SECONDS.to;
  const isLate = groupOf(request, id) !== undefined || (durationSeconds(maxDowntime) ?? 0) < twice || Object.values(volumes).some(({ copy }) => copy === 'post-copy');
  return { downtime: PAUSE_SECONDS.to, setUp: SET_UP_SECONDS, ...!isLate && { downtimeAhead: twice } };
}

/** What an instance moves, and over which links it may go. */
export interface Burden {
  readonly bytes: number;
  readonly links: readonly string[];
  readonly unpaced: boolean;
  /** Whether no other such move may go on meanwhile; so it is with all that are unpaced unless told otherwise. */
  readonly alone?: boolean;
}

/** One instance as the planner takes it. */
export function moverOf(request: FleetRequest, id: string, burden: Burden, profile: Profile | undefined, present: ReadonlySet<string>): InstanceToMove {
  const { bytes, links, unpaced, alone = unpaced } = burden;
  const wishes = wishesOf(request, id);
  const { writes, cpu } = profile ?? {};
  const time = (value: string | null): number | undefined => (value === null ? undefined : Date.parse(value) / 1000);
  // those that have moved already need not be waited for
  const after = request.after[id]?.filter(first => present.has(first));
  return defined({
    id, bytes, links, after,
    // one without the other says too little
    writes: writes && cpu ? writes : undefined, cpu: writes && cpu ? cpu : undefined, daysOfHistory: profile?.days ?? 0,
    strategy: wishes.strategy, idleBelow: wishes.idleBelow ?? undefined, windows: wishes.windows, blackouts: wishes.blackouts,
    earliest: time(wishes.earliest), deadline: time(wishes.deadline), due: time(wishes.due),
    priority: request.priority[id],
    // AWS moves these bytes at its own pace: one such move, or group, at a time
    host: alone ? 'unpaced' : undefined,
    maxDowntime: tolerated(wishes.maxDowntime),
    sendOnce: unpaced ? undefined : sendOnceOf(request, id),
  });
}

/** Without the fields that are not there: optional is not the same as undefined. */
export function defined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
