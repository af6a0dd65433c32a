import {
  DescribeSubnetsCommand, DescribeVolumesCommand, paginateDescribeInstanceTypeOfferings, paginateDescribeSnapshots, type Snapshot,
} from '@aws-sdk/client-ec2';
import { groupOf, noteOfGroup } from '../auto-scaling';
import { ec2 } from '../ec2';
import { hasIpv6 } from '../instances';
import { DestinationNotPossible, SnapshotsAreLocal, TrafficNotMovable, TypeNotAtDestination } from '../errors';
import type { Direction, EdgeLink } from '../links';
import { isAtEdge, isThere, type Location, type Place, wayTo } from '../locations';
import type { Source, SourceVolume } from '../source/source';
import { isTooLargeForOutpost, TOO_LARGE_FOR_OUTPOST } from './overrides';
import type { MigrationRequest } from './request';

/** A filter takes so many values. */
const VALUES_PER_FILTER = 200;

/** What was found out of where the instance goes. */
export interface Destination {
  readonly location: Location;
  readonly from: Place;
  /** Null: both are in the Region. */
  readonly way: { readonly direction: Direction; readonly links: readonly EdgeLink[] } | null;
  readonly warnings: readonly string[];
}

/** The way there; refuses where there is none. */
export function findWay(request: MigrationRequest, location: Location, locations: readonly Location[], from: Place): Destination['way'] {
  const at = from.outpostArn ?? from.availabilityZone;
  if (isThere(location, from)) throw new DestinationNotPossible(`${request.instanceId} is at ${location.name} already (${at})`);
  const way = wayTo(location, from, locations);
  if (way) return way;
  if (!isAtEdge(from) && location.kind === 'region') return null;
  throw new DestinationNotPossible(location.kind === 'region'
    ? `${request.instanceId} is at ${at}, which is none of the construct's locations: add it, with the link that leads there`
    : `${request.instanceId} is at ${at}, and nothing moves from one edge to another: move it to the Region first`);
}

/** Whether the location's subnet is where the location says that it is. */
export async function checkSubnet({ name, kind, subnetId, outpostArn, availabilityZone }: Location): Promise<void> {
  const { Subnets: [subnet] = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }));
  const isRight = kind === 'outpost' ? subnet?.OutpostArn === outpostArn : subnet?.OutpostArn === undefined && subnet?.AvailabilityZone === availabilityZone;
  if (isRight) return;
  throw new DestinationNotPossible(`the subnet ${subnetId} of the location ${name} is in ${subnet?.OutpostArn ?? subnet?.AvailabilityZone}, not in`
    + ` ${outpostArn ?? availabilityZone}: correct the construct's locations`);
}

/**
 * Of these types, those of which instances can be launched there; of none named, all. At an Outpost that tells what its slots are configured for,
 * not whether one is free; that Local Zones are asked by their names is unverified against AWS.
 */
export async function typesAt({ kind, outpostArn, availabilityZone }: Location, types: readonly string[]): Promise<string[]> {
  const location = kind === 'outpost' ? outpostArn ?? '' : availabilityZone;
  const found: string[] = [];
  const asked = types.length === 0 ? [[]] : batches(types);
  for (const some of asked) {
    const pages = paginateDescribeInstanceTypeOfferings({ client: ec2 }, {
      LocationType: kind === 'outpost' ? 'outpost' : 'availability-zone',
      Filters: [{ Name: 'location', Values: [location] }, ...some.length === 0 ? [] : [{ Name: 'instance-type', Values: some }]],
    });
    for await (const { InstanceTypeOfferings = [] } of pages) found.push(...InstanceTypeOfferings.flatMap(({ InstanceType }) => InstanceType ?? []));
  }
  return found;
}

/** What a place offers instead of a type, in words. */
export async function noSuchType(location: Location, type: string): Promise<string> {
  const others = (await typesAt(location, [])).sort();
  return `${location.name} does not offer ${type}, but ${others.slice(0, 12).join(', ') || 'nothing'}${others.length > 12 ? ` and ${others.length - 12} more` : ''}:`
    + ' change the type of the source to one of them first, or have the capacity there configured';
}

export async function checkType(location: Location, type: string): Promise<void> {
  if ((await typesAt(location, [type])).length === 0) throw new TypeNotAtDestination(await noSuchType(location, type));
}

/**
 * Snapshots that lie on an Outpost or in a Local Zone go nowhere, and later ones of the same volume have to lie there, too (EBS user guide,
 * "snapshots-outposts" and "snapshots-localzones"; where its texts disagree on a volume made from a local snapshot, the strict one counts).
 */
