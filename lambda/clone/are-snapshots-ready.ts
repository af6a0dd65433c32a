import { sourceEc2 } from '../shared/ec2';
import { SnapshotFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { bySnapshot } from '../shared/plan/strategies';
import { pollDelay } from '../shared/poll';
import { progressOf } from '../shared/snapshot-progress';
import { findSnapshots, lostSnapshots, ofPlannedVolumes, tagDevices } from '../shared/snapshots';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly ready: boolean;
  readonly snapshots: readonly VolumeSnapshot[];
  /** Percent. */
  readonly progress: number;
  readonly waitSeconds: number;
}

/** New snapshots are to be seen within seconds; one that is missing for so long was deleted. */
const GONE_AFTER_MS = 600_000;

/** Looks how far the snapshots are; a KMS key that can not be used shows only here. */
export async function handler({ plan: whole, attempt, lease, since, execution, owner }: Input): Promise<Output> {
  const plan = bySnapshot(whole);
  await renewLease(lease, execution);
  const described = await findSnapshots({ execution, owner }, attempt, sourceEc2);
  const snapshots = ofPlannedVolumes(described, plan);
  const planned = described.filter(({ SnapshotId }) => snapshots.some(({ snapshotId }) => snapshotId === SnapshotId));
  const lost = lostSnapshots(planned);
  if (lost !== undefined) throw new SnapshotFailed(lost);
  const missing = plan.volumes.filter(({ volumeId }) => !snapshots.some(snapshot => snapshot.volumeId === volumeId));
  if (missing.length > 0 && Date.now() - Date.parse(since) > GONE_AFTER_MS) {
    throw new SnapshotFailed(`the snapshots of ${missing.map(({ device }) => device).join(', ')} are gone: somebody deleted them. Start again`);
  }
  await tagDevices(planned, plan, sourceEc2);
  const ready = missing.length === 0 && planned.every(({ State }) => State === 'completed');
  return { ready, snapshots, progress: progressOf(planned, plan.volumes.reduce((sum, { size }) => sum + size, 0)), waitSeconds: pollDelay(since) };
}
