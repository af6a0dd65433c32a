import { InvalidRequest } from '../shared/errors';
import { instanceTypes, notesOnDestination, notesOnRoom, volumeTypes } from '../shared/fleet/destination';
import type { Fleet, FleetInstance, Refused } from '../shared/fleet/facts';
import { keysOf } from '../shared/fleet/objects';
import { promisedAt } from '../shared/fleet/promised';
import { spread } from '../shared/fleet/refusals';
import { type FleetRequest, wishesOf } from '../shared/fleet/request';
import { whoHasNoRoom } from '../shared/fleet/room';
import { whyNotSo } from '../shared/fleet/travel';
import { measuredKey, shardsOf } from '../shared/instance-metrics/history';
import { isAtEdge, type Location, wayTo } from '../shared/locations';
import { checkSubnet, lineageLock, localSnapshots, noSuchType, typesAt } from '../shared/migration/destination';
import { readJson, writeJson } from '../shared/objects';
import { outpostRoom } from '../shared/outpost-room';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly table: string;
  readonly locations: readonly Location[];
  readonly volumeKeyArns: readonly string[];
  /** Whether the construct has something that sends blocks. */
  readonly replicates: boolean;
}
export interface Output {
  readonly instances: number;
  readonly refused: number;
  /** Objects with the instances whose metrics are to be read. */
  readonly shards: number;
}

interface Place { readonly destination: Location; readonly table: string; readonly request: FleetRequest }
interface Verdict { readonly refused: readonly Refused[]; readonly notes: readonly string[] }

/** Refuses those for whom the destination has no such type or no room, who can not travel as asked for, and whose snapshots may not leave their place. */
export async function handler({ bucket, prefix, table, locations, volumeKeyArns, replicates }: Input): Promise<Output> {
  const keys = keysOf({ prefix });
  const [request, found] = await Promise.all([readJson<FleetRequest>(bucket, keys.request), readJson<Fleet>(bucket, keys.fleet)]);
  const destination = locations.find(({ name }) => name === request.destination);
  if (!destination) throw new InvalidRequest(`destination: ${request.destination} is no location of the construct any more`);
  await checkSubnet(destination);
  const place: Place = { destination, table, request };
  const names = new Map([...found.refusals, ...found.instances].map(({ id, name }) => [id, name]));
  const refusals = new Map(found.refusals.map(({ id, reason }) => [id, reason]));
  const left = (): FleetInstance[] => found.instances.filter(({ id }) => !refusals.has(id));
  const refuse = (refused: readonly Refused[]): void => {
    for (const { id, reason } of refused) refusals.set(id, reason);
    spread(request, refusals);
  };
  refuse(left().flatMap((instance): Refused[] => {
    const way = wayTo(destination, instance.place, locations);
    const reason = way && whyNotSo(instance, wishesOf(request, instance.id), way, replicates);
    return reason === undefined ? [] : [{ id: instance.id, reason }];
  }));
  refuse(await withoutType(left(), place));
  refuse(await locked(left()));
  // last: who is refused for another reason takes no room from others
  const room = await withoutRoom(left(), place);
  refuse(room.refused);

  const fleet: Fleet = {
    instances: left(),
    refusals: [...refusals].map(([id, reason]): Refused => ({ id, reason, name: names.get(id) ?? null })),
    notes: [...found.notes, ...notesOnDestination(left(), destination, volumeKeyArns), ...room.notes],
  };
  const shards = shardsOf(fleet.instances.map(({ id, volumes }) => ({ id, volumeIds: volumes.map(({ volumeId }) => volumeId) })));
  await Promise.all([writeJson(bucket, keys.fleet, fleet), ...shards.map((shard, index) => writeJson(bucket, measuredKey(prefix, index), shard))]);
  return { instances: fleet.instances.length, refused: fleet.refusals.length, shards: shards.length };
}

async function withoutType(instances: readonly FleetInstance[], { destination }: Place): Promise<Refused[]> {
  const types = [...new Set(instances.map(({ type }) => type))];
  const offered = new Set(types.length === 0 ? [] : await typesAt(destination, types));
  const why = new Map<string, string>();
  for (const type of types) if (!offered.has(type)) why.set(type, await noSuchType(destination, type));
  return instances.flatMap(({ id, type }) => (why.has(type) ? [{ id, reason: `${id} can not be launched there: ${why.get(type)}` }] : []));
}

/** Only what is at the edge can have snapshots there. */
async function locked(instances: readonly FleetInstance[]): Promise<Refused[]> {
  const atEdge = instances.filter(({ place }) => isAtEdge(place));
  const local = await localSnapshots(atEdge.flatMap(({ volumes }) => volumes));
  return atEdge.filter(({ volumes }) => volumes.some(({ volumeId }) => local.has(volumeId)))
    .map(({ id, volumes }) => ({ id, reason: lineageLock(id, volumes, local) }));
}

/** Of Outposts CloudWatch tells what is free; of other places nothing does. */
async function withoutRoom(instances: readonly FleetInstance[], { destination, table, request }: Place): Promise<Verdict> {
  const { outpostArn, name } = destination;
  if (outpostArn === undefined || instances.length === 0) return { refused: [], notes: [] };
  const now = Math.floor(Date.now() / 1000);
  const [room, promised] = await Promise.all([
    outpostRoom(outpostArn, instanceTypes(instances), volumeTypes(instances), now), promisedAt(table, destination, now),
  ]);
  return { refused: whoHasNoRoom(instances, request, { name, outpostArn, room, promised }), notes: notesOnRoom(instances, room, name) };
}
