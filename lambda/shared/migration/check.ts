import { InvalidRequest } from '../errors';
import { durationSeconds, isTime } from '../iso-duration';
import type { Location } from '../locations';
import { fieldProblems, givenFields } from '../request/fields';
import { flag, id, isRecord, listOf, matching, oneOf, problem, type Rule, unit, unknownField } from '../request/rules';
import type { TrafficRequest } from '../sync/request';
import { type Admitted, normalisedTraffic, trafficProblems } from '../sync/traffic';
import { type Judges, verifyProblems } from '../sync/verify';
import type { Group } from './gate';
import type { LinkShare, MigrationRequest } from './request';

export interface Circumstances extends Admitted, Judges {
  readonly locations: readonly Location[];
  /** Seconds: no source can be held for longer by one execution. */
  readonly longestHold: number;
}

/** What a document's parameter takes, and lists travel in one of them. */
const MOST_CHARACTERS = 1024;
/** A pause of more is no move but an outage. */
const LONGEST_DOWNTIME = 24 * 3600;
const DEFAULT_DOWNTIME = 15 * 60;
const DEFAULT_HOLD = 24 * 3600;

const services = listOf(unit, 0, 50, `systemd units like "app.service", of at most ${MOST_CHARACTERS} characters together`);
const arn = matching(/^arn:[^:]+:states:[^:]+:\d{12}:execution:[^:]+:[^:]+$/, 'the ARN of an execution');

/** One line per field of the execution's input. */
const FIELDS: Readonly<Record<keyof MigrationRequest, Rule>> = {
  instanceId: id('i'),
  destination: () => undefined, // compared with the locations
  transport: oneOf('auto', 'ebs', 'blocks'),
  volumes: volumesRule,
  services: value => services(value) ?? ((value as readonly string[]).join(',').length <= MOST_CHARACTERS ? undefined : services('')),
  consistency: oneOf('crash', 'filesystem'),
  maxDowntime: duration(1, LONGEST_DOWNTIME, 'an ISO 8601 duration from 1 second to 1 day, like "PT5M"'),
  deadline: value => (isTime(value) ? undefined : 'a time like "2026-05-01T06:00:00Z"'),
  traffic: () => undefined, // trafficProblems
  keepSource: () => undefined, // holdProblem
  stopSource: flag,
  acceptCapacityLoss: flag,
  installPackages: flag,
  verifyDocument: () => undefined, // verifyProblems
  approve: listOf(oneOf('cut-over', 'release'), 0, 2, 'of "cut-over" and "release"'),
  planOnly: flag,
  reservation: reservationRule,
  root: arn,
  gate: gateRule,
};

/** Checks the execution's input; every problem stands in the one message of the error. */
export function checkMigrationRequest(input: unknown, circumstances: Circumstances, now = Date.now()): MigrationRequest {
  const given = givenFields(input, '"instanceId" and "destination"');
  const { instanceId, destination, traffic, deadline, approve, planOnly, keepSource, acceptCapacityLoss, stopSource, gate } = given;
  const names = circumstances.locations.map(({ name }) => JSON.stringify(name));
  const problems = [
    ...fieldProblems(given, FIELDS, ['instanceId']),
    ...circumstances.locations.some(({ name }) => name === destination) ? [] : [problem('destination', destination, `${names.join(' or ')} (the construct's \`locations\`)`)],
    ...traffic === undefined ? [] : trafficProblems(traffic, circumstances),
    ...verifyProblems(given['verifyDocument'], circumstances),
    ...isTime(deadline) && Date.parse(deadline) <= now ? [problem('deadline', deadline, `a time in the future: it is ${new Date(now).toISOString()}`)] : [],
    ...keepSource === undefined ? [] : holdProblems(keepSource, circumstances),
    ...gateRule(gate) === undefined && !(gate as Group).members.includes(String(instanceId)) ? [problem('gate', gate, `a group with ${String(instanceId)} among its members`)] : [],
    ...acceptCapacityLoss === true && stopSource !== true ? [problem('acceptCapacityLoss', true, 'nothing but together with "stopSource": true')] : [],
    ...Array.isArray(approve) && approve.length > 0 && planOnly !== true && !circumstances.approvable
      ? [problem('approve', approve, 'an empty list, because the construct has no `notificationTopic` to ask anybody through')] : [],
  ];
  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'));
  return withDefaults(given);
}

