import type { PastMove } from '../shared/fleet/past';
import { errorName } from '../shared/error-name';
import { type Decision, decide } from '../shared/fleet/online';
import { forecastKey, keysOf } from '../shared/fleet/objects';
import type { Profile } from '../shared/fleet/mover';
import type { FleetPlanDocument, LinkForecasts } from '../shared/fleet/plan';
import { restoredObserved, type StoredPoints } from '../shared/fleet/points';
import { restoredProfile, type StoredProfile } from '../shared/fleet/profiles';
import type { FleetRequest } from '../shared/fleet/request';
import type { Starts } from '../shared/fleet/starts';
import { type FleetStatus, inState, isCopying } from '../shared/fleet/status';
import { bookOf } from '../shared/links';
import { readJson, writeJson } from '../shared/objects';
import { refit, reservationId, reserve } from '../shared/reservations/reservations';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly table: string;
  readonly shards: number;
}
export interface Output {
  readonly starts: number;
  readonly refused: number;
  /** Decided on, but another fleet was faster. */
  readonly crowdedOut: number;
}

/** A start that is decided on and never made (an execution that is aborted in between) gives its room back after so long. */
const HOLD = 1800;
const AT_ONCE = 10;

/** Decides who starts in this quarter of an hour, and takes the room for it in the ledger, beside what all others hold. */
export async function handler({ bucket, prefix, table, shards, execution }: Input): Promise<Output> {
  const keys = keysOf({ prefix });
  const now = Math.floor(Date.now() / 1000);
  const [request, plan, forecasts, status, past, points] = await Promise.all([
    readJson<FleetRequest>(bucket, keys.request), readJson<FleetPlanDocument>(bucket, keys.plan), readJson<LinkForecasts>(bucket, keys.links),
    readJson<FleetStatus>(bucket, keys.status), readJson<readonly PastMove[]>(bucket, keys.past), readJson<StoredPoints>(bucket, keys.points),
  ]);
  const isAnyoneWaiting = inState(status, 'waiting').length > 0;
  const profiles = isAnyoneWaiting ? await readProfiles({ bucket, prefix, shards }) : new Map<string, Profile>();
  const { starts, refusals } = decide({ request, plan, forecasts, profiles, status, observed: restoredObserved(points), past, now });
  await refitAll(status, forecasts, table, execution);
  const taken: Decision[] = [];
  for (const start of starts) if (await take(start, forecasts, table, execution)) taken.push(start);
  await writeJson(bucket, keys.starts, { starts: taken, refusals } satisfies Starts);
  return { starts: taken.length, refused: refusals.length, crowdedOut: starts.length - taken.length };
}

/** What goes as blocks holds of each slot what is forecast now; what AWS moves goes as it likes. */
async function refitAll(status: FleetStatus, { grid, links }: LinkForecasts, table: string, execution: string): Promise<void> {
  for (const [id, progress] of inState(status, 'moving').filter(([, { expected }]) => !expected.unpaced)) {
    const { link, start: from, until: to } = progress.expected;
    const forecast = links.find(each => each.id === link);
    if (!forecast || !isCopying(progress)) continue;
    try {
      await refit({ table, book: bookOf(forecast.link, forecast.direction), id: reservationId(execution, id), from, to }, { ...grid, values: forecast.room });
    } catch (error) {
      // what is held stays as it is, until the next quarter of an hour
      if (errorName(error) !== 'LinkIsContended') throw error;
    }
  }
}

/** Room in the ledger, or none: whoever else looked at the same forecast may have been faster. */
async function take({ id, link, rate, start, until }: Decision, { grid, links }: LinkForecasts, table: string, execution: string): Promise<boolean> {
  const forecast = links.find(each => each.id === link);
  if (!forecast) return false;
  try {
    const book = bookOf(forecast.link, forecast.direction);
    await reserve({ table, book, execution, migration: id, from: start, to: until, rate, seconds: HOLD }, { ...grid, values: forecast.room });
    return true;
  } catch (error) {
    if (errorName(error) !== 'LinkIsFull' && errorName(error) !== 'LinkIsContended') throw error;
    return false;
  }
}

async function readProfiles({ bucket, prefix, shards }: Pick<Input, 'bucket' | 'prefix' | 'shards'>): Promise<Map<string, Profile>> {
  const profiles = new Map<string, Profile>();
  for (let at = 0; at < shards; at += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, shards - at) }, (_, i) => readJson<readonly StoredProfile[]>(bucket, forecastKey({ prefix }, at + i)));
    for (const profile of (await Promise.all(some)).flat()) profiles.set(profile.id, restoredProfile(profile));
  }
  return profiles;
}
