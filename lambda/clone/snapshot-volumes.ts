import { CreateImageCommand, CreateSnapshotsCommand, type Tag } from '@aws-sdk/client-ec2';
import { ec2, sourceEc2 } from '../shared/ec2';
import { SnapshotsNotVisible } from '../shared/errors';
import { imageName } from '../shared/image-name';
import { findImage, makeOnce } from '../shared/images';
import { excludedMappings } from '../shared/plan/excluded';
import type { Plan } from '../shared/plan/plan';
import type { PlannedVolume } from '../shared/plan/planned-volume';
import { byCopy, bySnapshot } from '../shared/plan/strategies';
import { deleteSnapshot, findSnapshots, ofPlannedVolumes, setsOf } from '../shared/snapshots';
import type { Route, Step, VolumeSnapshot } from '../shared/step';
import { mobilityTags, SET, tagList } from '../shared/tags';

export interface Input extends Step {
  readonly plan: Plan;
  readonly route: Route;
  /** Rises whenever the workflow starts over here: sets of two attempts must not mix. */
  readonly attempt: number;
}
export interface Output {
  /** Those that can be seen yet. */
  readonly snapshots: readonly VolumeSnapshot[];
  /** Of the create-image route, which takes the snapshots itself. */
  readonly imageId: string | null;
}

/** Snapshots all volumes of the source at one point in time. */
export async function handler({ plan: whole, route, attempt, execution, owner }: Input): Promise<Output> {
  const plan = bySnapshot(whole);
  const step = { execution, owner };
  const tags = tagList({ ...plan.tags, ...mobilityTags(step, plan.sourceInstanceId), [SET]: `${attempt}` });
  // a placeholder brings its image with it
  return route === 'register-image' || plan.copying
    ? { snapshots: await snapshotOnce(plan, byCopy(whole), step, attempt, tags), imageId: null }
    : createImageOnce(plan, step, attempt, tags);
}

/** CreateSnapshots has no idempotency token: a set that an earlier call made is found by its tags, the oldest counts, later ones go. */
async function snapshotOnce(plan: Plan, copied: readonly PlannedVolume[], step: Step, attempt: number, Tags: Tag[]): Promise<VolumeSnapshot[]> {
  const [set, ...extras] = setsOf((await findSnapshots(step, attempt, sourceEc2)).filter(({ State }) => State !== 'error'));
  for (const { SnapshotId } of extras.flat()) await deleteSnapshot(SnapshotId ?? '', sourceEc2);
  if (set) {
    const found = ofPlannedVolumes(set, plan);
    if (found.length < plan.volumes.length) throw notVisible(found, plan);
    return found;
  }
  const left = [...plan.excluded, ...copied.filter(({ root }) => !root)].map(({ volumeId }) => volumeId);
  const { Snapshots = [] } = await sourceEc2.send(new CreateSnapshotsCommand({
    InstanceSpecification: {
      InstanceId: plan.sourceInstanceId,
      ...left.length > 0 ? { ExcludeDataVolumeIds: left } : {},
      ...plan.copying ? { ExcludeBootVolume: true } : {},
    },
    Description: `clone of ${plan.sourceInstanceId}`,
    TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
  }));
  return ofPlannedVolumes(Snapshots, plan);
}

/** CreateImage takes its own snapshots and keeps billing codes; it never reboots the source. */
async function createImageOnce(plan: Plan, step: Step, attempt: number, Tags: Tag[]): Promise<Output> {
  const name = imageName(step.execution, attempt);
  const imageId = await findImage(name, step) ?? await makeOnce(name, step, async () => (await ec2.send(new CreateImageCommand({
    InstanceId: plan.sourceInstanceId,
    Name: name,
    Description: `clone of ${plan.sourceInstanceId}`,
    NoReboot: true,
    ...plan.excluded.length > 0 ? { BlockDeviceMappings: excludedMappings(plan.excluded) } : {},
    TagSpecifications: [{ ResourceType: 'image', Tags }, { ResourceType: 'snapshot', Tags }],
  }))).ImageId);
  const snapshots = ofPlannedVolumes(await findSnapshots(step, attempt), plan);
  // the filesystems may not be thawed before every snapshot has begun
  if (plan.freeze && snapshots.length < plan.volumes.length) throw notVisible(snapshots, plan);
  return { snapshots, imageId };
}

function notVisible(found: readonly VolumeSnapshot[], { volumes, sourceInstanceId }: Plan): SnapshotsNotVisible {
  const missing = volumes.filter(({ volumeId }) => !found.some(snapshot => snapshot.volumeId === volumeId)).map(({ device }) => device);
  return new SnapshotsNotVisible(`the snapshots of ${missing.join(', ')} of ${sourceInstanceId} can not be seen yet`);
}
