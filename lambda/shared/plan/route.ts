import type { Source } from '../source/source';
import type { Route } from '../step';

/**
 * RegisterImage loses billing codes, so it serves only plain Linux; CreateImage starts from the instance and keeps them
 * (EC2 user guide, "creating-an-ami-ebs"; doc comment of RegisterImage in client-ec2).
 */
export function routeOf({ instance }: Source, vss = false): Route {
  // CreateImage would take snapshots of its own, outside of the freeze; whether those of VSS brought the billing codes is looked at on the image
  if (vss) return 'register-image';
  const plainLinux = instance.PlatformDetails === 'Linux/UNIX' && instance.UsageOperation === 'RunInstances'
    && (instance.ProductCodes ?? []).length === 0
    && !instance.Architecture?.endsWith('_mac'); // RegisterImage of macOS is not documented
  return plainLinux ? 'register-image' : 'create-image';
}
