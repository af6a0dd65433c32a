import { DowntimeTooShort } from '../errors';
import { bytesPerSecond } from '../links';
import type { Unchecked } from '../plan/build';
import type { Check, Difference } from '../plan/plan';
import type { VolumeOverride } from '../request/request';
import type { Source } from '../source/source';
import { VOLUME_LIMITS } from '../volume-limits';
import type { Destination } from './destination';
import type { MigrationPlan, PlannedLink, TravellingVolume } from './plan';
import type { MigrationRequest } from './request';
import { SWITCH_SECONDS } from './rounds';

/** Volume types that Outposts have, and what gp3 has there at most (EBS user guide, "ebs-volume-types"); others are unverified against AWS. */
const OUTPOST_TYPES = ['gp2', 'gp3'];
const OUTPOST_GP3 = { iops: 16_000, throughput: 1000 };
/** Snapshots of nothing take so long. */
const LEAST_SNAPSHOT_SECONDS = 20;
const GIB = 2 ** 30;

/** What volumes have to become to be at the destination. */
export function overridesFor({ volumes }: Source, { location }: Destination): Readonly<Record<string, Partial<VolumeOverride>>> {
  if (location.kind !== 'outpost') return {};
  return Object.fromEntries(volumes.flatMap(({ device, type, iops, throughput }) => {
    const isThere = OUTPOST_TYPES.includes(type);
    const most = type === 'gp3' || !isThere ? {
      ...(iops ?? 0) > OUTPOST_GP3.iops ? { iops: OUTPOST_GP3.iops } : {},
      ...(throughput ?? 0) > OUTPOST_GP3.throughput ? { throughput: OUTPOST_GP3.throughput } : {},
    } : {};
    const override = { ...isThere ? {} : { type: 'gp3' }, ...most };
    return Object.keys(override).length === 0 ? [] : [[device, override]];
  }));
}

export function refuseShortDowntime({ instanceId, maxDowntime }: MigrationRequest): void {
  const least = SWITCH_SECONDS + LEAST_SNAPSHOT_SECONDS;
  if (maxDowntime >= least) return;
  throw new DowntimeTooShort(`${instanceId} shall be paused for ${maxDowntime} s at most, but the last snapshots, the launch and its checks take ${least} s at least: allow more`);
}

/** Over which link AWS moves the bytes; a VPN of the user's never carries them. */
export function linkOf({ reservation }: MigrationRequest, { way }: Destination): PlannedLink | null {
  const link = way?.links.find(({ id }) => id === reservation?.link) ?? way?.links.find(({ transports }) => transports.includes('ebs'));
  if (!way || !link) return null;
  const share = Math.floor(bytesPerSecond(link, way.direction) * link.migrationShare);
  return { id: link.id, direction: way.direction, share, rate: reservation ? Math.ceil(reservation.bitsPerSecond / 8) : share };
}

export function travelOf({ volumes }: Source): TravellingVolume[] {
  return volumes.map(({ device, volumeId, size }) => ({
    device, volumeId, size, transport: 'ebs', copy: 'pre-copy', why: 'AWS moves its snapshots, round by round while the source serves; no rate is promised',
  }));
}

export interface Facts {
  readonly request: MigrationRequest;
  readonly source: Source;
  readonly destination: Destination;
  readonly launch: Unchecked;
  readonly checks: readonly Check[];
}

/** Everything that is going to happen, as far as it follows from what is known; nothing is asked or made here. */
export function buildMigrationPlan({ request, source, destination, launch, checks }: Facts): MigrationPlan {
  const { sourceInstanceId, count, route, volumes, image, finish, userData, protections, tags, creates, cost } = launch;
  const link = linkOf(request, destination);
  const bytes = volumes.reduce((sum, { size }) => sum + size, 0) * GIB;
  return {
    sourceInstanceId, count, route, volumes, image, finish, userData, protections, tags, creates, cost, launch: launch.launch,
    freeze: request.consistency === 'filesystem' && !request.stopSource,
    differences: [...launch.differences, ...encryptionDifferences(source, destination)],
    travel: travelOf(source),
    destination: destination.location,
    from: destination.from,
    link,
    services: request.services,
    stopSource: request.stopSource,
    managed: source.managedBySsm ?? false,
    maxDowntime: request.maxDowntime,
    deadline: request.deadline,
    story: story(request, destination, link),
    bytes,
    expectedSeconds: link === null ? null : Math.ceil(bytes / link.rate),
    warnings: [...warnings(request, source, destination, link), ...destination.warnings, ...launch.warnings.filter(line => !line.includes('replay their journals'))],
    checks,
  };
}

function encryptionDifferences({ volumes }: Source, { location }: Destination): Difference[] {
  return location.kind !== 'outpost' ? [] : volumes.filter(({ encrypted }) => !encrypted).map(({ device }): Difference => ({
    attribute: `volume ${device} encrypted`, source: false, clone: true, kind: 'chosen', why: 'nothing on an Outpost is unencrypted',
  }));
}

function story(request: MigrationRequest, { location }: Destination, link: PlannedLink | null): string[] {
  const { services, stopSource, consistency, traffic, approve, keepSource } = request;
  const followers = [...traffic.targetGroupArns, ...traffic.records.map(({ name, type }) => `${type} ${name}`), ...traffic.elasticIps];
  const stops = services.length > 0 ? `${services.join(', ')} stop` : 'no services were named, so nothing is stopped';
  const lines: readonly (string | false)[] = [
    link !== null && `${link.id} is reserved (${link.direction}), one such move at a time`,
    'snapshots of all volumes are taken round by round, while the source serves, until what changes between two is small',
    approve.includes('cut-over') && 'somebody approves',
    `the pause begins: ${stops}${stopSource ? ', and the source is stopped' : ''}`,
    `the last snapshots are taken${consistency === 'filesystem' && !stopSource ? ', of frozen filesystems' : ''}`,
    `the target is launched from them in ${location.subnetId} (${location.name}), and verified`,
    followers.length > 0 && `${followers.join(', ')} follow: the pause is over`,
    keepSource === null ? 'the source is kept' : `the source is kept for ${Math.round(keepSource / 3600)} h`,
    approve.includes('release') && keepSource !== null && 'somebody approves',
    keepSource !== null && 'the source is terminated',
  ];
  return lines.filter(line => line !== false);
}

function warnings({ services, stopSource, traffic }: MigrationRequest, source: Source, { way, location }: Destination, link: PlannedLink | null): string[] {
  const lines: readonly (string | false)[] = [
    services.length === 0 && !stopSource
      && 'neither services nor "stopSource" are given: what the source writes after the last snapshots stays behind on it. Name the services that write, or have it stopped',
    traffic.targetGroupArns.length + traffic.records.length === 0 && 'no traffic follows: the private address changes, and clients find the target only by what you change yourself',
    way !== null && link === null && 'no link that carries the traffic of EBS is known: nothing is reserved, and nothing is known of how long the bytes take',
    way !== null && 'EBS moves snapshots and volumes at its own pace: no cap is kept on the link',
    services.length > 0 && 'services that are enabled start when the target boots, shortly before traffic is led there',
    location.kind === 'local-zone' && source.volumes.some(({ type }) => !VOLUME_LIMITS[type]?.canBoot || type === 'io2' || type === 'io1')
      && 'Local Zones have different volume types: where the launch is refused for one, the source goes on',
  ];
  return lines.filter(line => line !== false);
}
