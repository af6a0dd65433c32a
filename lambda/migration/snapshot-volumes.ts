import { type CreateSnapshotsCommandInput, CreateImageCommand, CreateSnapshotsCommand, type Tag } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { SnapshotsNotVisible } from '../shared/errors';
import { imageName } from '../shared/image-name';
import { findImage, makeOnce } from '../shared/images';
import { isAtEdge } from '../shared/locations';
import type { MigrationPlan } from '../shared/migration/plan';
import { deleteSnapshot, findSnapshots, ofPlannedVolumes, setsOf } from '../shared/snapshots';
import type { Step, VolumeSnapshot } from '../shared/step';
import { mobilityTags, SET, tagList } from '../shared/tags';

export interface Input extends Step {
  readonly plan: MigrationPlan;
  /** Sets of two rounds must not mix. */
  readonly round: number;
  /** Whether these are the last: what the target is launched from. */
  readonly last: boolean;
}
export interface Output {
  /** Those that can be seen yet. */
  readonly snapshots: readonly VolumeSnapshot[];
  /** Where billing codes survive only in an image that EC2 makes from the instance, which takes the last snapshots itself. */
  readonly imageId: string | null;
}

/**
 * Snapshots all volumes at one point in time, and stores them in the Region, wherever the instance is: without `OutpostArn` and `Location`.
 * Snapshots that lie at an edge could never leave it.
 */
export async function handler({ plan, round, last, execution, owner }: Input): Promise<Output> {
  const step = { execution, owner };
  const Tags = tagList({ ...mobilityTags(step, plan.sourceInstanceId), [SET]: `${round}` });
  return last && plan.route === 'create-image' ? imageOnce(plan, step, round, Tags) : { snapshots: await snapshotOnce(plan, step, round, Tags), imageId: null };
}

/** CreateSnapshots has no idempotency token: a set that an earlier call made is found by its tags, the oldest counts, later ones go. */
async function snapshotOnce(plan: MigrationPlan, step: Step, round: number, Tags: Tag[]): Promise<VolumeSnapshot[]> {
  const [set, ...extras] = setsOf((await findSnapshots(step, round)).filter(({ State }) => State !== 'error'));
  for (const { SnapshotId } of extras.flat()) await deleteSnapshot(SnapshotId ?? '');
  const input: CreateSnapshotsCommandInput = {
    InstanceSpecification: { InstanceId: plan.sourceInstanceId },
    Description: `move of ${plan.sourceInstanceId}, round ${round}`,
    TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
  };
  return whole(ofPlannedVolumes(set ?? (await ec2.send(new CreateSnapshotsCommand(input))).Snapshots ?? [], plan), plan);
}

async function imageOnce(plan: MigrationPlan, step: Step, round: number, Tags: Tag[]): Promise<Output> {
  const name = imageName(step.execution, round);
  const imageId = await findImage(name, step) ?? await makeOnce(name, step, async () => (await ec2.send(new CreateImageCommand({
    InstanceId: plan.sourceInstanceId,
    Name: name,
    Description: `move of ${plan.sourceInstanceId}`,
    NoReboot: true,
    ...isAtEdge(plan.from) ? { SnapshotLocation: 'regional' as const } : {},
    TagSpecifications: [{ ResourceType: 'image', Tags }, { ResourceType: 'snapshot', Tags }],
  }))).ImageId);
  return { snapshots: whole(ofPlannedVolumes(await findSnapshots(step, round), plan), plan), imageId };
}

function whole(snapshots: readonly VolumeSnapshot[], { volumes, sourceInstanceId }: MigrationPlan): readonly VolumeSnapshot[] & VolumeSnapshot[] {
  const missing = volumes.filter(({ volumeId }) => !snapshots.some(snapshot => snapshot.volumeId === volumeId)).map(({ device }) => device);
  if (missing.length > 0) throw new SnapshotsNotVisible(`the snapshots of ${missing.join(', ')} of ${sourceInstanceId} can not be seen yet`);
  return [...snapshots];
}
