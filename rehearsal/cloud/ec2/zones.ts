import type { AvailabilityZone, DescribeAvailabilityZonesRequest, DescribeAvailabilityZonesResult } from '@aws-sdk/client-ec2';
import type { Call } from '../service';
import { invalidValue } from './errors';
import { filtered, plain } from './filters';
import type { Ec2 } from './state';

const letters = ['a', 'b', 'c'];

/** The zones of a Region: three here, in every Region. Ids are shuffled per account on AWS; here they follow the letters. */
export function zones(region: string): { name: string; id: string }[] {
  return letters.map((letter, index) => ({ name: region + letter, id: `${shortRegion(region)}-az${index + 1}` }));
}

/** Local Zones: `us-west-2-lax-1a` has the id `usw2-lax1-az1`, and is of the group `us-west-2-lax-1`. */
const localZone = /^([a-z]+(?:-[a-z]+)+-\d+)-([a-z]+)-(\d+)([a-z])$/;

export function isLocalZone(name: string): boolean {
  return localZone.test(name);
}

/** The group of a Local Zone: those of one group exchange snapshots. */
export function zoneGroup(name: string): string {
  return name.replace(/[a-z]$/, '');
}

export function zoneId(region: string, name: string): string {
  const [, , city, number, letter] = localZone.exec(name) ?? [];
  const index = (last: string) => last.charCodeAt(last.length - 1) - 96;
  if (letter !== undefined) return `${shortRegion(region)}-${city}${number}-az${index(letter)}`;
  return zones(region).find(zone => zone.name === name)?.id ?? `${shortRegion(region)}-az${index(name)}`;
}

/** A zone given by name or by id, but not by both (SDK, CreateVolumeRequest.AvailabilityZoneId). */
export function zoneName(ec2: Ec2, name: string | undefined, id: string | undefined): string | undefined {
  if (name !== undefined && id !== undefined) {
    throw invalidValue('Only one of AvailabilityZone and AvailabilityZoneId can be specified.');
  }
  if (id === undefined) return name;
  const zone = allZones(ec2).find(each => each.id === id);
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

/** The Region's zones, and the Local Zones that the account has opted into. */
export function allZones(ec2: Ec2): { name: string; id: string }[] {
  return [...zones(ec2.account.region), ...[...ec2.localZones.keys()].map(name => ({ name, id: zoneId(ec2.account.region, name) }))];
}

export function describeAvailabilityZones(input: DescribeAvailabilityZonesRequest, { account }: Call): DescribeAvailabilityZonesResult {
  // AllAvailabilityZones adds those that the account has not opted into: of them the rehearsal has none
  const all: AvailabilityZone[] = allZones(account.ec2).map(({ name, id }) => ({
    RegionName: account.region, ZoneName: name, ZoneId: id, State: 'available', Messages: [],
    ...isLocalZone(name) ? {
      OptInStatus: 'opted-in', GroupName: zoneGroup(name), NetworkBorderGroup: zoneGroup(name), ZoneType: 'local-zone',
      ParentZoneName: zones(account.region)[0]!.name, ParentZoneId: zones(account.region)[0]!.id,
    } : {
      OptInStatus: 'opt-in-not-required', GroupName: account.region, NetworkBorderGroup: account.region, ZoneType: 'availability-zone',
    },
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
      'opt-in-status': plain(zone => zone.OptInStatus), 'parent-zone-name': plain(zone => zone.ParentZoneName),
    }),
  };
}
