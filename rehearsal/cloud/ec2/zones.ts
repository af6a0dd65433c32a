import type { AvailabilityZone, DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResult } from '@aws-sdk/client-ec2';
import type { Call } from '../service';
import { invalidValue } from './errors';
import { filtered, plain } from './filters';

const letters = ['a', 'b', 'c'];

/** The zones of a Region: three here, in every Region. Ids are shuffled per account on AWS; here they follow the letters. */
export function zones(region: string): { name: string; id: string }[] {
  return letters.map((letter, index) => ({ name: region + letter, id: `${shortRegion(region)}-az${index + 1}` }));
}

export function zoneId(region: string, name: string): string {
  return zones(region).find(zone => zone.name === name)?.id ?? `${shortRegion(region)}-az${name.charCodeAt(name.length - 1) - 96}`;
}

/** A zone given by name or by id, but not by both (SDK, CreateVolumeRequest.AvailabilityZoneId). */
export function zoneName(region: string, name: string | undefined, id: string | undefined): string | undefined {
  if (name !== undefined && id !== undefined) {
    throw invalidValue('Only one of AvailabilityZone and AvailabilityZoneId can be specified.');
  }
  if (id === undefined) return name;
  const zone = zones(region).find(each => each.id === id);
  if (!zone) throw invalidValue(`Invalid availability zone-id: [${id}]`);
  return zone.name;
}

/** `us-east-1` is `use1`, `ap-southeast-2` is `apse2`, `us-gov-west-1` is `usgw1`. */
function shortRegion(region: string): string {
  const parts = region.split('-');
  const number = parts.pop()!;
  const directions = parts.pop()!.replace(/^(north|south|central)(east|west)?$/, (_all, first: string, second?: string) => first[0]! + (second?.[0] ?? ''));
  return parts.map((part, index) => index === 0 ? part : part[0]).join('') + (directions.length > 2 ? directions[0] : directions) + number;
}

export function describeAvailabilityZones(input: DescribeAvailabilityZonesRequest, { account }: Call): DescribeAvailabilityZonesResult {
  const all: AvailabilityZone[] = zones(account.region).map(({ name, id }) => ({
    OptInStatus: 'opt-in-not-required', RegionName: account.region, ZoneName: name, ZoneId: id,
    GroupName: account.region, NetworkBorderGroup: account.region, ZoneType: 'availability-zone', State: 'available', Messages: [],
  }));
  for (const name of input.ZoneNames ?? []) {
    if (!all.some(zone => zone.ZoneName === name)) throw invalidValue(`Invalid availability zone: [${name}]`);
  }
  const named = all.filter(zone => (input.ZoneNames ?? [zone.ZoneName]).includes(zone.ZoneName!)
    && (input.ZoneIds ?? [zone.ZoneId]).includes(zone.ZoneId!));
  return {
    AvailabilityZones: filtered(named, input.Filters, {
      'zone-name': plain(zone => zone.ZoneName), 'zone-id': plain(zone => zone.ZoneId), 'zone-type': plain(zone => zone.ZoneType),
      'state': plain(zone => zone.State), 'region-name': plain(zone => zone.RegionName), 'group-name': plain(zone => zone.GroupName),
      'opt-in-status': plain(zone => zone.OptInStatus),
    }),
  };
}
