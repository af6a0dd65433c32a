import { SnapshotFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { refuseLate } from '../shared/migration/late';
import type { MigrationPlan } from '../shared/migration/plan';
import { pauseDelay, pollDelay } from '../shared/poll';
import { findSnapshots, lostSnapshots, ofPlannedVolumes } from '../shared/snapshots';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  readonly round: number;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
  /** ISO 8601: when the source stopped serving; null: it serves. */
  readonly pausedAt: string | null;
}
export interface Output {
  readonly ready: boolean;
  readonly snapshots: readonly VolumeSnapshot[];
  readonly waitSeconds: number;
}

/** New snapshots are to be seen within seconds; one that is missing for so long was deleted. */
const GONE_AFTER_MS = 600_000;

/** Looks how far the snapshots of a round are; a KMS key that can not be used shows only here. */
export async function handler({ plan, round, lease, since, pausedAt, execution, owner }: Input): Promise<Output> {
  await renewLease(lease, execution);
  if (pausedAt !== null) refuseLate(plan, pausedAt);
  const described = await findSnapshots({ execution, owner }, round);
  const snapshots = ofPlannedVolumes(described, plan);
  const planned = described.filter(({ SnapshotId }) => snapshots.some(({ snapshotId }) => snapshotId === SnapshotId));
  const lost = lostSnapshots(planned);
  if (lost !== undefined) throw new SnapshotFailed(lost);
  const missing = plan.volumes.filter(({ volumeId }) => !snapshots.some(snapshot => snapshot.volumeId === volumeId));
  if (missing.length > 0 && Date.now() - Date.parse(since) > GONE_AFTER_MS) {
    throw new SnapshotFailed(`the snapshots of ${missing.map(({ device }) => device).join(', ')} are gone: somebody deleted them. Start again`);
  }
  const ready = missing.length === 0 && planned.every(({ State }) => State === 'completed');
  return { ready, snapshots, waitSeconds: pausedAt === null ? pollDelay(since) : pauseDelay(pausedAt) };
}
