import type { EC2Client } from '@aws-sdk/client-ec2';
import { SnapshotFailed } from './errors';
import { progressOf } from './snapshot-progress';
import { findSnapshots, lostSnapshots } from './snapshots';
import type { Step, VolumeSnapshot } from './step';

/** New snapshots are to be seen within seconds; one that is missing for so long was deleted. */
const GONE_AFTER_MS = 600_000;

export interface Look {
  readonly client: EC2Client;
  readonly set: string;
  readonly step: Step;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
  /** For messages. */
  readonly what: string;
}

/** How far copies of snapshots are; throws where one of them will never be complete. */
export async function areCopied(copies: readonly VolumeSnapshot[], { client, set, step, since, what }: Look): Promise<{ copied: boolean; progress: number }> {
  const all = await findSnapshots(step, set, client);
  const described = all.filter(({ SnapshotId }) => copies.some(({ snapshotId }) => snapshotId === SnapshotId));
  const lost = lostSnapshots(described);
  if (lost !== undefined) throw new SnapshotFailed(`${what}: ${lost}`);
  const missing = copies.filter(({ snapshotId }) => !described.some(({ SnapshotId }) => SnapshotId === snapshotId));
  if (missing.length > 0 && Date.now() - Date.parse(since) > GONE_AFTER_MS) {
    throw new SnapshotFailed(`${what}: those of ${missing.map(({ device }) => device).join(', ')} are gone, somebody deleted them. Start again`);
  }
  return { copied: missing.length === 0 && described.every(({ State }) => State === 'completed'), progress: progressOf(described) };
}
