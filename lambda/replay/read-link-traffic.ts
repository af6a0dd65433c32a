import { InvalidRequest } from '../shared/errors';
import type { Fleet } from '../shared/fleet/facts';
import { linksOf } from '../shared/fleet/links';
import { readPast } from '../shared/fleet/past';
import { readLinkTraffic } from '../shared/link-traffic/read';
import { withoutOwn } from '../shared/link-traffic/sum';
import { bookOf } from '../shared/links';
import type { Location } from '../shared/locations';
import { readJson, writeJson } from '../shared/objects';
import { keysOf } from '../shared/replay/objects';
import { type StoredLink, storedLink } from '../shared/replay/records';
import type { ReplayRequest } from '../shared/replay/request';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly locations: readonly Location[];
}
export interface Output {
  /** Metrics requested of CloudWatch, its unit of cost. */
  readonly requested: number;
}

/** Reads what others sent over the links: what earlier fleets took is taken off. */
export async function handler({ bucket, prefix, locations }: Input): Promise<Output> {
  const keys = keysOf(prefix);
  const [{ fleet: request, from, to }, { instances }, past] = await Promise.all([
    readJson<ReplayRequest>(bucket, keys.request), readJson<Fleet>(bucket, keys.fleet), readPast(bucket),
  ]);
  const destination = locations.find(({ name }) => name === request.destination);
  if (!destination) throw new InvalidRequest(`destination: ${request.destination} is no location of the construct any more`);
  let asked = 0;
  const links: StoredLink[] = [];
  for (const { link, direction } of linksOf(instances, destination, locations)) {
    const { traffic, requested } = await readLinkTraffic(link, direction, { from, to });
    const book = bookOf(link, direction);
    links.push(storedLink({ link, direction, traffic: withoutOwn(traffic, past.filter(each => each.book === book)) }));
    asked += requested;
  }
  await writeJson(bucket, keys.links, links);
  return { requested: asked };
}
