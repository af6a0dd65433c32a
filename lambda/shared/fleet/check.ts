import { circles } from '../../planning/fleet/check';
import type { DailyWindow, Span } from '../../planning/time/windows';
import { InvalidRequest } from '../errors';
import { durationSeconds, isTime } from '../iso-duration';
import type { Location } from '../locations';
import { flag, id, isRecord, listOf, matching, oneOf, problem, record, type Rule, unknownField, wholeNumber } from '../request/rules';
import type { Common, FleetRequest, MoveInput, Wishes } from './request';

/** "Up to 10,000 instances"; ids of so many still fit into an input of 256 KiB. */
export const MOST_INSTANCES = 10_000;
const MINUTE = 60;
const DAY = 86_400;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const instanceId = id('i');
const timeOfDay = matching(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'HH:MM');
const unit = matching(/^[A-Za-z0-9_.:@-]{1,200}\.(service|socket|timer|target)$/, 'a systemd unit');

const time: Rule = value => (isTime(value) ? undefined : 'a time like "2026-05-01T06:00:00Z"');
const timeZone: Rule = value => (typeof value === 'string' && isZone(value) ? undefined : 'a time zone like "Europe/Berlin"');
const duration = (least: number, most: number, like: string): Rule => value => {
  const seconds = durationSeconds(value);
  return seconds !== undefined && seconds >= least && seconds <= most ? undefined : `a duration like "${like}", from ${least} s to ${most / MINUTE} min`;
};
const number = (least: number, most: number): Rule => value =>
  (typeof value === 'number' && value >= least && value <= most ? undefined : `a number from ${least} to ${most}`);
const keepSource: Rule = value => (value === 'forever' ? undefined : duration(0, 366 * DAY, 'PT24H')(value) && '"forever", or a duration like "PT24H"');

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}

const daily = 'windows like {"from": "22:00", "to": "04:00", "days": ["Sat", "Sun"]}';
const window: Rule = value => (isRecord(value) && timeOfDay(value['from']) === undefined && timeOfDay(value['to']) === undefined
  && Object.keys(value).every(field => ['from', 'to', 'timeZone', 'days'].includes(field))
  && (value['timeZone'] === undefined || timeZone(value['timeZone']) === undefined)
  && (value['days'] === undefined || listOf(oneOf(...DAYS), 1, 7, 'days')(value['days']) === undefined) ? undefined : daily);
const blackout: Rule = value => (isRecord(value) && time(value['from']) === undefined && time(value['to']) === undefined
  ? Object.keys(value).length === 2 && Date.parse(String(value['from'])) < Date.parse(String(value['to'])) ? undefined : ''
  : window(value));

/** One line per field of the execution's input. */
const OF_WISHES: Readonly<Record<keyof Wishes, Rule>> = {
  strategy: oneOf('now', 'window', 'sameTimeOfDay', 'adaptive'),
  windows: listOf(window, 0, 20, daily),
  blackouts: listOf(blackout, 0, 50, `${daily}, or spans like {"from": "2026-05-01T06:00:00Z", "to": "2026-05-01T09:00:00Z"}`),
  idleBelow: number(0, 100),
  earliest: time,
  deadline: time,
  due: time,
  maxDowntime: duration(1, DAY, 'PT5M'),
};

const OF_MOVE: Readonly<Record<keyof MoveInput, Rule>> = {
  transport: oneOf('auto', 'ebs', 'blocks'),
  volumes: record,
  services: listOf(unit, 0, 50, 'systemd units like "postgresql.service"'),
  consistency: oneOf('crash', 'filesystem'),
  traffic: record,
  keepSource,
  stopSource: flag,
  acceptCapacityLoss: flag,
  installPackages: flag,
  verifyDocument: matching(/^[A-Za-z0-9_.-]{3,128}$/, 'the name of a document'),
};

const OF_FLEET: Readonly<Record<keyof Common | 'instances' | 'overrides', Rule>> = {
  instances: () => undefined, // instancesProblems
  overrides: () => undefined, // overrideProblems
  destination: () => undefined, // destinationProblems
  timeZone,
  groups: listOf(listOf(instanceId, 2, 50, 'ids of instances'), 0, 1000, 'lists of ids of instances that switch together'),
  after: idsTo(listOf(instanceId, 1, 100, 'ids of instances'), '{"i-…": ["i-…"]}: who waits for whom'),
  priority: idsTo(wholeNumber(-5, 5), '{"i-…": 1}, whole numbers from -5 to 5'),
  maxConcurrent: wholeNumber(1, 1000),
  rates: listOf(number(1, 100_000), 1, 8, 'numbers of Mbit/s'),
  approve: listOf(oneOf('plan', 'cut-over', 'release'), 0, 3, 'of "plan", "cut-over" and "release"'),
  planOnly: flag,
};
const FIELDS: Readonly<Record<string, Rule>> = { ...OF_FLEET, ...OF_WISHES, ...OF_MOVE };
const OF_ONE: Readonly<Record<string, Rule>> = { ...OF_WISHES, ...OF_MOVE };

