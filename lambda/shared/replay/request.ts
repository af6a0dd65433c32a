import type { Strategy } from '../../planning/fleet/request';
import { InvalidRequest } from '../errors';
import { checkFleetRequest } from '../fleet/check';
import type { FleetRequest } from '../fleet/request';
import { durationSeconds, isTime } from '../iso-duration';
import type { Location } from '../locations';
import { isRecord, listOf, oneOf, problem, type Rule, unknownField } from '../request/rules';

const HOUR = 3600;
const DAY = 86_400;
const SLOT = 900;

/** What the first window knows: the tunnel's forecast needs so much, and so do the profiles at their best. */
export const LEARNING = 14 * DAY;
const LONGEST = 56 * DAY;
/** CloudWatch keeps points of five minutes for 63 days; what is older it has by the hour, which is too coarse to plan by. */
const OLDEST = 62 * DAY;
const MOST_WINDOWS = 100;
const STRATEGIES: readonly Strategy[] = ['now', 'window', 'sameTimeOfDay', 'adaptive'];

/** The input of a replay's execution, checked, with every optional field said. Times and durations are seconds. */
export interface ReplayRequest {
  /** What would have been moved and how, as a fleet is asked for; strategy and deadline are the replay's own. */
  readonly fleet: FleetRequest;
  readonly strategies: readonly Strategy[];
  /** The metrics that are read: the first two weeks only teach. */
  readonly from: number;
  readonly to: number;
  /** From the beginning of one window to that of the next. */
  readonly every: number;
  /** How long a fleet has in each window. */
  readonly horizon: number;
}

const OF_FLEET = [
  'instances', 'destination', 'timeZone', 'windows', 'blackouts', 'idleBelow', 'maxDowntime', 'maxConcurrent', 'rates', 'transport', 'volumes',
] as const;

const time: Rule = value => (isTime(value) ? undefined : 'a time like "2026-05-01T06:00:00Z"');
const duration = (least: number, most: number, like: string): Rule => value => {
  const seconds = durationSeconds(value) ?? 0;
  return seconds >= least && seconds <= most && seconds % SLOT === 0 ? undefined : `quarters of an hour like "${like}", from ${least / HOUR} h to ${most / HOUR} h`;
};
const OWN: Readonly<Record<string, Rule>> = {
  from: time, to: time, every: duration(HOUR, 14 * DAY, 'PT25H'), horizon: duration(HOUR, 7 * DAY, 'P3D'),
  strategies: listOf(oneOf(...STRATEGIES), 1, STRATEGIES.length, `of ${STRATEGIES.join(', ')}`),
};

/** Checks the execution's input; every problem stands in the one message of the error. */
export function checkReplayRequest(input: unknown, locations: readonly Location[], now = Date.now() / 1000): ReplayRequest {
  if (!isRecord(input)) throw new InvalidRequest(problem('input', input, 'an object with at least "instances" and "destination"'));
  const given = Object.entries(input).filter(([, value]) => value !== null && value !== undefined);
  const known: readonly string[] = [...OF_FLEET, ...Object.keys(OWN)];
  const ofFleet = Object.fromEntries(given.filter(([field]) => OF_FLEET.some(each => each === field)));
  const own = Object.fromEntries(given.filter(([field]) => Object.hasOwn(OWN, field)));
  const { fleet, problems } = fleetOf(ofFleet, locations, now);
  problems.push(...given.flatMap(([field, value]) => {
    if (!known.includes(field)) return [unknownField(field, known)];
    const allowed = OWN[field]?.(value);
    return allowed === undefined ? [] : [problem(field, value, allowed)];
  }));
  if (problems.length > 0 || !fleet) throw new InvalidRequest(problems.join('\n'));

  const aligned = (seconds: number): number => Math.floor(seconds / SLOT) * SLOT;
  const to = aligned(own['to'] === undefined ? now : Date.parse(own['to'] as string) / 1000);
  const from = own['from'] === undefined ? Math.max(to - LONGEST, aligned(now - OLDEST) + SLOT) : aligned(Date.parse(own['from'] as string) / 1000);
  const request: ReplayRequest = {
    fleet, from, to,
    strategies: STRATEGIES.filter(each => own['strategies'] === undefined || (own['strategies'] as readonly Strategy[]).includes(each)),
    // an hour more than a day: so windows begin at every hour of the day in turn
    every: durationSeconds(own['every']) ?? 25 * HOUR,
    horizon: durationSeconds(own['horizon']) ?? 3 * DAY,
  };
  const wrong = problemsOfSpan(request, now);
  if (wrong.length > 0) throw new InvalidRequest(wrong.join('\n'));
  return request;
}

function fleetOf(given: Record<string, unknown>, locations: readonly Location[], now: number): { readonly fleet?: FleetRequest; readonly problems: string[] } {
  // the strategy 'window' has to have hours, and most people's nights are these
  const windows = given['windows'] ?? [{ from: '22:00', to: '04:00' }];
  try {
    return { fleet: checkFleetRequest({ ...given, windows, strategy: 'window', planOnly: true }, { locations, approvable: false }, now * 1000), problems: [] };
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    return { problems: [error.message] };
  }
}

function problemsOfSpan(request: ReplayRequest, now: number): string[] {
  const { from, to, horizon } = request;
  const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const count = windowsOf(request).length;
  if (to > now) return [problem('to', iso(to), `a time that is over: it is ${iso(now)}`)];
  if (now - from > OLDEST) return [problem('from', iso(from), `at most ${OLDEST / DAY} days ago: of older metrics CloudWatch has means of an hour only`)];
  if (to - from > LONGEST) return [problem('from', iso(from), `at most ${LONGEST / DAY} days before "to"`)];
  if (count === 0) return [problem('from', iso(from), `at least ${(LEARNING + horizon) / DAY} days before "to": two weeks to learn from, and a window`)];
  return count > MOST_WINDOWS ? [problem('every', `${count} windows`, `what gives at most ${MOST_WINDOWS}`)] : [];
}

/** When the past windows begin: the first after two weeks of metrics, the last so that it has ended. */
export function windowsOf({ from, to, every, horizon }: Pick<ReplayRequest, 'from' | 'to' | 'every' | 'horizon'>): number[] {
  const count = Math.floor((to - horizon - from - LEARNING) / every) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, window) => from + LEARNING + window * every);
}

/** The request that a fleet would have been started with at the beginning of a window. */
export function fleetRequestOf({ fleet, horizon }: ReplayRequest, strategy: Strategy, begin: number): FleetRequest {
  return { ...fleet, strategy, windows: strategy === 'window' ? fleet.windows : [], deadline: new Date((begin + horizon) * 1000).toISOString() };
}
