import { AttachVolumeCommand } from '@aws-sdk/client-ec2';
import type { VolumeCopy } from '../shared/copies';
import { ec2 } from '../shared/ec2';
import { errorName } from '../shared/error-name';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly copies: readonly VolumeCopy[];
}
export type Output = Record<string, never>;

/** Attaches the copied data volumes under their devices' names: they are there when the instance boots from the copied root. */
export async function handler({ plan, instanceIds: [InstanceId], copies }: Input): Promise<Output> {
  for (const { device, volumeId } of copies) {
    if (device !== plan.image.rootDeviceName) await attach(volumeId, InstanceId, device);
  }
  return {};
}

/** AttachVolume has no token. A volume that is attached already is so by a call whose answer was lost: 'Are copies attached' makes sure of it. */
async function attach(VolumeId: string, InstanceId: string | undefined, Device: string): Promise<void> {
  try {
    await ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
  } catch (error) {
    if (errorName(error) !== 'VolumeInUse') throw error;
  }
}