export interface Circumstances {
  readonly locations: readonly Location[];
  /** Whether there is a topic through which to ask for approval. */
  readonly approvable: boolean;
}

/** Checks the execution's input; every problem stands in the one message of the error. */
export function checkFleetRequest(input: unknown, { locations, approvable }: Circumstances, now = Date.now()): FleetRequest {
  if (!isRecord(input)) throw new InvalidRequest(problem('input', input, 'an object with at least "instances" and "destination"'));
  const given = filled(input);
  const { instances, destination, overrides, approve, planOnly } = given;
  const problems = [
    ...fieldProblems(given, FIELDS, ''),
    ...instancesProblems(instances),
    ...locations.some(({ name }) => name === destination) ? [] : [problem('destination', destination, locations.map(({ name }) => JSON.stringify(name)).join(' or '))],
    ...overrides === undefined ? [] : overrideProblems(overrides, given, now),
    ...given['groups'] === undefined || OF_FLEET.groups(given['groups']) !== undefined ? [] : groupProblems(given['groups'] as readonly (readonly string[])[]),
    ...orderProblems(given),
    ...sizeProblems(given),
    ...timeProblems(given, '', now),
    ...Array.isArray(approve) && approve.length > 0 && planOnly !== true && !approvable
      ? [problem('approve', approve, 'an empty list, because the construct has no `notificationTopic` to ask anybody through')] : [],
  ];
  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'));
  return withDefaults(given as unknown as Given);
}

/** null stands for "not given": an optional field can then be filled by an expression. */
function filled(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== undefined));
}

function fieldProblems(given: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, Rule>>, path: string): string[] {
  return Object.entries(given).flatMap(([field, value]) => {
    const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
    if (!rule) return [unknownField(`${path}${field}`, Object.keys(rules))];
    const allowed = rule(value);
    return allowed === undefined ? [] : [problem(`${path}${field}`, value, allowed)];
  });
}

function instancesProblems(instances: unknown): string[] {
  const allowed = `either {"ids": ["i-…"]} with up to ${MOST_INSTANCES} ids, or {"tag": {"key": "…", "value": "…"}}`;
  if (!isRecord(instances)) return [problem('instances', instances, allowed)];
  const { ids, tag, ...others } = filled(instances);
  const isTag = isRecord(tag) && Object.keys(tag).length === 2 && [tag['key'], tag['value']].every(part => typeof part === 'string') && tag['key'] !== '';
  const isList = listOf(instanceId, 1, MOST_INSTANCES, 'ids')(ids) === undefined;
  return Object.keys(others).length === 0 && (ids === undefined ? isTag : isList && tag === undefined) ? [] : [problem('instances', instances, allowed)];
}

function groupProblems(groups: readonly (readonly string[])[]): string[] {
  const [once, again] = [new Set<string>(), new Set<string>()];
  for (const one of groups.flat()) (once.has(one) ? again : once).add(one);
  return [...again].map(one => problem('groups', one, 'an id in one group'));
}

/** Who would wait for itself would never begin. */
function orderProblems({ after, groups = [] }: Readonly<Record<string, unknown>>): string[] {
  if (after === undefined || OF_FLEET.after(after) !== undefined || OF_FLEET.groups(groups) !== undefined) return [];
  const waits = new Map(Object.entries(after as FleetRequest['after']));
  const together = groups as FleetRequest['groups'];
  const all = new Set([...waits.keys(), ...[...waits.values()].flat(), ...together.flat()]);
  return circles([...all].map(one => ({ id: one, after: waits.get(one) ?? [] })), together).map(circle => `after: ${circle}`);
}

/** Members of a group are copied side by side, or never switch together. */
function sizeProblems({ groups, maxConcurrent }: Readonly<Record<string, unknown>>): string[] {
  if (groups === undefined || OF_FLEET.groups(groups) !== undefined || OF_FLEET.maxConcurrent(maxConcurrent) !== undefined) return [];
  const most = (groups as FleetRequest['groups']).reduce((size, group) => Math.max(size, group.length), 0);
  return Number(maxConcurrent) < most ? [problem('maxConcurrent', maxConcurrent, `at least ${most}, for so many switch together`)] : [];
}

