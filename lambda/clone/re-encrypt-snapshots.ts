import { copyOnce } from '../shared/copy-snapshots';
import { sourceEc2 } from '../shared/ec2';
import { type Lease, renewLease } from '../shared/lease';
import { shareableSet } from '../shared/plan/sharing';
import type { Plan } from '../shared/plan/plan';
import { pollDelay } from '../shared/poll';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  readonly snapshots: readonly VolumeSnapshot[];
  /** Of the source's account, which admits this one. */
  readonly sharingKey: string;
  readonly lease: Lease;
  /** ISO 8601: when the execution began; a copy takes as long as all else. */
  readonly since: string;
}
export interface Output {
  /** Whether all that have to be are being copied. */
  readonly begun: boolean;
  /** In the places of those that can not be shared their copies. */
  readonly snapshots: readonly VolumeSnapshot[];
  readonly waitSeconds: number;
}

/** Copies in the source's own account what can not be shared, under a key that can be. */
export async function handler({ plan, attempt, snapshots, sharingKey, lease, since, execution, owner }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const { copies, begun } = await copyOnce(snapshots.filter(({ device }) => plan.sharing?.reEncrypt.includes(device)), {
    client: sourceEc2, plan, set: shareableSet(attempt), step: { execution, owner }, keyOf: () => sharingKey,
  });
  return { begun, snapshots: snapshots.map(original => copies.find(({ device }) => device === original.device) ?? original), waitSeconds: pollDelay(since) };
}
