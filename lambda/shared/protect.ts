import { ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';
import type { Host } from './hosts';
import { type LeftOver, reasonOf } from './removal';

/** As its source was; an existing target is its owner's. */
export async function protect({ instanceId, launched, protections }: Host): Promise<LeftOver[]> {
  if (!launched) return [];
  if (protections === null) {
    return [{ type: 'instance', id: instanceId, reason: 'the session was continued, so it is not known whether the source was protected: look at the target\'s own protections' }];
  }
  try {
    if (protections.termination) await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: instanceId, DisableApiTermination: { Value: true } }));
    if (protections.stop) await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: instanceId, DisableApiStop: { Value: true } }));
    return [];
  } catch (error) {
    return [{ type: 'instance', id: instanceId, reason: `it is not protected as its source was: ${reasonOf(error)}` }];
  }
}