/** What an instance does not say for itself is said for all. */
function overrideProblems(overrides: unknown, { strategy, windows, earliest, deadline }: Readonly<Record<string, unknown>>, now: number): string[] {
  if (!isRecord(overrides)) return [problem('overrides', overrides, 'an object like {"i-…": {"maxDowntime": "PT1M"}}')];
  return Object.entries(overrides).flatMap(([key, value]) => {
    const wrongKey = instanceId(key) === undefined ? [] : [problem(`overrides.${key}`, key, instanceId(key) ?? '')];
    if (!isRecord(value)) return [...wrongKey, problem(`overrides.${key}`, value, `an object with ${Object.keys(OF_ONE).join(', ')}`)];
    const own = filled(value);
    const lacksWindow = (own['strategy'] ?? strategy) === 'window' && ('strategy' in own || 'windows' in own) && !hasWindows(own['windows'] ?? windows);
    return [
      ...lacksWindow ? [problem(`overrides.${key}.windows`, own['windows'], 'at least one window, for "strategy" is "window"')] : [],
      ...wrongKey, ...fieldProblems(own, OF_ONE, `overrides.${key}.`),
      ...'earliest' in own || 'deadline' in own ? timeProblems({ earliest, deadline, ...own }, `overrides.${key}.`, now) : [],
    ];
  });
}

const hasWindows = (windows: unknown): boolean => Array.isArray(windows) && windows.length > 0;

/** Times that contradict each other, or lie behind. */
function timeProblems({ strategy, windows, earliest, deadline }: Readonly<Record<string, unknown>>, path: string, now: number): string[] {
  const ends = isTime(deadline) ? Date.parse(deadline) : undefined;
  return [
    ...strategy === 'window' && path === '' && !hasWindows(windows)
      ? [problem('windows', windows, 'at least one window, for "strategy" is "window"')] : [],
    ...ends !== undefined && ends <= now
      ? [problem(`${path}deadline`, deadline, `a time in the future: it is ${new Date(now).toISOString()}`)] : [],
    ...isTime(earliest) && ends !== undefined && ends <= Date.parse(earliest) ? [problem(`${path}deadline`, deadline, 'a time after "earliest"')] : [],
  ];
}

function idsTo(rule: Rule, allowed: string): Rule {
  return value => (isRecord(value) && Object.entries(value).every(([key, each]) => instanceId(key) === undefined && rule(each) === undefined)
    ? undefined : allowed);
}

type GivenWindow = Omit<DailyWindow, 'timeZone'> & { readonly timeZone?: string };
interface GivenTimes { readonly windows?: readonly GivenWindow[]; readonly blackouts?: readonly GivenWindow[] }
type Given = GivenTimes & Partial<Omit<FleetRequest, 'windows' | 'blackouts' | 'overrides' | 'instances'>> & Pick<FleetRequest, 'destination'> & {
  readonly instances: Partial<FleetRequest['instances']>;
  readonly overrides?: Readonly<Record<string, Readonly<Record<string, unknown>> & GivenTimes>>;
};

function withDefaults(given: Given): FleetRequest {
  const zone = given.timeZone ?? 'UTC';
  const inZone = (each: GivenWindow): DailyWindow => ({ ...each, timeZone: each.timeZone ?? zone });
  const closed = (each: GivenWindow): DailyWindow | Span =>
    (isTime(each.from) ? { from: Date.parse(each.from) / 1000, to: Date.parse(each.to) / 1000 } : inZone(each));
  return {
    instances: { ids: given.instances.ids ?? null, tag: given.instances.tag ?? null },
    destination: given.destination,
    timeZone: zone,
    strategy: given.strategy ?? 'adaptive',
    windows: (given.windows ?? []).map(inZone),
    blackouts: (given.blackouts ?? []).map(closed),
    idleBelow: given.idleBelow ?? null,
    earliest: given.earliest ?? null,
    deadline: given.deadline ?? null,
    due: given.due ?? null,
    maxDowntime: given.maxDowntime ?? 'PT15M',
    groups: given.groups ?? [],
    after: given.after ?? {},
    priority: given.priority ?? {},
    maxConcurrent: given.maxConcurrent ?? null,
    rates: given.rates ?? null,
    transport: given.transport ?? 'auto',
    volumes: given.volumes ?? {},
    services: given.services ?? [],
    consistency: given.consistency ?? 'crash',
    traffic: given.traffic ?? null,
    keepSource: given.keepSource ?? 'PT24H',
    stopSource: given.stopSource ?? false,
    acceptCapacityLoss: given.acceptCapacityLoss ?? false,
    installPackages: given.installPackages ?? false,
    verifyDocument: given.verifyDocument ?? null,
    approve: given.approve ?? [],
    planOnly: given.planOnly ?? false,
    overrides: Object.fromEntries(Object.entries(given.overrides ?? {}).map(([key, { windows, blackouts, ...others }]) => [key, {
      ...filled(others), ...windows && { windows: windows.map(inZone) }, ...blackouts && { blackouts: blackouts.map(closed) },
    }])),
  };
}
