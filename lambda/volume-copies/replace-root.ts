import { CreateReplaceRootVolumeTaskCommand } from '@aws-sdk/client-ec2';
import { clientToken } from '../shared/client-token';
import type { VolumeCopy } from '../shared/copies';
import { ec2 } from '../shared/ec2';
import { RootNotReplaced } from '../shared/errors';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  readonly instanceIds: readonly string[];
  readonly copies: readonly VolumeCopy[];
}
export interface Output { readonly taskId: string }

/** Lets the copied root take the place of the placeholder's own, which reboots it: from now on it is the clone. */
export async function handler({ plan, attempt, instanceIds: [InstanceId], copies, execution }: Input): Promise<Output> {
  const root = copies.find(({ device }) => device === plan.image.rootDeviceName);
  if (!root) throw new RootNotReplaced(`there is no copy of ${plan.image.rootDeviceName}`);
  const { ReplaceRootVolumeTask: task } = await ec2.send(new CreateReplaceRootVolumeTaskCommand({
    InstanceId, VolumeId: root.volumeId, DeleteReplacedRootVolume: true, ClientToken: clientToken(execution, 'replace-root', `${attempt}`),
  }));
  return { taskId: task?.ReplaceRootVolumeTaskId ?? '' };
}
