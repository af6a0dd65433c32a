import { InvalidRequest } from '../errors';
import { LIFETIME, lifetime } from '../lifetime/duration';
import { isReserved, type Tags, USER_TAG_LIMIT } from '../tags';
import type { Request, ShareLimits, VolumeOverride } from './request';
import { flag, id, isRecord, listOf, matching, oneOf, problem, type Rule, unknownField, wholeNumber } from './rules';
import { normalised, volumeProblems, writerProblems } from './volume-overrides';

/** EC2 takes 16 KB of user data before it is encoded (EC2 user guide, "user-data"). */
const USER_DATA_BYTES = 16384;

const MOST_CLONES = 1000;

const base64: Rule = value => (typeof value === 'string' && value.length > 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length % 4 === 0
  && Buffer.from(value, 'base64').length <= USER_DATA_BYTES ? undefined : `"none", "source", or at most ${USER_DATA_BYTES} bytes in base64`);

/** One line per field of the execution's input. */
const FIELDS: Readonly<Record<keyof Request, Rule>> = {
  sourceInstanceId: id('i'),
  count: wholeNumber(1, MOST_CLONES),
  minCount: wholeNumber(1, MOST_CLONES),
  subnetId: id('subnet'),
  instanceType: matching(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, 'an instance type like "m7i.large"'),
  keyName: matching(/^[\x20-\x7e]{1,255}$/, 'the name of a key pair (1 to 255 ASCII characters)'),
  securityGroupIds: listOf(id('sg'), 1, 16, 'ids like "sg-0123456789abcdef0"'),
  instanceProfile: matching(/^[\w+=,.@-]{1,128}$/, '"source", "none", or the name of an instance profile'),
  userData: value => (value === 'none' || value === 'source' ? undefined : base64(value)),
  tags: value => (isRecord(value) ? undefined : 'an object of texts, like {"Name": "test"}'),
  consistency: oneOf('crash', 'filesystem'),
  isolation: flag,
  identity: oneOf('reset', 'keep'),
  ready: oneOf('launched', 'warmed'),
  warmUp: oneOf('auto', 'wait', 'read'),
  strategy: oneOf('auto', 'volume-copy', 'snapshot'),
  volumes: () => undefined, // volumeProblems
  volumeInitializationRate: wholeNumber(100, 300),
  keepSnapshots: oneOf('none', 'latest', 'all'),
  expireAfter: value => (lifetime(value) === undefined ? LIFETIME : undefined),
  ownVolumeAbove: shareLimits,
  maxCost: value => (typeof value === 'number' && Number.isFinite(value) && value > 0 ? undefined : 'a number above 0, in the money of the construct\'s `prices`'),
  approve: flag,
  planOnly: flag,
};

/** Checks the execution's input; every problem stands in the one message of the error. */
export function checkRequest(input: unknown, approvable: boolean): Request {
  if (!isRecord(input)) throw new InvalidRequest(problem('input', input, 'an object with at least "sourceInstanceId"'));
  // null stands for "not given": an optional field can then be filled by an expression
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== undefined));
  const problems = [
    ...Object.keys(given).filter(field => !Object.hasOwn(FIELDS, field)).map(field => unknownField(field, Object.keys(FIELDS))),
    ...Object.entries(FIELDS).flatMap(([field, rule]) => fieldProblems(field, given[field], rule)),
    ...isRecord(given['tags']) ? tagProblems(given['tags']) : [],
    ...given['volumes'] === undefined ? [] : [...volumeProblems(given['volumes']), ...writerProblems(given['volumes'], given)],
    ...FIELDS.minCount(given['minCount']) === undefined && Number(given['minCount']) > Number(given['count'] ?? 1)
      ? [problem('minCount', given['minCount'], `at most count, which is ${String(given['count'] ?? 1)}`)] : [],
    ...given['warmUp'] !== undefined && given['warmUp'] !== 'auto' && given['ready'] !== 'warmed'
      ? [problem('warmUp', given['warmUp'], '"auto", unless together with "ready": "warmed"')] : [],
    ...given['approve'] === true && given['planOnly'] !== true && !approvable
      ? [problem('approve', true, 'false, or true together with "planOnly", because the construct has no `notificationTopic` to ask anybody through')] : [],
  ];
  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'));
  return withDefaults(given as unknown as Given);
}

