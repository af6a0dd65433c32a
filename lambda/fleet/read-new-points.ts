import type { Observed } from '../planning/online/decide';
import { InvalidRequest } from '../shared/errors';
import type { Fleet } from '../shared/fleet/facts';
import { recent } from '../shared/fleet/forecast';
import { linksOf, readLinkForecasts, takenBy } from '../shared/fleet/links';
import { keysOf } from '../shared/fleet/objects';
import type { PastMove } from '../shared/fleet/past';
import type { FleetPlanDocument, LinkForecasts } from '../shared/fleet/plan';
import { storedObserved } from '../shared/fleet/points';
import type { FleetRequest } from '../shared/fleet/request';
import { type FleetStatus, inState } from '../shared/fleet/status';
import { readHistories } from '../shared/instance-metrics/read';
import { bookOf } from '../shared/links';
import type { Location } from '../shared/locations';
import { readJson, writeJson } from '../shared/objects';
import { reservationId } from '../shared/reservations/reservations';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly table: string;
  readonly locations: readonly Location[];
}
export interface Output {
  readonly waiting: number;
  /** Links that are down. */
  readonly down: readonly string[];
}

/** Three hours and what CloudWatch is late. */
const SECONDS_SEEN = 4 * 3600;
/** So often CloudWatch has the CPU of instances without detailed monitoring: the shorter the samples, the newer is what has come. */
const SAMPLE = 300;
/** Instances whose metrics are read side by side. */
const PARALLEL = 4;

/** Looks again at what may have changed within a quarter of an hour: the links, their reservations, and those who wait. */
export async function handler({ bucket, prefix, table, locations, execution }: Input): Promise<Output> {
  const keys = keysOf({ prefix });
  const now = Date.now() / 1000;
  const [request, fleet, plan, status, past, before] = await Promise.all([
    readJson<FleetRequest>(bucket, keys.request), readJson<Fleet>(bucket, keys.fleet), readJson<FleetPlanDocument>(bucket, keys.plan),
    readJson<FleetStatus>(bucket, keys.status), readJson<readonly PastMove[]>(bucket, keys.past), readJson<LinkForecasts>(bucket, keys.links),
  ]);
  const destination = locations.find(({ name }) => name === request.destination);
  if (!destination) throw new InvalidRequest(`destination: ${request.destination} is no location of the construct any more`);
  const waiting = new Set(inState(status, 'waiting').map(([id]) => id));
  const links = linksOf(fleet.instances, destination, locations).filter(({ link }) => plan.links.some(({ id }) => id === link.id));
  const books = new Map(links.map(({ link, direction }) => [link.id, bookOf(link, direction)]));
  const [forecasts, observed] = await Promise.all([
    readLinkForecasts({
      grid: plan.grid, table, links, before, own: [...past, ...takenBy(status, books, now)],
      ownReservations: new Set(inState(status, 'moving').map(([id]) => reservationId(execution, id))),
    }, now),
    observe(fleet, waiting, now),
  ]);
  await Promise.all([writeJson(bucket, keys.links, forecasts), writeJson(bucket, keys.points, storedObserved(observed))]);
  return { waiting: waiting.size, down: forecasts.links.filter(({ isUp }) => !isUp).map(({ id }) => id) };
}

async function observe({ instances }: Fleet, waiting: ReadonlySet<string>, now: number): Promise<Map<string, Observed>> {
  const measured = instances.filter(({ id }) => waiting.has(id)).map(({ id, volumes }) => ({ id, volumeIds: volumes.map(({ volumeId }) => volumeId) }));
  const each = Math.ceil(measured.length / PARALLEL);
  const parts = Array.from({ length: PARALLEL }, (_, i) => measured.slice(i * each, (i + 1) * each));
  const read = await Promise.all(parts.map(part => readHistories(part, { from: now - SECONDS_SEEN, to: now }, now, SAMPLE)));
  return new Map(read.flatMap(({ histories }) => histories).map(({ id, writes, cpu }) => [id, { writes: recent(writes, now), cpu: recent(cpu, now) }]));
}
