import { type Address, DescribeAddressesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../ec2';
import type { Endpoint, Place } from './places';

/** By a filter, for which an address that was released is no error. */
export async function readAddresses(allocationIds: readonly string[]): Promise<Address[]> {
  if (allocationIds.length === 0) return [];
  const { Addresses } = await ec2.send(new DescribeAddressesCommand({ Filters: [{ Name: 'allocation-id', Values: [...allocationIds] }] }));
  return (Addresses ?? []).filter(({ AllocationId }) => allocationIds.includes(AllocationId ?? ''));
}

export interface Association {
  readonly place: Place;
  /** Only what is the former's is taken from somebody. */
  readonly mayReassociate: boolean;
}

/** Where an address goes; `done` when it is there already. */
export function associationOf(address: Address | undefined, allocationId: string, from: Endpoint, to: Endpoint): Association | 'done' | { readonly problem: string } {
  if (!address) return { problem: `${allocationId} is no Elastic IP address of this account and Region` };
  if (address.InstanceId === to.instanceId || placeIn(to, address) >= 0) return 'done';
  const index = address.AssociationId === undefined ? 0 : placeIn(from, address);
  if (index < 0) return { problem: `${allocationId} (${address.PublicIp}) belongs to ${address.InstanceId ?? address.NetworkInterfaceId ?? 'something else'}, not to ${from.instanceId}` };
  const place = to.places[index];
  if (!place?.interfaceId) return { problem: `${to.instanceId} has no private address in the place of ${address.PrivateIpAddress}, which ${allocationId} is associated with` };
  return { place, mayReassociate: address.AssociationId !== undefined };
}

function placeIn({ places }: Endpoint, { NetworkInterfaceId, PrivateIpAddress }: Address): number {
  return places.findIndex(({ interfaceId, privateIp }) => interfaceId !== null && interfaceId === NetworkInterfaceId && privateIp === PrivateIpAddress);
}
