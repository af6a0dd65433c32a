import { InvalidRequest } from '../errors';
import type { Fleet } from '../fleet/facts';
import { type History, historyKey, packed, restored, type StoredHistory, unpacked } from '../instance-metrics/history';
import type { Direction, EdgeLink } from '../links';
import type { Location } from '../locations';
import { readJson } from '../objects';
import { keysOf } from './objects';
import type { ReplayRequest } from './request';
import type { LinkHistory, Records } from './window';

/** As it is kept between the steps. */
export interface StoredLink {
  readonly link: EdgeLink;
  readonly direction: Direction;
  readonly start: number;
  readonly step: number;
  readonly traffic: string;
}

export const storedLink = ({ link, direction, traffic: { start, step, values } }: LinkHistory): StoredLink =>
  ({ link, direction, start, step, traffic: packed(values) });

const restoredLink = ({ link, direction, start, step, traffic }: StoredLink): LinkHistory =>
  ({ link, direction, traffic: { start, step, values: unpacked(traffic) } });

/** All that was read, for those who replay a window of it. */
export async function readRecords(bucket: string, prefix: string, shards: number, locations: readonly Location[]): Promise<Records> {
  const keys = keysOf(prefix);
  const [request, fleet, links, histories] = await Promise.all([
    readJson<ReplayRequest>(bucket, keys.request), readJson<Fleet>(bucket, keys.fleet), readJson<readonly StoredLink[]>(bucket, keys.links),
    Promise.all(Array.from({ length: shards }, (_, shard) => readJson<readonly StoredHistory[]>(bucket, historyKey(prefix, shard)))),
  ]);
  const destination = locations.find(({ name }) => name === request.fleet.destination);
  if (!destination) throw new InvalidRequest(`destination: ${request.fleet.destination} is no location of the construct any more`);
  return {
    request, fleet, destination, locations, links: links.map(restoredLink),
    histories: new Map(histories.flat().map(restored).map((history): [string, History] => [history.id, history])),
  };
}
