import { areCopied } from '../shared/are-copied';
import { ec2 } from '../shared/ec2';
import { type Lease, renewLease } from '../shared/lease';
import { pollDelay } from '../shared/poll';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly attempt: number;
  readonly snapshots: readonly VolumeSnapshot[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly copied: boolean;
  /** Percent. */
  readonly progress: number;
  readonly waitSeconds: number;
}

/** Looks how far the copies from where the source is are; a KMS key that can not be used shows only here. */
export async function handler({ attempt, snapshots, lease, since, execution, owner }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const look = await areCopied(snapshots, { client: ec2, set: `${attempt}`, step: { execution, owner }, since, what: 'copies of the source\'s snapshots' });
  return { ...look, waitSeconds: pollDelay(since) };
}
