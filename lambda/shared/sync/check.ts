import { createHash } from 'node:crypto';
import { InvalidRequest } from '../errors';
import { checkRequest } from '../request/check';
import type { Request, VolumeOverride } from '../request/request';
import { ENGINES } from '../replication/engines';
import { fieldProblems, givenFields } from '../request/fields';
import { flag, id, isRecord, listOf, matching, oneOf, problem, type Rule, unit, unknownField, wholeNumber } from '../request/rules';
import type { FallBackRequest, LaunchOverrides, SyncRequest, TrafficRequest } from './request';
import { type Admitted, normalisedTraffic, trafficProblems } from './traffic';
import { type Judges, verifyProblems } from './verify';

/** What the documents' parameters take: lists travel in one of them, separated by commas. */
const MOST_CHARACTERS = 1024;
/** As many volumes can be replicated at a time, each at a port of its own. */
const MOST_MOUNTS = 8;
const VOLUME_FIELDS: readonly (keyof VolumeOverride)[] = ['type', 'iops', 'throughput', 'size', 'kmsKeyId'];
const LAUNCH_FIELDS: readonly (keyof LaunchOverrides)[] = ['instanceType', 'subnetId', 'securityGroupIds', 'keyName', 'instanceProfile', 'tags', 'volumes'];

const mountPoint = matching(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9_.@+-]+)+$/, 'a mount point');
const sessionId = matching(/^[0-9a-f]{12}$/, 'the session of an earlier execution, 12 hexadecimal digits');
const directory: Rule = value => (mountPoint(value) === undefined && String(value).length <= 256 ? undefined : 'an absolute path like "/var/lib/instance-mobility"');
const address = matching(/^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/, 'an IPv4 address');

/** One line per field of the execution's input. */
const FIELDS: Readonly<Record<keyof SyncRequest, Rule>> = {
  sourceInstanceId: id('i'),
  target: () => undefined, // targetProblems
  mountPoints: inOneParameter(listOf(mountPoint, 0, MOST_MOUNTS, 'mount points like "/data"')),
  ebsVolumes: flag,
  services: inOneParameter(listOf(unit, 0, 50, 'systemd units like "postgresql.service"')),
  engine: oneOf('auto', ...ENGINES),
  encryption: oneOf('wireguard', 'nitro', 'none'),
  installPackages: flag,
  overwriteTarget: flag,
  rateLimit: wholeNumber(1, 100_000),
  favour: oneOf('balanced', 'application', 'sync'),
  finishBy: time,
  copy: oneOf('post-copy', 'pre-copy', 'auto'),
  switchBy: time,
  metadataDirectory: directory,
  traffic: () => undefined, // trafficProblems
  approve: listOf(oneOf('switch', 'release'), 0, 2, 'of "switch" and "release"'),
  releaseSource: oneOf('keep', 'stop', 'terminate'),
  onFailure: oneOf('wait', 'fall-back'),
  verifyDocument: () => undefined, // verifyProblems
  continueSession: sessionId,
  planOnly: flag,
};

/** Checks the execution's input; every problem stands in the one message of the error. */
export function checkSyncRequest(input: unknown, circumstances: Admitted & Judges, now = Date.now()): SyncRequest {
  const given = givenFields(input, '"sourceInstanceId"');
  const { target, traffic, planOnly, continueSession, finishBy, approve, engine, copy, switchBy } = given;
  const problems = [
    ...fieldProblems(given, FIELDS, ['sourceInstanceId']),
    ...target === undefined ? [] : targetProblems(target, given['sourceInstanceId']),
    ...traffic === undefined ? [] : trafficProblems(traffic, circumstances),
    ...verifyProblems(given['verifyDocument'], circumstances),
    ...planOnly === true && continueSession !== undefined ? [problem('continueSession', continueSession, 'nothing together with "planOnly": what is left to do is no plan')] : [],
    ...Object.entries({ finishBy, switchBy }).flatMap(([field, value]) => (typeof value === 'string' && Date.parse(value) <= now
      ? [problem(field, value, `a time in the future: it is ${new Date(now).toISOString()}`)] : [])),
    ...engine === 'md' && copy === 'pre-copy' ? [problem('copy', copy, '"post-copy" with the engine "md", which can not copy ahead')] : [],
    ...switchBy !== undefined && (copy ?? 'post-copy') === 'post-copy' ? [problem('switchBy', switchBy, 'nothing unless "copy" is "pre-copy" or "auto": else the target takes over at once')] : [],
    ...Array.isArray(approve) && approve.length > 0 && planOnly !== true && !circumstances.approvable
      ? [problem('approve', approve, 'an empty list, because the construct has no `notificationTopic` to ask anybody through')] : [],
  ];
  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'));
  return withDefaults(given as unknown as Partial<SyncRequest> & Pick<SyncRequest, 'sourceInstanceId'>);
}

const FALL_BACK_FIELDS: Readonly<Record<keyof FallBackRequest, Rule>> = {
  sourceInstanceId: id('i'),
  targetInstanceId: id('i'),
  session: sessionId,
  targetLost: flag,
  targetAddress: address,
  traffic: () => undefined,
};

export function checkFallBackRequest(input: unknown, admitted: Admitted): FallBackRequest {
  const given = givenFields(input, '"sourceInstanceId", "targetInstanceId" and "session"');
  const problems = [
    ...fieldProblems(given, FALL_BACK_FIELDS, ['sourceInstanceId', 'targetInstanceId', 'session']),
    ...given['traffic'] === undefined ? [] : trafficProblems(given['traffic'], admitted),
    ...given['targetAddress'] !== undefined && given['targetLost'] !== true
      ? [problem('targetAddress', given['targetAddress'], 'nothing but together with "targetLost": true, for a target that lives tells its address')] : [],
    ...given['sourceInstanceId'] !== undefined && given['sourceInstanceId'] === given['targetInstanceId']
      ? [problem('targetInstanceId', given['targetInstanceId'], 'another instance than the source')] : [],
  ];
  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'));
  const { sourceInstanceId, targetInstanceId, session, targetLost = false, targetAddress = null, traffic } = given as unknown as FallBackRequest;
  return { sourceInstanceId, targetInstanceId, session, targetLost, targetAddress, traffic: normalisedTraffic(traffic) };
}

