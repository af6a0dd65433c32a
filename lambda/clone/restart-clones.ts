import { RebootInstancesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly instanceIds: readonly string[] }
export type Output = Record<string, never>;

/** What started in isolation, and may have given up, starts once more with the network and the rights that the clones have now. */
export async function handler({ instanceIds }: Input): Promise<Output> {
  // every clone of a batch may have failed
  if (instanceIds.length > 0) await ec2.send(new RebootInstancesCommand({ InstanceIds: [...instanceIds] }));
  return {};
}