function duration(from: number, to: number, allowed: string): Rule {
  return value => {
    const seconds = durationSeconds(value);
    return seconds !== undefined && seconds >= from && seconds <= to ? undefined : allowed;
  };
}

function holdProblems(keepSource: unknown, { longestHold }: Circumstances): string[] {
  const days = Math.floor(longestHold / 86_400 * 10) / 10;
  const wrong = keepSource === 'forever' ? undefined
    : duration(0, longestHold, `an ISO 8601 duration of at most ${days} days like "PT24H" (half of the construct's \`timeout\`), or "forever"`)(keepSource);
  return wrong === undefined ? [] : [problem('keepSource', keepSource, wrong)];
}

function volumesRule(value: unknown): string | undefined {
  const rules: Readonly<Record<string, Rule>> = { transport: oneOf('ebs', 'blocks'), copy: oneOf('pre-copy', 'post-copy') };
  const isRight = isRecord(value) && Object.values(value).every(each => isRecord(each)
    && Object.entries(each).every(([field, one]) => Object.hasOwn(rules, field) && rules[field]?.(one) === undefined));
  return isRight ? undefined : 'an object like {"/dev/sdf": {"transport": "blocks", "copy": "pre-copy"}}';
}

function reservationRule(value: unknown): string | undefined {
  const fields: readonly (keyof LinkShare)[] = ['link', 'direction', 'bitsPerSecond', 'from', 'until'];
  if (!isRecord(value)) return `an object with ${fields.join(', ')}, as a fleet makes it`;
  const stranger = Object.keys(value).find(field => !fields.some(known => known === field));
  if (stranger !== undefined) return unknownField(`reservation.${stranger}`, fields);
  const { link, direction, bitsPerSecond, from, until } = value;
  const isRight = typeof link === 'string' && oneOf('to-edge', 'to-region')(direction) === undefined && typeof bitsPerSecond === 'number' && bitsPerSecond > 0
    && isTime(from) && isTime(until) && Date.parse(from) < Date.parse(until);
  return isRight ? undefined : `an object with ${fields.join(', ')}, as a fleet makes it`;
}

const aMember = id('i');
const MOST_MEMBERS = 1000;

function gateRule(value: unknown): string | undefined {
  const allowed = `an object with id (letters, digits and "-"), members (2 to ${MOST_MEMBERS} ids of instances) and until (a time)`;
  const fields: readonly (keyof Group)[] = ['id', 'members', 'until'];
  if (!isRecord(value)) return allowed;
  const stranger = Object.keys(value).find(field => !fields.some(known => known === field));
  if (stranger !== undefined) return unknownField(`gate.${stranger}`, fields);
  const { id: name, members, until } = value;
  const isRight = typeof name === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(name) && isTime(until) && Array.isArray(members) && members.length >= 2
    && members.length <= MOST_MEMBERS && members.every(member => aMember(member) === undefined) && new Set(members).size === members.length;
  return isRight ? undefined : allowed;
}

function withDefaults(given: Readonly<Record<string, unknown>>): MigrationRequest {
  const typed = given as unknown as Partial<Omit<MigrationRequest, 'maxDowntime' | 'keepSource'>>
    & Pick<MigrationRequest, 'instanceId' | 'destination'> & { readonly maxDowntime?: string; readonly keepSource?: string };
  return {
    instanceId: typed.instanceId,
    destination: typed.destination,
    transport: typed.transport ?? 'auto',
    volumes: typed.volumes ?? {},
    services: typed.services ?? [],
    consistency: typed.consistency ?? 'crash',
    maxDowntime: durationSeconds(typed.maxDowntime) ?? DEFAULT_DOWNTIME,
    deadline: typed.deadline ?? null,
    traffic: normalisedTraffic(typed.traffic as Partial<TrafficRequest> | undefined),
    keepSource: typed.keepSource === 'forever' ? null : durationSeconds(typed.keepSource) ?? DEFAULT_HOLD,
    stopSource: typed.stopSource ?? false,
    acceptCapacityLoss: typed.acceptCapacityLoss ?? false,
    installPackages: typed.installPackages ?? false,
    verifyDocument: typed.verifyDocument ?? null,
    approve: typed.approve ?? [],
    planOnly: typed.planOnly ?? false,
    reservation: typed.reservation ?? null,
    root: typed.root ?? null,
    gate: typed.gate ?? null,
  };
}