/** The same for every retry, another one for every execution. */
export function sessionOf(execution: string): string {
  return createHash('sha256').update(execution).digest('hex').slice(0, 12);
}

/** The request as the launch fragment's planning takes it: one instance, whole, without user data, which would run again. */
export function launchRequest({ sourceInstanceId, target }: SyncRequest, excluded: readonly string[] = []): Request {
  // an existing target has its own profile, whatever the source's is
  return checkRequest({
    sourceInstanceId, ...target.launch ?? { instanceProfile: 'none' }, userData: 'none', isolation: false, identity: 'keep', strategy: 'snapshot',
    volumes: { ...target.launch?.volumes, ...Object.fromEntries(excluded.map(device => [device, { exclude: true }])) },
  }, false);
}

function targetProblems(target: unknown, sourceInstanceId: unknown): string[] {
  const allowed = 'either {"launch": {…}} or {"instanceId": "i-…"}';
  if (!isRecord(target)) return [problem('target', target, allowed)];
  const launch = target['launch'] ?? undefined;
  const instanceId = target['instanceId'] ?? undefined;
  const wrongId = instanceId === undefined ? undefined : id('i')(instanceId);
  return [
    ...Object.keys(target).filter(field => field !== 'launch' && field !== 'instanceId').map(field => unknownField(`target.${field}`, ['launch', 'instanceId'])),
    ...launch !== undefined && instanceId !== undefined ? [problem('target', target, allowed)] : [],
    ...wrongId === undefined ? [] : [problem('target.instanceId', instanceId, wrongId)],
    ...instanceId !== undefined && instanceId === sourceInstanceId ? [problem('target.instanceId', instanceId, 'another instance than the source')] : [],
    ...launch === undefined ? [] : launchProblems(launch),
  ];
}

/** The rules of a clone hold for a launched target. */
function launchProblems(launch: unknown): string[] {
  if (!isRecord(launch)) return [problem('target.launch', launch, `an object with ${LAUNCH_FIELDS.join(', ')}`)];
  const known = Object.entries(launch).filter(([field]) => LAUNCH_FIELDS.some(one => one === field));
  const unknown = Object.keys(launch).filter(field => !LAUNCH_FIELDS.some(one => one === field)).map(field => unknownField(`target.launch.${field}`, LAUNCH_FIELDS));
  try {
    checkRequest({ ...Object.fromEntries(known), sourceInstanceId: 'i-00000000' }, false);
    const fields = isRecord(launch['volumes']) ? Object.entries(launch['volumes']).flatMap(([device, one]) => (isRecord(one) ? Object.keys(one).map(field => ({ device, field })) : [])) : [];
    // an image brings each volume, a copy of its own: none is missing, none is shared
    const foreign = fields.filter(({ field }) => !VOLUME_FIELDS.some(one => one === field));
    return [...unknown, ...foreign.map(({ device, field }) => unknownField(`target.launch.volumes.${device}.${field}`, VOLUME_FIELDS))];
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    return [...unknown, ...error.message.split('\n').map(line => `target.launch.${line}`)];
  }
}

function inOneParameter(rule: Rule): Rule {
  return value => rule(value)
    ?? ((value as readonly string[]).join(',').length <= MOST_CHARACTERS ? undefined : `a list of at most ${MOST_CHARACTERS} characters together`);
}

function time(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined : 'a time like "2026-05-01T06:00:00Z"';
}

function withDefaults(given: Partial<SyncRequest> & Pick<SyncRequest, 'sourceInstanceId'>): SyncRequest {
  const instanceId = given.target?.instanceId ?? null;
  return {
    sourceInstanceId: given.sourceInstanceId,
    target: { launch: instanceId === null ? overrides(given.target?.launch ?? {}) : null, instanceId },
    mountPoints: given.mountPoints ?? [],
    ebsVolumes: given.ebsVolumes ?? false,
    services: given.services ?? [],
    engine: given.engine ?? 'auto',
    encryption: given.encryption ?? 'wireguard',
    installPackages: given.installPackages ?? false,
    overwriteTarget: given.overwriteTarget ?? false,
    rateLimit: given.rateLimit ?? null,
    favour: given.favour ?? 'balanced',
    finishBy: given.finishBy ?? null,
    copy: given.copy ?? 'post-copy',
    switchBy: given.switchBy ?? null,
    metadataDirectory: given.metadataDirectory ?? '/var/lib/instance-mobility',
    traffic: normalisedTraffic(given.traffic as Partial<TrafficRequest> | undefined),
    approve: given.approve ?? [],
    releaseSource: given.releaseSource ?? 'keep',
    onFailure: given.onFailure ?? 'wait',
    verifyDocument: given.verifyDocument ?? null,
    continueSession: given.continueSession ?? null,
    planOnly: given.planOnly ?? false,
  };
}

function overrides(launch: Partial<LaunchOverrides>): LaunchOverrides {
  const { instanceType = null, subnetId = null, securityGroupIds = null, keyName = null, instanceProfile, tags, volumes } = launch;
  return { instanceType, subnetId, securityGroupIds, keyName, instanceProfile: instanceProfile ?? 'source', tags: tags ?? {}, volumes: volumes ?? {} };
}
