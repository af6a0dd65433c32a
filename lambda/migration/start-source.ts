import { StartInstancesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
}
export type Output = Record<string, never>;

/** Starts the source again; one that still stops is refused by EC2 with IncorrectInstanceState, and asked again. */
export async function handler({ instanceId }: Input): Promise<Output> {
  await ec2.send(new StartInstancesCommand({ InstanceIds: [instanceId] }));
  return {};
}
