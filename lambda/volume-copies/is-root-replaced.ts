import { DescribeReplaceRootVolumeTasksCommand, ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { RootNotReplaced } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { byCopy } from '../shared/plan/strategies';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly taskId: string;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output { readonly replaced: boolean; readonly waitSeconds: number }

/** Looks whether the instance has booted from the copied root; then its volumes go, or stay, with it as the source's do. */
export async function handler({ plan, instanceIds: [InstanceId = ''], taskId, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  // by a filter: a call by id fails as long as EC2 does not show it
  const { ReplaceRootVolumeTasks = [] } = await ec2.send(new DescribeReplaceRootVolumeTasksCommand({ Filters: [{ Name: 'instance-id', Values: [InstanceId] }] }));
  const state = ReplaceRootVolumeTasks.find(({ ReplaceRootVolumeTaskId }) => ReplaceRootVolumeTaskId === taskId)?.TaskState;
  if (state === 'failed' || state === 'failed-detached') {
    throw new RootNotReplaced(`EC2 could not give ${InstanceId} the copied root: the task ${taskId} is ${state}`);
  }
  // the SDK does not know every state ("failing-detached"): only the final ones count
  if (state !== 'succeeded') return { replaced: false, waitSeconds: pollDelay(since) };
  // an attached volume outlives its instance unless told otherwise, and a replaced root hands nothing over
  const doomed = byCopy(plan).filter(({ deleteOnTermination }) => deleteOnTermination);
  if (doomed.length > 0) {
    const BlockDeviceMappings = doomed.map(({ device }) => ({ DeviceName: device, Ebs: { DeleteOnTermination: true } }));
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, BlockDeviceMappings }));
  }
  return { replaced: true, waitSeconds: 0 };
}
