import { PortsNotPossible } from '../errors';
import type { Launch } from '../plan/launch-input';
import { type SubnetFacts, subnetsOf } from '../plan/subnets';

/** An instance, or the subnet in which one will be. */
export interface Place { readonly id: string; readonly vpcId: string | undefined }

/** The security group by which two instances reach each other is one of the construct's VPC; null: the construct opens no ports. */
export function refuseOtherVpc(vpcId: string | null, places: readonly Place[]): void {
  const elsewhere = places.filter(place => vpcId !== null && place.vpcId !== vpcId).map(place => `${place.id} is in ${place.vpcId ?? 'no VPC'}`);
  if (elsewhere.length === 0) return;
  throw new PortsNotPossible(`${elsewhere.join(' and ')}, not in the construct's vpc ${vpcId}: move instances of that VPC only, or leave the prop vpc out and open`
    + ' the ports yourself');
}

/** Where a launch will put an instance. */
export function placesOf(launch: Launch, subnets: readonly SubnetFacts[]): Place[] {
  return subnetsOf(launch, subnets).map(({ subnetId, vpcId }) => ({ id: subnetId, vpcId }));
}
