import { readMetrics, type WantedMetric } from './metric-data';

/** What an Outpost has free by type. What CloudWatch tells nothing of is not there: it may be installed or not. */
export interface OutpostRoom {
  /** Instances that anybody may launch. */
  readonly instances: ReadonlyMap<string, number>;
  /** GiB of volumes. */
  readonly gib: ReadonlyMap<string, number>;
}

/** Points come every five minutes; an Outpost that is cut off sends none, and what was free an hour ago tells nothing. */
const PERIOD = 300;
const LATEST = 3600;

/**
 * What is free at an Outpost ("CloudWatch metrics for Outposts racks"): `AvailableInstanceType_Count` counts what Capacity Reservations keep for
 * others, too, so that is taken off. Dedicated Hosts are in none of these. That the gigabytes of `EBSVolumeTypeCapacityAvailabilityGB` are those
 * in which volumes are sized (GiB), and that a type without reservations may have no `AvailableReservedInstances`, is unverified against AWS.
 */
export async function outpostRoom(
  outpostArn: string, instanceTypes: readonly string[], volumeTypes: readonly string[], now = Date.now() / 1000,
): Promise<OutpostRoom> {
  const OutpostId = outpostArn.split('/').at(-1) ?? '';
  const wanted = (MetricName: string, Name: string, types: readonly string[]): WantedMetric[] => types.map(type => ({
    key: `${MetricName} ${type}`, statistic: 'Average',
    metric: { Namespace: 'AWS/Outposts', MetricName, Dimensions: [{ Name, Value: type }, { Name: 'OutpostId', Value: OutpostId }] },
  }));
  const { points } = await readMetrics([
    ...wanted('AvailableInstanceType_Count', 'InstanceType', instanceTypes), ...wanted('AvailableReservedInstances', 'InstanceType', instanceTypes),
    ...wanted('EBSVolumeTypeCapacityAvailabilityGB', 'VolumeType', volumeTypes),
  ], { from: now - LATEST, to: now }, PERIOD, now);
  const newest = (name: string, type: string): number | undefined => points.get(`${name} ${type}`)?.at(-1)?.value;
  const known = (types: readonly string[], value: (type: string) => number | undefined): Map<string, number> => {
    const found = types.map(type => [type, value(type)] as const);
    return new Map(found.flatMap(([type, count]): [string, number][] => (count === undefined ? [] : [[type, Math.max(0, Math.floor(count))]])));
  };
  return {
    instances: known(instanceTypes, type => {
      const available = newest('AvailableInstanceType_Count', type);
      return available === undefined ? undefined : available - (newest('AvailableReservedInstances', type) ?? 0);
    }),
    gib: known(volumeTypes, type => newest('EBSVolumeTypeCapacityAvailabilityGB', type)),
  };
}

/** What nobody can know before it is launched. */
export function unknownRoom({ instances, gib }: OutpostRoom, instanceTypes: readonly string[], volumeTypes: readonly string[], name: string): string[] {
  const missing = [...instanceTypes.filter(type => !instances.has(type)), ...volumeTypes.filter(type => !gib.has(type)).map(type => `${type} volumes`)];
  return missing.length === 0 ? [] : [`CloudWatch tells nothing of the room for ${missing.join(', ')} at ${name}: whether there is any shows when a target is launched; what does not fit goes on at its source`];
}

/** What one target needs, and is not there just now. Somebody may make room until it is launched, so this is no refusal. */
export function lackingRoom({ instances, gib }: OutpostRoom, types: readonly string[], needed: Readonly<Record<string, number>>, name: string): string[] {
  const then = 'if nobody makes room, the launch fails in the pause, and the source goes on';
  return [
    ...types.filter(type => instances.get(type) === 0).map(type => `${name} has no ${type} free: ${then}`),
    ...Object.entries(needed).flatMap(([volumeType, wanted]) => {
      const free = gib.get(volumeType) ?? Infinity;
      return free < wanted ? [`${name} has ${free} GiB of ${volumeType} free, ${wanted} are needed: ${then}`] : [];
    }),
  ];
}
