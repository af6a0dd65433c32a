import type { Instance, InstanceNetworkInterface } from '@aws-sdk/client-ec2';
import type { Host } from '../hosts';

/** A private address of an instance, with all the names it is known by. */
export interface Place {
  readonly interfaceId: string | null;
  readonly privateIp: string | null;
  readonly publicIp: string | null;
  readonly privateName: string | null;
  readonly publicName: string | null;
}

/** An instance as its clients find it. */
export interface Endpoint {
  readonly instanceId: string;
  /** The primary address first; then in the order of network cards and devices. */
  readonly places: readonly Place[];
  readonly ipv6: readonly string[];
}

/** What is gone has one place, with the address that was known of it. */
export function endpointOf(instance: Instance | undefined, { instanceId, address }: Pick<Host, 'instanceId' | 'address'>): Endpoint {
  const interfaces = [...instance?.NetworkInterfaces ?? []].sort((one, other) => rank(one) - rank(other));
  const places = interfaces.flatMap(({ NetworkInterfaceId, PrivateIpAddresses = [] }) =>
    [...PrivateIpAddresses].sort((one, other) => Number(other.Primary ?? false) - Number(one.Primary ?? false))
      .map(({ PrivateIpAddress, PrivateDnsName, Association }): Place => ({
        interfaceId: NetworkInterfaceId ?? null,
        privateIp: PrivateIpAddress ?? null,
        publicIp: Association?.PublicIp ?? null,
        privateName: PrivateDnsName || null,
        publicName: Association?.PublicDnsName || null,
      })));
  const known: Place = { interfaceId: null, privateIp: address, publicIp: null, privateName: null, publicName: null };
  return {
    instanceId,
    places: places.length > 0 ? places : [known],
    ipv6: interfaces.flatMap(({ Ipv6Addresses = [] }) => Ipv6Addresses.flatMap(({ Ipv6Address }) => Ipv6Address ?? [])),
  };
}

/** Cards first, and the devices of each. */
function rank({ Attachment }: InstanceNetworkInterface): number {
  return (Attachment?.NetworkCardIndex ?? 0) * 1000 + (Attachment?.DeviceIndex ?? 0);
}

/** Every name of the former instance and the same of its successor, by place; null: the successor has none there. */
export type Names = ReadonlyMap<string, string | null>;

/** `following`: public addresses that go with the workload and are no names of either. */
export function namesOf(from: Endpoint, to: Endpoint, following: readonly string[] = []): Names {
  const pairs = from.places.flatMap((place, index): [string | null, string | null][] => {
    const other = to.places[index];
    const follows = place.publicIp !== null && following.includes(place.publicIp);
    return [
      [place.privateIp, other?.privateIp ?? null],
      [place.privateName, other?.privateName ?? null],
      ...follows ? [] : [[place.publicIp, other?.publicIp ?? null], [place.publicName, other?.publicName ?? null]] satisfies [string | null, string | null][],
    ];
  });
  const addresses = from.ipv6.map((address, index): [string, string | null] => [address, to.ipv6[index] ?? null]);
  return new Map([...pairs, ...addresses].flatMap(([name, successor]) => (name === null ? [] : [[canonical(name), successor]])));
}

/** Names are the same in upper and lower case, with and without the dot at their end. */
export function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
