import { InvalidRequest } from '../shared/errors';
import { type Location, placeOf } from '../shared/locations';
import { checkAddresses, checkLineage, checkSubnet, checkType, type Destination, destinationWarnings, findWay } from '../shared/migration/destination';
import { typeAtOutpost } from '../shared/migration/overrides';
import type { MigrationRequest } from '../shared/migration/request';
import { lackingRoom, outpostRoom, unknownRoom } from '../shared/outpost-room';
import type { Source } from '../shared/source/source';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly request: MigrationRequest;
  readonly source: Source;
  readonly locations: readonly Location[];
  readonly volumeKeyArns: readonly string[];
}
export interface Output { readonly destination: Destination }

/** Refuses what the place, the way there or the volumes' past do not allow, before anything is made. */
export async function handler({ request, source, locations, volumeKeyArns }: Input): Promise<Output> {
  const location = locations.find(({ name }) => name === request.destination);
  if (!location) throw new InvalidRequest(`destination: ${request.destination} is no location of the construct any more`);
  const from = placeOf(source);
  const way = findWay(request, location, locations, from);
  checkAddresses(request, location, from);
  await checkSubnet(location);
  await checkType(location, source.instance.InstanceType ?? '');
  await checkLineage(source);
  return { destination: { location, from, way, warnings: [...destinationWarnings(source, location, volumeKeyArns), ...await roomWarnings(source, location)] } };
}

/** Of Outposts CloudWatch tells what is free. */
async function roomWarnings({ instance, volumes }: Source, { outpostArn, name }: Location): Promise<string[]> {
  if (outpostArn === undefined) return [];
  const needed: Record<string, number> = {};
  for (const { type, size } of volumes) needed[typeAtOutpost(type)] = (needed[typeAtOutpost(type)] ?? 0) + size;
  const types = instance.Placement?.Tenancy === 'host' ? [] : [instance.InstanceType ?? ''];
  const room = await outpostRoom(outpostArn, types, Object.keys(needed));
  return [...lackingRoom(room, types, needed, name), ...unknownRoom(room, types, Object.keys(needed), name)];
}
