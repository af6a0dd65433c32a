import { shareSnapshot } from '../shared/share-snapshot';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  /** In the source's account. */
  readonly snapshots: readonly VolumeSnapshot[];
}
export type Output = Record<string, never>;

/** Lets this account copy the snapshots of the source's account, and nobody else. */
export async function handler({ snapshots, execution }: Input): Promise<Output> {
  for (const { snapshotId } of snapshots) await shareSnapshot(snapshotId, { execution }, 'add');
  return {};
}
