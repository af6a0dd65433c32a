import type { Fleet } from '../shared/fleet/facts';
import { gridOf, linksOf, readLinkForecasts } from '../shared/fleet/links';
import { keysOf } from '../shared/fleet/objects';
import { readPast } from '../shared/fleet/past';
import type { FleetRequest } from '../shared/fleet/request';
import { InvalidRequest } from '../shared/errors';
import type { Location } from '../shared/locations';
import { readJson, writeJson } from '../shared/objects';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly table: string;
  readonly locations: readonly Location[];
}
export interface Output { readonly slots: number }

/** Forecasts what the links leave to migrations until the plan ends. */
export async function handler({ bucket, prefix, table, locations }: Input): Promise<Output> {
  const keys = keysOf({ prefix });
  const now = Date.now() / 1000;
  const [request, { instances }, past] = await Promise.all([
    readJson<FleetRequest>(bucket, keys.request), readJson<Fleet>(bucket, keys.fleet), readPast(bucket),
  ]);
  const destination = locations.find(({ name }) => name === request.destination);
  if (!destination) throw new InvalidRequest(`destination: ${request.destination} is no location of the construct any more`);
  const grid = gridOf(request, now);
  const links = linksOf(instances, destination, locations);
  const forecasts = await readLinkForecasts({ grid, table, links, own: past, ownReservations: new Set() }, now);
  await Promise.all([writeJson(bucket, keys.past, past), writeJson(bucket, keys.links, forecasts)]);
  return { slots: grid.slots };
}
