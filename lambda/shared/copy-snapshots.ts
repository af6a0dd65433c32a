import { CopySnapshotCommand, type EC2Client, type Snapshot } from '@aws-sdk/client-ec2';
import { errorName } from './error-name';
import type { Plan } from './plan/plan';
import { findSnapshots } from './snapshots';
import { sourceRegion } from './source-place';
import type { Step, VolumeSnapshot } from './step';
import { DEVICE, mobilityTags, SET, tagList, tagMap } from './tags';

export interface Copying {
  /** Of the account and Region where the copies shall be. */
  readonly client: EC2Client;
  readonly plan: Plan;
  /** By which copies are told from those of another attempt, and from what they are copies of. */
  readonly set: string;
  readonly step: Step;
  readonly keyOf: (device: string) => string | null;
}

export interface Copied {
  /** Those that have begun. */
  readonly copies: readonly VolumeSnapshot[];
  /** Whether that is all; others begin when some have ended. */
  readonly begun: boolean;
}

/** "Each account can have up to twenty concurrent snapshot copy requests to a single destination Region" (EBS user guide, "ebs-copy-snapshot"). */
const NO_ROOM = 'ResourceLimitExceeded';

/**
 * Copies snapshots from the Region of the source, as many as EBS takes at once. CopySnapshot has no idempotency token: an earlier call's are found by
 * their tags, and extras go in the end.
 */
export async function copyOnce(snapshots: readonly VolumeSnapshot[], copying: Copying): Promise<Copied> {
  const made = (await findSnapshots(copying.step, copying.set, copying.client)).filter(({ State }) => State !== 'error');
  const copies: VolumeSnapshot[] = [];
  for (const original of snapshots) {
    const [first] = made.filter(({ Tags }) => tagMap(Tags)[DEVICE] === original.device).sort(byAge);
    const snapshotId = first?.SnapshotId ?? await copyWhereRoom(original, copying);
    if (snapshotId === undefined) return { copies, begun: false };
    // a copy names no volume and is as old as the copying: whose it is and of when the original tells
    copies.push({ ...original, snapshotId });
  }
  return { copies, begun: true };
}

/** Undefined where as many copies are made as there may be. */
async function copyWhereRoom(original: VolumeSnapshot, copying: Copying): Promise<string | undefined> {
  try {
    return await copy(original, copying);
  } catch (error) {
    if (errorName(error) !== NO_ROOM) throw error;
    return undefined;
  }
}

async function copy({ snapshotId, device }: VolumeSnapshot, { client, plan, set, step, keyOf }: Copying): Promise<string> {
  const key = keyOf(device);
  const { SnapshotId = '' } = await client.send(new CopySnapshotCommand({
    SourceRegion: sourceRegion ?? await client.config.region(),
    SourceSnapshotId: snapshotId,
    Description: `clone of ${plan.sourceInstanceId}`,
    ...key === null ? {} : { Encrypted: true, KmsKeyId: key },
    TagSpecifications: [{
      ResourceType: 'snapshot', Tags: tagList({ ...plan.tags, ...mobilityTags(step, plan.sourceInstanceId), [SET]: set, [DEVICE]: device }),
    }],
  }));
  return SnapshotId;
}

function byAge(one: Snapshot, other: Snapshot): number {
  return (one.StartTime?.getTime() ?? 0) - (other.StartTime?.getTime() ?? 0);
}
