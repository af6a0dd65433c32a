import { isIPv4, isIPv6 } from 'node:net';
import type { Change } from '@aws-sdk/client-route-53';
import { type HostedZone, keyOf, normalized, type RecordSet } from './state';

/**
 * The records of a zone after a batch of changes, or what is wrong with them: "either makes all or none of the changes" (API reference,
 * ChangeResourceRecordSets). The words are those that users report from AWS; those about routing policies are unverified against AWS.
 */
export function applied(zone: HostedZone, changes: readonly Change[]): { readonly records: Map<string, RecordSet>; readonly problems: string[] } {
  const records = new Map(zone.records);
  const problems: string[] = [];
  for (const { Action: action, ResourceRecordSet: given } of changes) {
    const set: RecordSet = { ...given as RecordSet, Name: normalized(given!.Name!) };
    const wrong = problemOf(zone, set) ?? conflictOf(records, zone, set, action!);
    if (wrong !== undefined) {
      problems.push(wrong);
      continue;
    }
    if (action === 'DELETE') records.delete(keyOf(set));
    else records.set(keyOf(set), set);
  }
  return { records, problems };
}

/** What a record set can not be by itself. */
function problemOf(zone: HostedZone, set: RecordSet): string | undefined {
  const { Name: name, Type: type, TTL, ResourceRecords: values, AliasTarget: alias, SetIdentifier: identifier } = set;
  if (name !== zone.name && !name.endsWith(`.${zone.name}`)) return `RRSet with DNS name ${name} is not permitted in zone ${zone.name}`;
  const policies = [set.Weight, set.Region, set.GeoLocation, set.Failover, set.MultiValueAnswer, set.CidrRoutingConfig, set.GeoProximityLocation]
    .filter(each => each !== undefined).length;
  if (policies > 1 || (policies === 0) !== (identifier === undefined)) {
    return `Invalid request: expected exactly one routing policy with a SetIdentifier, or neither, for [name='${name}', type='${type}']`;
  }
  if (alias) {
    return TTL === undefined && !values?.length ? undefined
      : `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]], but found more than one in Change with [Action=UPSERT, Name=${name}, Type=${type}]`;
  }
  if (TTL === undefined || !values?.length) {
    return `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]], but found none in Change with [Name=${name}, Type=${type}]`;
  }
  if (new Set(values.map(each => each.Value)).size < values.length) return `Duplicate Resource Record: '${values[0]!.Value}'`;
  if (type === 'CNAME' && values.length > 1) return `Too many resource records: a CNAME record set has one value [name='${name}']`;
  for (const { Value: value = '' } of values) {
    if (type === 'A' && !isIPv4(value)) {
      return `Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '${value}''`;
    }
    if (type === 'AAAA' && !isIPv6(value)) {
      return `Invalid Resource Record: 'FATAL problem: AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address) encountered with '${value}''`;
    }
  }
  return undefined;
}

/** What stands against a change among the records that are there. */
function conflictOf(records: ReadonlyMap<string, RecordSet>, zone: HostedZone, set: RecordSet, action: string): string | undefined {
  const before = records.get(keyOf(set));
  const what = `[name='${set.Name}', type='${set.Type}'${set.SetIdentifier === undefined ? '' : `, set-identifier='${set.SetIdentifier}'`}]`;
  if (action === 'DELETE') {
    if (!before) return `Tried to delete resource record set ${what} but it was not found`;
    // a DELETE must give every value of the record
    return comparable(before) === comparable(set) ? undefined
      : `Tried to delete resource record set ${what} but the values provided do not match the current values`;
  }
  if (action === 'CREATE' && before) return `Tried to create resource record set ${what} but it already exists`;
  const others = [...records.values()].filter(each => each.Name === set.Name && keyOf(each) !== keyOf(set));
  if (set.Type === 'CNAME' && set.Name === zone.name) return `RRSet of type CNAME with DNS name ${set.Name} is not permitted at apex in zone ${zone.name}`;
  if (others.some(each => each.Type !== set.Type && (each.Type === 'CNAME' || set.Type === 'CNAME'))) {
    return `RRSet of type ${set.Type} with DNS name ${set.Name} is not permitted because a conflicting RRSet of type `
      + `${set.Type === 'CNAME' ? others[0]!.Type : 'CNAME'} with the same DNS name already exists in zone ${zone.name}`;
  }
  if (others.some(each => each.Type === set.Type && (each.SetIdentifier === undefined) !== (set.SetIdentifier === undefined))) {
    return `RRSet with DNS name ${set.Name}, type ${set.Type}, SetIdentifier ${set.SetIdentifier ?? 'null'} cannot be created `
      + 'as other RRSets exist with the same name and type.';
  }
  return undefined;
}

/** A record set as a text in which the order of members and values does not count. */
function comparable(set: RecordSet): string {
  const [alias, values] = [Object.entries(set.AliasTarget ?? {}).sort(), set.ResourceRecords?.map(each => each.Value).sort()];
  return JSON.stringify(Object.entries({ ...set, AliasTarget: alias, ResourceRecords: values }).sort());
}
