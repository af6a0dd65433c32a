import { ListResourceRecordSetsCommand, type ListResourceRecordSetsCommandOutput, type ResourceRecordSet, Route53Client } from '@aws-sdk/client-route-53';
import type { TrafficRecord } from '../sync/request';
import { canonical, type Endpoint, type Names } from './places';

export const route53 = new Route53Client({});

/** All record sets of one name and type: several where a routing policy chooses between them. */
export async function readRecordSets({ hostedZoneId, name, type }: TrafficRecord): Promise<ResourceRecordSet[]> {
  const sets: ResourceRecordSet[] = [];
  let identifier: string | undefined;
  for (;;) {
    const page: ListResourceRecordSetsCommandOutput = await route53.send(new ListResourceRecordSetsCommand({
      HostedZoneId: hostedZoneId, StartRecordName: name, StartRecordType: type, ...identifier === undefined ? {} : { StartRecordIdentifier: identifier },
    }));
    sets.push(...(page.ResourceRecordSets ?? []).filter(set => set.Name === name && set.Type === type));
    // a page ends within one name only where a routing policy has more sets than a page holds
    identifier = page.NextRecordName === name && page.NextRecordType === type ? page.NextRecordIdentifier : undefined;
    if (!page.IsTruncated || identifier === undefined) return sets;
  }
}

/** Every value that an instance is named by. */
export function valuesOf({ places, ipv6 }: Endpoint): string[] {
  return [...places.flatMap(({ privateIp, publicIp, privateName, publicName }) => [privateIp, publicIp, privateName, publicName]), ...ipv6]
    .flatMap(value => (value === null ? [] : [canonical(value)]));
}

/** Whether a set names an instance. */
export function namesInstance({ ResourceRecords = [] }: ResourceRecordSet, values: readonly string[]): boolean {
  return ResourceRecords.some(({ Value }) => values.includes(canonical(Value ?? '')));
}

/**
 * The set as it shall be, all else in it as it was; undefined when it names neither instance. One that names the successor already is
 * written again, so that there is a change to wait for when the answer of a first call was lost.
 */
export function movedSet(set: ResourceRecordSet, names: Names, successor: readonly string[]): ResourceRecordSet | { readonly problem: string } | undefined {
  const former = [...names.keys()];
  if (!namesInstance(set, former) && !namesInstance(set, successor)) return undefined;
  const values: string[] = [];
  for (const { Value = '' } of set.ResourceRecords ?? []) {
    const moved = names.has(canonical(Value)) ? names.get(canonical(Value)) : Value;
    if (!moved) return { problem: `the record ${set.Type} ${set.Name} names ${Value}, but the other instance has nothing in its place` };
    if (!values.some(value => canonical(value) === canonical(moved))) values.push(moved);
  }
  return { ...set, ResourceRecords: values.map(Value => ({ Value })) };
}
