import { CopySnapshotCommand, type Snapshot } from '@aws-sdk/client-ec2';
import { ec2, sourceRegion } from '../shared/ec2';
import type { Plan } from '../shared/plan/plan';
import { findSnapshots } from '../shared/snapshots';
import type { Step, VolumeSnapshot } from '../shared/step';
import { DEVICE, mobilityTags, SET, tagList, tagMap } from '../shared/tags';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  /** In the source's Region. */
  readonly snapshots: readonly VolumeSnapshot[];
}
export interface Output {
  /** Their copies in this Region. */
  readonly snapshots: readonly VolumeSnapshot[];
}

/** Copies the snapshots into this Region. CopySnapshot has no idempotency token: an earlier call's are found by their tags, and extras go in the end. */
export async function handler({ plan, attempt, snapshots, execution, owner }: Input): Promise<Output> {
  const step = { execution, owner };
  const made = (await findSnapshots(step, attempt)).filter(({ State }) => State !== 'error');
  const copies: VolumeSnapshot[] = [];
  for (const original of snapshots) {
    const [first] = made.filter(({ Tags }) => tagMap(Tags)[DEVICE] === original.device).sort(byAge);
    // a copy names no volume and is as old as the copying: whose it is and of when the original tells
    copies.push({ ...original, snapshotId: first?.SnapshotId ?? await copy(original, plan, step, attempt) });
  }
  return { snapshots: copies };
}

async function copy({ snapshotId, device }: VolumeSnapshot, plan: Plan, step: Step, attempt: number): Promise<string> {
  const key = plan.volumes.find(volume => volume.device === device)?.kmsKeyId;
  const { SnapshotId = '' } = await ec2.send(new CopySnapshotCommand({
    SourceRegion: sourceRegion ?? undefined,
    SourceSnapshotId: snapshotId,
    Description: `clone of ${plan.sourceInstanceId}`,
    // without a key an encrypted snapshot's copy gets this Region's default one
    ...key ? { Encrypted: true, KmsKeyId: key } : {},
    TagSpecifications: [{
      ResourceType: 'snapshot', Tags: tagList({ ...plan.tags, ...mobilityTags(step, plan.sourceInstanceId), [SET]: `${attempt}`, [DEVICE]: device }),
    }],
  }));
  return SnapshotId;
}

function byAge(one: Snapshot, other: Snapshot): number {
  return (one.StartTime?.getTime() ?? 0) - (other.StartTime?.getTime() ?? 0);
}
