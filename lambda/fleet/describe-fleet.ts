import { lifecyclesOf } from '../shared/auto-scaling';
import { FleetTooLarge, InvalidRequest } from '../shared/errors';
import { MOST_INSTANCES } from '../shared/fleet/check';
import { type Fleet, instanceFacts, notesOn, type Refused, whyNot } from '../shared/fleet/facts';
import { keysOf } from '../shared/fleet/objects';
import type { FleetRequest } from '../shared/fleet/request';
import { instancesOf, typesWithInstanceStore, volumesOf } from '../shared/fleet/look';
import { problemsOfReferences, spread } from '../shared/fleet/refusals';
import type { Location } from '../shared/locations';
import { readJson, writeJson } from '../shared/objects';
import type { Step } from '../shared/step';
import { tagMap } from '../shared/tags';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly locations: readonly Location[];
  /** What an instance must carry to be moved. */
  readonly tag: { readonly key: string; readonly value: string };
}
export interface Output {
  readonly instances: number;
  readonly refused: number;
}

/** Reads what a plan needs to know of each instance, and refuses those of which one look shows that they can not be moved. */
export async function handler({ bucket, prefix, locations, tag }: Input): Promise<Output> {
  const keys = keysOf({ prefix });
  const request = await readJson<FleetRequest>(bucket, keys.request);
  const destination = locations.find(({ name }) => name === request.destination);
  if (!destination) throw new InvalidRequest(`destination: ${request.destination} is no location of the construct any more`);
  const found = await instancesOf(request);
  if (found.length > MOST_INSTANCES) throw new FleetTooLarge(`the tag is on ${found.length} instances, a fleet has at most ${MOST_INSTANCES}: move them in several fleets`);
  const problems = problemsOfReferences(request, new Set([...found.map(({ InstanceId = '' }) => InstanceId), ...request.instances.ids ?? []]));
  if (problems.length > 0) throw new InvalidRequest(problems.join('\n'));

  const volumes = await volumesOf(found);
  const surroundings = { destination, locations, tag, typesWithInstanceStore: await typesWithInstanceStore(found), lifecycles: await lifecyclesOf(found) };
  const known = new Set(found.map(({ InstanceId }) => InstanceId));
  const refusals = new Map((request.instances.ids ?? []).filter(id => !known.has(id)).map(id => [id, `${id} does not exist in this account and Region`]));
  for (const instance of found) {
    const reason = whyNot(instance, volumes, surroundings);
    if (reason !== undefined) refusals.set(instance.InstanceId ?? '', reason);
  }
  spread(request, refusals);
  const names = new Map(found.map(({ InstanceId, Tags }) => [InstanceId, tagMap(Tags)['Name']]));
  const movable = found.filter(({ InstanceId = '' }) => !refusals.has(InstanceId));
  const fleet: Fleet = {
    instances: movable.map(instance => instanceFacts(instance, volumes)),
    refusals: [...refusals].map(([id, reason]): Refused => ({ id, reason, name: names.get(id) ?? null })),
    notes: movable.flatMap(instance => notesOn(instance, surroundings.lifecycles)),
  };
  await writeJson(bucket, keys.fleet, fleet);
  return { instances: fleet.instances.length, refused: fleet.refusals.length };
}