export async function checkLineage({ instanceId, volumes }: Source): Promise<void> {
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: volumes.map(({ volumeId }) => volumeId) }));
  const origins = new Map(Volumes.map(({ VolumeId, SnapshotId }) => [VolumeId, SnapshotId]));
  const locked = await localSnapshots(volumes.map(({ volumeId }) => ({ volumeId, origin: origins.get(volumeId) })));
  if (locked.size > 0) throw new SnapshotsAreLocal(lineageLock(instanceId, volumes, locked));
}

/** By volume: a local snapshot that its later ones have to follow, the newest one or that of which it was made. */
export async function localSnapshots(volumes: readonly { readonly volumeId: string; readonly origin?: string | undefined }[]): Promise<Map<string, string>> {
  const taken = await find('volume-id', volumes.map(({ volumeId }) => volumeId));
  const made = new Map((await find('snapshot-id', volumes.flatMap(({ origin }) => origin || []))).map(snapshot => [snapshot.SnapshotId, snapshot]));
  const latest = new Map<string, Snapshot>();
  for (const snapshot of taken) {
    const before = latest.get(snapshot.VolumeId ?? '');
    if (!before || (snapshot.StartTime?.getTime() ?? 0) > (before.StartTime?.getTime() ?? 0)) latest.set(snapshot.VolumeId ?? '', snapshot);
  }
  return new Map(volumes.flatMap(({ volumeId, origin }): [string, string][] => {
    const local = [latest.get(volumeId), made.get(origin)].find(snapshot => snapshot && placeOfSnapshot(snapshot) !== undefined);
    return local ? [[volumeId, `${local.SnapshotId} is at ${placeOfSnapshot(local)}`]] : [];
  }));
}

export function lineageLock(id: string, volumes: readonly Pick<SourceVolume, 'volumeId' | 'device'>[], locked: ReadonlyMap<string, string>): string {
  const lines = volumes.flatMap(({ volumeId, device }) => (locked.has(volumeId) ? [`${device} (${volumeId}): ${locked.get(volumeId)}`] : []));
  return `snapshots of ${id} have to stay where the former ones are: ${lines.join('; ')}. Move its data by other means, or from a volume that has no local snapshots`;
}

async function find(filter: string, values: readonly string[]): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (const Values of batches([...new Set(values)])) {
    for await (const { Snapshots } of paginateDescribeSnapshots({ client: ec2 }, { OwnerIds: ['self'], Filters: [{ Name: filter, Values }] })) {
      found.push(...Snapshots ?? []);
    }
  }
  return found;
}

const batches = (values: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(values.length / VALUES_PER_FILTER) }, (_, i) => values.slice(i * VALUES_PER_FILTER, (i + 1) * VALUES_PER_FILTER));

const placeOfSnapshot = ({ OutpostArn, AvailabilityZone }: Snapshot): string | undefined => OutpostArn ?? AvailabilityZone;

/** Elastic IP addresses stay within their network border group, and what an Outpost's instances have are customer-owned addresses. */
export function checkAddresses({ traffic }: MigrationRequest, location: Location, from: Place): void {
  if (traffic.elasticIps.length === 0 || (location.kind === 'region' && !isAtEdge(from))) return;
  throw new TrafficNotMovable(`${traffic.elasticIps.join(', ')} can not follow from ${from.outpostArn ?? from.availabilityZone} to ${location.name}: Elastic IP addresses do not leave`
    + ' their network border group. Lead clients there by a record or a target group');
}

/** What a person should know, and nothing is refused for. */
export function destinationWarnings(source: Source, location: Location, volumeKeyArns: readonly string[]): string[] {
  const { instance, volumes } = source;
  const strange = volumes.filter(({ kmsKeyId }) => kmsKeyId !== null && !volumeKeyArns.includes(kmsKeyId)).map(({ device }) => device);
  const tooLarge = volumes.filter(isTooLargeForOutpost).map(({ device }) => device);
  const group = groupOf(instance);
  const lines: readonly (string | false)[] = [
    group !== undefined && noteOfGroup(instance, group),
    location.kind !== 'region' && 'packets of more than 1,300 bytes do not pass between the Region and an Outpost or most Local Zones: jumbo frames configured in the system break',
    location.kind === 'outpost' && hasIpv6(instance) && 'the source has IPv6 addresses, but IPv6 crosses neither service link nor local gateway',
    location.kind === 'outpost' && volumes.some(({ encrypted }) => !encrypted) && 'everything on an Outpost is encrypted: volumes that are not are encrypted by the account\'s default key on their way',
    location.kind === 'outpost' && tooLarge.length > 0 && `${tooLarge.join(', ')}: ${TOO_LARGE_FOR_OUTPOST}`,
    strange.length > 0 && `${strange.join(', ')} is encrypted by a key that is not among the construct's volumeKeys: unless that is the AWS managed key aws/ebs, the launch fails`,
    location.kind !== 'region' && 'volumes there load their blocks over the link after the launch, at a rate that AWS does not tell: what is read for the first time is slow until then',
  ];
  return lines.filter(line => line !== false);
}
