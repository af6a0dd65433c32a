import { copyOnce } from '../shared/copy-snapshots';
import { ec2 } from '../shared/ec2';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { pollDelay } from '../shared/poll';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  /** Where the source is. */
  readonly snapshots: readonly VolumeSnapshot[];
  readonly lease: Lease;
  /** ISO 8601: when the execution began; a copy takes as long as all else. */
  readonly since: string;
}
export interface Output {
  /** Whether all are being copied. */
  readonly begun: boolean;
  /** Their copies in this Region, as far as they have begun. */
  readonly snapshots: readonly VolumeSnapshot[];
  readonly waitSeconds: number;
}

/** Copies the snapshots into this account and Region. */
export async function handler({ plan, attempt, snapshots, lease, since, execution, owner }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const { copies, begun } = await copyOnce(snapshots, {
    client: ec2, plan, set: `${attempt}`, step: { execution, owner },
    // without a key an encrypted snapshot's copy gets this Region's default one
    keyOf: device => plan.volumes.find(volume => volume.device === device)?.kmsKeyId ?? null,
  });
  return { begun, snapshots: copies, waitSeconds: pollDelay(since) };
}
