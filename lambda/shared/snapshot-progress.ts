import type { Snapshot } from '@aws-sdk/client-ec2';

/** Percent, by size: a small volume that is done says little about a large one. `total`: GiB of all of them, seen or not. */
export function progressOf(snapshots: readonly Snapshot[], total = snapshots.reduce((sum, { VolumeSize = 0 }) => sum + VolumeSize, 0)): number {
  const done = snapshots.reduce((sum, { State, Progress, VolumeSize = 0 }) =>
    sum + VolumeSize * (State === 'completed' ? 100 : Number.parseInt(Progress || '0', 10) || 0), 0);
  return total === 0 ? 100 : Math.min(100, Math.floor(done / total));
}
