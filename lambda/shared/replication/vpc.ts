import { PortsNotPossible } from '../errors';

/** An instance, or the subnet in which it will be. */
export interface Place { readonly id: string; readonly vpcId: string | undefined }

/** The security group by which two instances reach each other is one of the construct's VPC. */
export function refuseOtherVpc(vpcId: string, places: readonly Place[]): void {
  const elsewhere = places.filter(place => place.vpcId !== vpcId).map(place => `${place.id} is in ${place.vpcId ?? 'no VPC'}`);
  if (elsewhere.length === 0) return;
  throw new PortsNotPossible(`${elsewhere.join(' and ')}, not in the construct's vpc ${vpcId}: move instances of that VPC only, or leave the prop vpc out and open`
    + ' the ports yourself');
}
