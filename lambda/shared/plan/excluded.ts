import type { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import type { Plan } from './plan';

/** Leaves volumes out of an image that is made from the instance (doc comment of BlockDeviceMapping.NoDevice: an empty string removes the device). */
export function excludedMappings(excluded: Plan['excluded']): BlockDeviceMapping[] {
  return excluded.map(({ device }) => ({ DeviceName: device, NoDevice: '' }));
}
