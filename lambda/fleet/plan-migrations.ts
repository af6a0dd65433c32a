import { offsetsOf } from '../planning/time/zone';
import { InvalidRequest } from '../shared/errors';
import { buildPlan } from '../shared/fleet/build-plan';
import type { Fleet } from '../shared/fleet/facts';
import { predict } from '../shared/fleet/forecast';
import type { Profile } from '../shared/fleet/mover';
import { forecastKey, keysOf } from '../shared/fleet/objects';
import type { PastMove } from '../shared/fleet/past';
import type { LinkForecasts } from '../shared/fleet/plan';
import { storedProfile } from '../shared/fleet/profiles';
import type { FleetRequest } from '../shared/fleet/request';
import { initialStatus } from '../shared/fleet/status';
import { historyKey, restored, type StoredHistory } from '../shared/instance-metrics/history';
import type { Location } from '../shared/locations';
import { readJson, writeJson, writeText } from '../shared/objects';
import { planPicture } from '../shared/picture/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly locations: readonly Location[];
  readonly shards: number;
  readonly metricsRequested: number;
}
export interface Output {
  readonly moves: number;
  readonly refused: number;
  readonly gap: number;
  /** Bytes over the links. */
  readonly bytes: number;
  /** ISO 8601; null: nothing is to be moved. */
  readonly begins: string | null;
  readonly ends: string | null;
}

/** So much of a function's minute is for the search; the rest is for reading and writing. */
const SEARCH_MS = 30_000;
/** Objects that are read at once. */
const AT_ONCE = 10;

/** Plans when, over which link and how fast each instance moves, or why it does not. */
export async function handler({ bucket, prefix, locations, shards, metricsRequested, execution }: Input): Promise<Output> {
  const began = Date.now();
  const keys = keysOf({ prefix });
  const [request, fleet, forecasts, past] = await Promise.all([
    readJson<FleetRequest>(bucket, keys.request), readJson<Fleet>(bucket, keys.fleet), readJson<LinkForecasts>(bucket, keys.links),
    readJson<readonly PastMove[]>(bucket, keys.past),
  ]);
  const destination = locations.find(({ name }) => name === request.destination);
  if (!destination) throw new InvalidRequest(`destination: ${request.destination} is no location of the construct any more`);
  const profiles = await predictAll({ bucket, prefix, shards }, request, forecasts);
  const searchUntil = Date.now() + SEARCH_MS;
  const plan = buildPlan({
    request, fleet, forecasts, profiles, past, destination, locations, execution, metricsRead: metricsRequested, now: began / 1000,
    isTimeUp: () => Date.now() > searchUntil,
  });
  await Promise.all([
    writeJson(bucket, keys.plan, plan), writeText(bucket, keys.page, planPicture(plan), 'text/html; charset=utf-8'),
    writeJson(bucket, keys.status, initialStatus(plan)),
  ]);
  const times = plan.moves.map(({ start, end }) => ({ start, end }));
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
  return {
    moves: plan.moves.length, refused: plan.refusals.length, gap: plan.gap, bytes: plan.moves.reduce((sum, { bytes }) => sum + bytes, 0),
    begins: times.length === 0 ? null : at(times.reduce((least, { start }) => Math.min(least, start), Infinity)),
    ends: times.length === 0 ? null : at(times.reduce((most, { end }) => Math.max(most, end), 0)),
  };
}

/** What is forecast of each instance, shard by shard; kept for those who decide, so that they need not read weeks of metrics again. */
async function predictAll(
  { bucket, prefix, shards }: Pick<Input, 'bucket' | 'prefix' | 'shards'>, { timeZone }: FleetRequest, { grid }: LinkForecasts,
): Promise<Map<string, Profile>> {
  const offset = offsetsOf(timeZone);
  const profiles = new Map<string, Profile>();
  const one = async (shard: number): Promise<void> => {
    const histories = await readJson<readonly StoredHistory[]>(bucket, historyKey(prefix, shard));
    const predicted = histories.map(restored).map(({ id, writes, cpu }): Profile => {
      const [w, c] = [predict(writes, grid, offset), predict(cpu, grid, offset)];
      return { id, writes: w.values, cpu: c.values, days: Math.min(w.days, c.days) };
    });
    for (const profile of predicted) profiles.set(profile.id, profile);
    await writeJson(bucket, forecastKey({ prefix }, shard), predicted.map(storedProfile));
  };
  for (let at = 0; at < shards; at += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, shards - at) }, (_, i) => one(at + i)));
  }
  return profiles;
}
