import { InvalidRequest } from '../shared/errors';
import { type Location, placeOf } from '../shared/locations';
import { checkAddresses, checkLineage, checkSubnet, checkType, type Destination, destinationWarnings, findWay } from '../shared/migration/destination';
import type { MigrationRequest } from '../shared/migration/request';
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
  return { destination: { location, from, way, warnings: destinationWarnings(source, location, volumeKeyArns) } };
}
