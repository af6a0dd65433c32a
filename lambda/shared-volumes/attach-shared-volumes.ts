import { AttachVolumeCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { errorName } from '../shared/error-name';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
}
export type Output = Record<string, never>;

/** Attaches the source's own volumes to the clones too; an attachment of its own kind keeps a volume when its instance goes. */
export async function handler({ plan, instanceIds }: Input): Promise<Output> {
  for (const InstanceId of instanceIds) {
    for (const { device, volumeId } of plan.shared) await attach(volumeId, InstanceId, device);
  }
  return {};
}

/** AttachVolume has no token. A volume that is attached already is so by a call whose answer was lost: the next step makes sure of it. */
async function attach(VolumeId: string, InstanceId: string, Device: string): Promise<void> {
  try {
    await ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
  } catch (error) {
    if (errorName(error) !== 'VolumeInUse') throw error;
  }
}
