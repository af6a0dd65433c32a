import type { Instance } from '@aws-sdk/client-ec2';
import type { Host } from '../hosts';
import { EXECUTION, OWNER, tagMap } from '../tags';

/** A host of a session, as far as its instance still tells. */
export function hostOf(instance: Instance | undefined, instanceId: string, owner: string): Host {
  return { instanceId, address: instance?.PrivateIpAddress ?? null, launched: isLaunched(instance, owner), protections: null };
}

/** What a launch of this construct made carries its owner, and until the move is over the execution. */
function isLaunched(instance: Instance | undefined, owner: string): boolean {
  const tags = tagMap(instance?.Tags);
  return tags[OWNER] === owner && tags[EXECUTION] !== undefined;
}
