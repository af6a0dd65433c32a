import type { Instance } from '@aws-sdk/client-ec2';
import { plain } from '../json';
import { placeOf } from './network';
import type { Plan } from './plan';

/** The groups that each interface of a clone has, and those that it shall have in the end. */
export function groupsOf({ launch }: Plan, { NetworkInterfaces = [] }: Instance): { id: string; planned: string[]; present: string[] }[] {
  return NetworkInterfaces.flatMap(one => {
    const place = placeOf(plain(one));
    const planned = launch.NetworkInterfaces?.find(({ NetworkCardIndex = 0, DeviceIndex = 0 }) =>
      NetworkCardIndex === place.networkCardIndex && DeviceIndex === place.deviceIndex);
    // any other was attached by the clone's own software
    return planned?.Groups ? [{ id: one.NetworkInterfaceId ?? '', planned: [...planned.Groups].sort(), present: (one.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []).sort() }] : [];
  });
}
