import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import type { Step } from '../shared/step';
import { CREATED_BY } from '../shared/tags';

export interface Input extends Step { readonly ownVolumeId: string }
export type Output = Record<string, never>;

/** From the next step on the volume may hold what the clone has written: nothing may take it for litter any more. */
export async function handler({ ownVolumeId, execution }: Input): Promise<Output> {
  await ec2.send(new CreateTagsCommand({ Resources: [ownVolumeId], Tags: [{ Key: CREATED_BY, Value: execution }] }));
  return {};
}
