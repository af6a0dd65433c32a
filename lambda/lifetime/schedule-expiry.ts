import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { claimParts } from '../shared/lifetime/clone';
import { later } from '../shared/lifetime/duration';
import { type Expiry, makeSchedule } from '../shared/lifetime/schedules';
import type { Step } from '../shared/step';
import { EXPIRES } from '../shared/tags';

export interface Input extends Step {
  readonly clones: readonly { readonly instanceId: string }[];
  /** Seconds. */
  readonly expireAfter: number;
  /** ISO 8601: from when they count; the same for every retry. */
  readonly from: string;
  readonly expiry: Expiry;
}
export interface Output {
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Gives each clone the schedule that removes it. It comes before the clones are finished: none that should expire is ever without. */
export async function handler({ clones, expireAfter, from, expiry, execution, owner }: Input): Promise<Output> {
  const expiresAt = later(from, expireAfter);
  if (clones.length === 0) return { expiresAt };
  const instanceIds = clones.map(({ instanceId }) => instanceId);
  await claimParts(instanceIds, owner, execution);
  await ec2.send(new CreateTagsCommand({ Resources: instanceIds, Tags: [{ Key: EXPIRES, Value: expiresAt }] }));
  for (const instanceId of instanceIds) await makeSchedule(expiry, { instanceId, createdBy: execution }, expiresAt, execution);
  return { expiresAt };
}
