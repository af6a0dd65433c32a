import { areCopied } from '../shared/are-copied';
import { sourceEc2 } from '../shared/ec2';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { shareableSet } from '../shared/plan/sharing';
import { pollDelay } from '../shared/poll';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  readonly snapshots: readonly VolumeSnapshot[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly reEncrypted: boolean;
  /** Percent. */
  readonly progress: number;
  readonly waitSeconds: number;
}

/** Looks how far the copies in the source's account are; a key that the role there can not use shows only here. */
export async function handler({ plan, attempt, snapshots, lease, since, execution, owner }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const copies = snapshots.filter(({ device }) => plan.sharing?.reEncrypt.includes(device));
  const { copied, progress } = await areCopied(copies, { client: sourceEc2, set: shareableSet(attempt), step: { execution, owner }, since, what: 'copies under the sharing key' });
  return { reEncrypted: copied, progress, waitSeconds: pollDelay(since) };
}
