import { type BlockDeviceMapping, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { clientToken } from '../shared/client-token';
import { ec2 } from '../shared/ec2';
import { errorName } from '../shared/error-name';
import { LaunchedAndGone, PlaceholderFailed, SnapshotFailed } from '../shared/errors';
import { isolated, type Isolation } from '../shared/plan/isolated-launch';
import { withMobilityTags } from '../shared/plan/launch-tags';
import type { Plan } from '../shared/plan/plan';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  /** Of the volumes that are not copied. */
  readonly snapshots: readonly VolumeSnapshot[];
  /** Instead of what the plan says of groups and profile; null: as it says. */
  readonly isolation?: Isolation | null;
}
export interface Output {
  readonly instanceIds: readonly string[];
  /** ISO 8601. */
  readonly launchedAt: string;
}

/** Launches what becomes the clone once it has the copies: an instance in all like the source, but with a fresh root of the source's image. */
export async function handler({ plan, attempt, snapshots, isolation, execution, owner }: Input): Promise<Output> {
  if (!plan.placeholder) throw new PlaceholderFailed('the plan has no image for a placeholder');
  try {
    const { Instances = [] } = await ec2.send(new RunInstancesCommand({
      ...withMobilityTags(isolated(plan.launch, isolation ?? null), { execution, owner }, plan.sourceInstanceId),
      BlockDeviceMappings: placeholderMappings(plan, snapshots),
      ImageId: plan.placeholder.imageId,
      MinCount: 1,
      MaxCount: 1,
      ClientToken: clientToken(execution, 'launch-placeholder', `${attempt}`),
    }));
    return { instanceIds: Instances.flatMap(({ InstanceId }) => InstanceId ?? []), launchedAt: new Date().toISOString() };
  } catch (error) {
    if (errorName(error) !== 'IdempotentInstanceTerminated') throw error;
    throw new LaunchedAndGone(`the clone of ${plan.sourceInstanceId} that an earlier try launched was terminated in the meantime: start again`);
  }
}

/** What is not copied, and nothing of what the image maps besides its root. */
export function placeholderMappings({ launch, volumes, placeholder, image }: Plan, snapshots: readonly VolumeSnapshot[]): BlockDeviceMapping[] {
  const isCopy = (device: string | undefined) => volumes.some(volume => volume.device === device && volume.strategy === 'volume-copy');
  const kept = (launch.BlockDeviceMappings ?? []).filter(({ DeviceName }) => !isCopy(DeviceName)).map(mapping => {
    if (!mapping.Ebs) return mapping;
    const snapshot = snapshots.find(({ device }) => device === mapping.DeviceName);
    // without a snapshot EC2 would make an empty volume
    if (!snapshot) throw new SnapshotFailed(`there is no snapshot for ${mapping.DeviceName}: nothing was launched`);
    return { ...mapping, Ebs: { ...mapping.Ebs, SnapshotId: snapshot.snapshotId } };
  });
  const needless = (placeholder?.devices ?? []).filter(device => device !== image.rootDeviceName && !kept.some(({ DeviceName }) => DeviceName === device));
  return [
    // it goes when the copy has taken its place, or with the placeholder
    { DeviceName: image.rootDeviceName, Ebs: { DeleteOnTermination: true } },
    ...kept, ...needless.map(device => ({ DeviceName: device, NoDevice: '' })),
  ];
}
