import { FleetTooLarge, InvalidRequest } from '../shared/errors';
import { type Fleet, instanceFacts, notesOn, type Refused, whyNot } from '../shared/fleet/facts';
import { instancesOf, typesWithInstanceStore, volumesOf } from '../shared/fleet/look';
import { measuredKey, shardsOf } from '../shared/instance-metrics/history';
import type { Location } from '../shared/locations';
import { readJson, writeJson } from '../shared/objects';
import { keysOf } from '../shared/replay/objects';
import type { ReplayRequest } from '../shared/replay/request';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly locations: readonly Location[];
}
export interface Output {
  readonly instances: number;
  readonly refused: number;
  /** Objects with the instances whose metrics are to be read. */
  readonly shards: number;
}

/** Four strategies for so many instances are carried through one window in a function's minute. */
const MOST_INSTANCES = 500;

/** Reads what is to be known of each instance. Nothing is moved, so it need not carry the tag that a move asks for. */
export async function handler({ bucket, prefix, locations }: Input): Promise<Output> {
  const keys = keysOf(prefix);
  const { fleet: request } = await readJson<ReplayRequest>(bucket, keys.request);
  const destination = locations.find(({ name }) => name === request.destination);
  if (!destination) throw new InvalidRequest(`destination: ${request.destination} is no location of the construct any more`);
  const found = await instancesOf(request);
  if (found.length > MOST_INSTANCES) throw new FleetTooLarge(`${found.length} instances are asked for, a replay takes at most ${MOST_INSTANCES}: replay a part of them`);
  const volumes = await volumesOf(found);
  const surroundings = { destination, locations, tag: null, typesWithInstanceStore: await typesWithInstanceStore(found), lifecycles: null };
  const known = new Set(found.map(({ InstanceId }) => InstanceId));
  const gone = (request.instances.ids ?? []).filter(id => !known.has(id)).map((id): Refused => ({ id, reason: `${id} does not exist in this account and Region` }));
  const looked = found.map(instance => ({ instance, reason: whyNot(instance, volumes, surroundings) }));
  const movable = looked.filter(({ reason }) => reason === undefined).map(({ instance }) => instance);
  const fleet: Fleet = {
    instances: movable.map(instance => instanceFacts(instance, volumes)),
    refusals: [...gone, ...looked.flatMap(({ instance, reason }) => (reason === undefined ? [] : [{ id: instance.InstanceId ?? '', reason }]))],
    notes: movable.flatMap(instance => notesOn(instance, null)),
  };
  const shards = shardsOf(fleet.instances.map(({ id, volumes: own }) => ({ id, volumeIds: own.map(({ volumeId }) => volumeId) })));
  await Promise.all([writeJson(bucket, keys.fleet, fleet), ...shards.map((shard, index) => writeJson(bucket, measuredKey(prefix, index), shard))]);
  return { instances: fleet.instances.length, refused: fleet.refusals.length, shards: shards.length };
}
