import type { Address } from '@aws-sdk/client-ec2';

/** Takes an Elastic IP address off what it belongs to; it stays allocated. */
export function unbind(address: Address): void {
  for (const member of ['AssociationId', 'InstanceId', 'NetworkInterfaceId', 'NetworkInterfaceOwnerId', 'PrivateIpAddress'] as const) delete address[member];
}