/** An object with one limit, or two; an empty one leaves both to the plan. */
function shareLimits(value: unknown): string | undefined {
  const allowed = '{}, or "latencyMillis" (1 to 10000) and "queueDepth" (1 to 10000)';
  if (!isRecord(value)) return allowed;
  const limit = wholeNumber(1, 10_000);
  return Object.entries(value).every(([field, of]) => ['latencyMillis', 'queueDepth'].includes(field) && (of === null || limit(of) === undefined)) ? undefined : allowed;
}

function fieldProblems(field: string, value: unknown, rule: Rule): string[] {
  if (value === undefined && field !== 'sourceInstanceId') return [];
  const allowed = rule(value);
  if (allowed === undefined) return [];
  // user data may hold a secret: the message says only how long it is
  const told = field === 'userData' ? (typeof value === 'string' ? `a text of ${value.length} characters` : 'something else than a text') : value;
  return [problem(field, told, allowed)];
}

function tagProblems(tags: Readonly<Record<string, unknown>>): string[] {
  const count = Object.keys(tags).length;
  return [
    ...count > USER_TAG_LIMIT ? [problem('tags', `${count} tags`, `at most ${USER_TAG_LIMIT}, for EC2 takes 50 and some are needed for the clone itself`)] : [],
    ...Object.entries(tags).flatMap(([key, value]) => [
      ...key.length >= 1 && key.length <= 128 ? [] : [problem('tags', key, 'keys of 1 to 128 characters')],
      ...isReserved(key) ? [problem(`tags.${key}`, key, 'no key that begins with "aws:" or "instance-mobility:"')] : [],
      ...typeof value === 'string' && value.length <= 256 ? [] : [problem(`tags.${key}`, value, 'a text of at most 256 characters')],
    ]),
  ];
}

/** The input once it is known to be right. */
interface Given extends Partial<Omit<Request, 'userData' | 'volumes'>> {
  readonly sourceInstanceId: string;
  readonly userData?: string;
  readonly volumes?: Readonly<Record<string, Partial<VolumeOverride>>>;
  readonly tags?: Tags;
}

const shareLimitsOf = ({ latencyMillis = null, queueDepth = null }: Partial<ShareLimits>): ShareLimits => ({ latencyMillis, queueDepth });

function withDefaults(given: Given): Request {
  return {
    sourceInstanceId: given.sourceInstanceId,
    count: given.count ?? 1,
    minCount: given.minCount ?? given.count ?? 1,
    subnetId: given.subnetId ?? null,
    instanceType: given.instanceType ?? null,
    keyName: given.keyName ?? null,
    securityGroupIds: given.securityGroupIds ?? null,
    instanceProfile: given.instanceProfile ?? 'source',
    userData: given.userData === undefined || given.userData === 'none' ? 'none' : given.userData === 'source' ? 'source' : 'given',
    tags: given.tags ?? {},
    consistency: given.consistency ?? 'crash',
    isolation: given.isolation ?? true,
    identity: given.identity ?? 'reset',
    ready: given.ready ?? 'launched',
    warmUp: given.warmUp ?? 'auto',
    strategy: given.strategy ?? 'auto',
    volumes: Object.fromEntries(Object.entries(given.volumes ?? {}).map(([device, override]) => [device, normalised(override)])),
    volumeInitializationRate: given.volumeInitializationRate ?? null,
    keepSnapshots: given.keepSnapshots ?? 'none',
    expireAfter: given.expireAfter ?? null,
    ownVolumeAbove: given.ownVolumeAbove ? shareLimitsOf(given.ownVolumeAbove) : null,
    maxCost: given.maxCost ?? null,
    approve: given.approve ?? false,
    planOnly: given.planOnly ?? false,
  };
}
