import { SnapshotFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { pollDelay } from '../shared/poll';
import { progressOf } from '../shared/snapshot-progress';
import { findSnapshots, lostSnapshots } from '../shared/snapshots';
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

/** New snapshots are to be seen within seconds; one that is missing for so long was deleted. */
const GONE_AFTER_MS = 600_000;

/** Looks how far the copies from the source's Region are; a KMS key that can not be used shows only here. */
export async function handler({ attempt, snapshots, lease, since, execution, owner }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const all = await findSnapshots({ execution, owner }, attempt);
  const described = all.filter(({ SnapshotId }) => snapshots.some(({ snapshotId }) => snapshotId === SnapshotId));
  const lost = lostSnapshots(described);
  if (lost !== undefined) throw new SnapshotFailed(`copies from the source's Region: ${lost}`);
  const missing = snapshots.filter(({ snapshotId }) => !described.some(({ SnapshotId }) => SnapshotId === snapshotId));
  if (missing.length > 0 && Date.now() - Date.parse(since) > GONE_AFTER_MS) {
    throw new SnapshotFailed(`the copies of the snapshots of ${missing.map(({ device }) => device).join(', ')} are gone: somebody deleted them. Start again`);
  }
  const copied = missing.length === 0 && described.every(({ State }) => State === 'completed');
  return { copied, progress: progressOf(described), waitSeconds: pollDelay(since) };
}
