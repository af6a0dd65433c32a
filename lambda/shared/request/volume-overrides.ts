import { VOLUME_LIMITS } from '../volume-limits';
import { flag, isRecord, listOf, matching, oneOf, problem, type Rule, unit, unknownField, wholeNumber } from './rules';
import type { Request, VolumeOverride } from './request';

/** CreateSnapshots takes at most so many volumes to leave out (doc comment of InstanceSpecification, client-ec2). */
const MOST_EXCLUDED = 40;

const deviceName = matching(/^(\/dev\/)?[a-z][a-z0-9]{1,15}$/, 'a device name of the source, like "/dev/sdf"');

const kmsKey = matching(
  /^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?(key\/(mrk-)?[0-9a-f-]{32,36}|alias\/[A-Za-z0-9/_-]{1,250})$|^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  'the id, ARN or alias ("alias/…") of a KMS key');

/** So many of the longest names fit into a parameter of a document. */
const units = listOf(unit, 1, 16, 'systemd units like "corosync.service", in the order in which they are started');

/** The widest range of any type: the exact one is known when the source's type is. */
const FIELDS: Readonly<Record<keyof VolumeOverride, Rule>> = {
  exclude: flag,
  strategy: oneOf('auto', 'volume-copy', 'snapshot', 'shared'),
  type: oneOf(...Object.keys(VOLUME_LIMITS)),
  iops: wholeNumber(100, 256000),
  throughput: wholeNumber(125, 2000),
  size: wholeNumber(1, 65536),
  kmsKeyId: kmsKey,
  access: oneOf('read-only', 'read-write'),
  reservation: oneOf('none', 'write-exclusive'),
  clusterServices: units,
  services: units,
};

/** Says what is wrong with `volumes`, an object of overrides by device name. */
export function volumeProblems(volumes: unknown): string[] {
  if (!isRecord(volumes)) return [problem('volumes', volumes, 'an object like {"/dev/sdf": {"exclude": true}}')];
  // what is shared is in no snapshot either
  const excluded = Object.values(volumes).filter(override => isRecord(override) && (override['exclude'] === true || override['strategy'] === 'shared')).length;
  return [
    ...excluded > MOST_EXCLUDED ? [problem('volumes', `${excluded} excluded or shared`, `at most ${MOST_EXCLUDED} volumes with "exclude": true or "strategy": "shared"`)] : [],
    ...Object.entries(volumes).flatMap(([device, override]) => [
      ...deviceName(device) === undefined ? [] : [problem(`volumes.${device}`, device, deviceName(device) ?? '')],
      ...settingsProblems(`volumes.${device}`, override),
    ]),
  ];
}

/** Says what is wrong with the settings of one volume, of which these fields may be given. */
export function settingsProblems(path: string, override: unknown, fields = Object.keys(FIELDS)): string[] {
  if (!isRecord(override)) return [problem(path, override, `an object with ${fields.join(', ')}`)];
  const problems = Object.entries(override).flatMap(([field, value]) => {
    if (!fields.includes(field)) return [unknownField(within(path, field), fields)];
    const allowed = value === null ? undefined : FIELDS[field as keyof VolumeOverride](value);
    return allowed === undefined ? [] : [problem(within(path, field), value, allowed)];
  });
  return problems.length > 0 ? problems : combinationProblems(path, override as Partial<VolumeOverride>);
}

function combinationProblems(path: string, override: Partial<VolumeOverride>): string[] {
  const { exclude, strategy, type, iops, throughput, size, kmsKeyId } = override;
  if (exclude) {
    return Object.entries(override).every(([field, value]) => field === 'exclude' || value === undefined || value === null) ? []
      : [problem(path, { exclude }, '"exclude": true alone, for a volume that is not cloned has no settings')];
  }
  if (strategy === 'shared' && [type, iops, throughput, size, kmsKeyId].some(value => value !== undefined && value !== null)) {
    return [problem(path, { strategy }, '"strategy": "shared" alone, or with "access" or "reservation", for a volume that is shared is as the source has it')];
  }
  const access = accessProblems(path, override);
  if (access.length > 0) return access;
  const limits = type ? VOLUME_LIMITS[type] : undefined;
  if (!limits) return [];
  return [
    ...range(within(path, 'size'), size, limits.size, type),
    ...range(within(path, 'iops'), iops, limits.iops, type),
    ...range(within(path, 'throughput'), throughput, limits.throughput, type),
  ];
}

/** Who writes joins a cluster, and nobody can guess by which units. */
function accessProblems(path: string, { strategy, access, reservation, clusterServices, services }: Partial<VolumeOverride>): string[] {
  const fields = { access, reservation, clusterServices, services };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null).map(([field]) => field);
  if (strategy !== 'shared') return given.map(field => problem(within(path, field), override(field), 'nothing, unless "strategy" is "shared"'));
  if (access !== 'read-write') {
    return given.filter(field => field !== 'access' && field !== 'reservation').map(field => problem(within(path, field), override(field), 'nothing, unless "access" is "read-write"'));
  }
  if (reservation === 'write-exclusive') return [problem(within(path, 'reservation'), reservation, 'nothing with "access": "read-write": who is kept from writing can not join')];
  return clusterServices ? [] : [problem(within(path, 'clusterServices'), clusterServices,
    'the systemd units by which a clone becomes a member of the cluster, in the order in which they are started: they are held until its identity is verified')];

  function override(field: string): unknown {
    return fields[field as keyof typeof fields];
  }
}

/** A clone that writes is a member of the cluster, and two members with one identity end in fencing. */
export function writerProblems(volumes: unknown, { identity = 'reset', isolation = true }: Partial<Pick<Request, 'identity' | 'isolation'>>): string[] {
  const writing = isRecord(volumes) ? Object.entries(volumes).filter(([, override]) => isRecord(override) && override['access'] === 'read-write').map(([device]) => device) : [];
  if (writing.length === 0) return [];
  const reserved = Object.entries(volumes as object).filter(([, override]) => isRecord(override) && override['reservation'] === 'write-exclusive').map(([device]) => device);
  const why = `with "access": "read-write" for ${writing.join(', ')}`;
  return [
    ...identity === 'reset' ? [] : [problem('identity', identity, `"reset" ${why}: two nodes of a cluster with one identity end in fencing`)],
    ...isolation ? [] : [problem('isolation', isolation, `true ${why}: what starts at its first boot would join the cluster as its source`)],
    ...reserved.length === 0 ? [] : [problem('volumes', reserved, 'no "reservation" beside "access": "read-write", for the tags of a clone have no room for both: make two clones')],
    ...writing.length === 1 ? [] : [problem('volumes', writing, 'one volume at most with "access": "read-write"')],
  ];
}

function range(path: string, value: number | null | undefined, limits: readonly [number, number] | undefined, type: string | null | undefined): string[] {
  if (value === null || value === undefined) return [];
  if (!limits) return [problem(path, value, `nothing, for it can not be chosen for ${type}`)];
  return value >= limits[0] && value <= limits[1] ? [] : [problem(path, value, `${limits[0]} to ${limits[1]} for ${type}`)];
}

/** The name of a setting; those of a single volume stand by themselves. */
function within(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

/** Every field said. */
export function normalised(override: Partial<VolumeOverride>): VolumeOverride {
  const { exclude = false, strategy = null, type = null, iops = null, throughput = null, size = null, kmsKeyId = null } = override;
  const { access = null, reservation = null, clusterServices = null, services = null } = override;
  return { exclude, strategy, type, iops, throughput, size, kmsKeyId, access, reservation, clusterServices, services };
}
