import { StopInstancesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
}
export type Output = Record<string, never>;

/** Stops the source, so that its last snapshots are those of a system that was shut down. A second call finds it stopping. */
export async function handler({ instanceId }: Input): Promise<Output> {
  await ec2.send(new StopInstancesCommand({ InstanceIds: [instanceId] }));
  return {};
}
