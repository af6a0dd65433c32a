import { errorName } from '../shared/error-name';
import type { Fleet } from '../shared/fleet/facts';
import { gateOf, turnOf } from '../shared/fleet/groups';
import { keysOf } from '../shared/fleet/objects';
import type { Decision } from '../shared/fleet/online';
import { nextLook } from '../shared/fleet/next-look';
import type { LinkForecasts } from '../shared/fleet/plan';
import type { FleetRequest } from '../shared/fleet/request';
import { takesOf } from '../shared/fleet/room';
import { executionName, moveInput, type Starts } from '../shared/fleet/starts';
import { type FleetStatus, inState, isCopying, type Progress } from '../shared/fleet/status';
import { bookOf } from '../shared/links';
import type { Location } from '../shared/locations';
import { readJson, writeJson } from '../shared/objects';
import { reserve, type Wanted } from '../shared/reservations/reservations';
import type { Takes } from '../shared/reservations/room';
import { startOnce } from '../shared/start-execution';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly table: string;
  /** The machine that moves one instance. */
  readonly machine: string;
  readonly locations: readonly Location[];
}
export interface Output {
  readonly started: number;
  /** ISO 8601: when to look again. */
  readonly nextLook: string;
}

/** A reservation runs out so long after the end that was expected, unless the move renews it. */
const GRACE = 900;

/** Starts the moves that were decided on, each under a name that tells fleet, instance and attempt. */
export async function handler({ bucket, prefix, table, machine, locations, execution }: Input): Promise<Output> {
  const keys = keysOf({ prefix });
  const [request, fleet, status, { starts, refusals }, forecasts] = await Promise.all([
    readJson<FleetRequest>(bucket, keys.request), readJson<Fleet>(bucket, keys.fleet), readJson<FleetStatus>(bucket, keys.status),
    readJson<Starts>(bucket, keys.starts), readJson<LinkForecasts>(bucket, keys.links),
  ]);
  const destination = locations.find(({ name }) => name === request.destination);
  const instances: Record<string, Progress> = { ...status.instances };
  for (const { id, reason } of refusals) instances[id] = { state: 'refused', reason };
  let started = 0;
  for (const decision of starts) {
    const { id } = decision;
    const progress = instances[id];
    if (progress?.state !== 'waiting') continue; // an earlier try of this step did it
    const attempts = progress.attempts + 1;
    const forecast = forecasts.links.find(link => link.id === decision.link);
    const devices = fleet.instances.find(each => each.id === id)?.volumes.filter(({ root }) => !root).map(({ device }) => device) ?? [];
    const turn = turnOf(request, id, instances);
    if (turn.may !== 'start') continue; // others of its group were refused in this very turn: what it had reserved runs out
    const { together } = turn;
    const gate = together && gateOf(execution, together, decision.waits);
    const arn = await startOnce(machine, executionName(execution, id, attempts), moveInput(request, decision, forecast?.direction ?? 'to-edge', execution, devices, gate));
    const takes = destination && takesAt(fleet, id, destination);
    if (forecast) await handOver({ table, book: bookOf(forecast.link, forecast.direction), execution, takes }, decision, forecasts);
    instances[id] = { state: 'moving', attempts, execution: arn, expected: decision, switched: null, ...together && { gate: together.number } };
    started++;
  }
  await writeJson(bucket, keys.status, { instances } satisfies FleetStatus);
  const hasPart = inState({ instances }, 'moving').some(([, progress]) => isCopying(progress));
  return { started, nextLook: nextLook(execution, hasPart, Date.now() / 1000) };
}

/** What it takes of an Outpost is promised to it from now on: nobody else plans with that. */
function takesAt({ instances }: Fleet, id: string, { outpostArn }: Location): Takes | undefined {
  const instance = instances.find(each => each.id === id);
  return instance && outpostArn !== undefined ? takesOf(instance, outpostArn) : undefined;
}

type Holder = Pick<Wanted, 'table' | 'book' | 'execution' | 'takes'>;

/** From now on the room is the move's own, which renews it in its loop: it is held until its expected end. */
async function handOver(holder: Holder, decision: Decision, { grid, links }: LinkForecasts): Promise<void> {
  const { id, link, rate, start: from, until } = decision;
  const room = links.find(each => each.id === link)?.room ?? [];
  try {
    const seconds = Math.max(GRACE, until + GRACE - Date.now() / 1000);
    await reserve({ ...holder, migration: id, from, to: until, rate, seconds }, { ...grid, values: room });
  } catch (error) {
    // the move has begun: it finds out itself whether its reservation holds
    if (errorName(error) !== 'LinkIsFull') throw error;
  }
}
