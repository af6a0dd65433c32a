import { CopyVolumesCommand, type CopyVolumesCommandInput } from '@aws-sdk/client-ec2';
import { clientToken } from '../shared/client-token';
import type { VolumeCopy } from '../shared/copies';
import { ec2 } from '../shared/ec2';
import { CopyFailed, WritesNotHeld } from '../shared/errors';
import { withMobilityTags } from '../shared/plan/launch-tags';
import type { Plan } from '../shared/plan/plan';
import type { PlannedVolume } from '../shared/plan/planned-volume';
import { byCopy } from '../shared/plan/strategies';
import type { Step } from '../shared/step';
import { DEVICE, tagList, tagMap } from '../shared/tags';

export interface Input extends Step {
  readonly plan: Plan;
  readonly attempt: number;
  /** What are-filesystems-frozen said; null when nothing had to be frozen. */
  readonly freezing: { readonly held: boolean } | null;
}
export interface Output { readonly copies: readonly VolumeCopy[] }

/** Copies the volumes that the plan wants copied, one call for each: EBS has none for several. */
export async function handler({ plan, attempt, freezing, execution, owner }: Input): Promise<Output> {
  if (plan.freeze && plan.volumes.length > 1 && !freezing?.held) {
    throw new WritesNotHeld(`not every volume of ${plan.sourceInstanceId} has a filesystem that could be frozen, so copies of several instants would not fit together`);
  }
  const copies: VolumeCopy[] = [];
  for (const volume of byCopy(plan)) copies.push(await copy(volume, plan, attempt, { execution, owner }));
  return { copies };
}

/** The token makes a repeated call answer with the copy of the first. */
async function copy(volume: PlannedVolume, plan: Plan, attempt: number, step: Step): Promise<VolumeCopy> {
  const { Volumes: [made] = [] } = await ec2.send(new CopyVolumesCommand({
    ...copyRequest(volume, plan, step), ClientToken: clientToken(step.execution, 'copy-volumes', `${attempt}`, volume.volumeId),
  }));
  if (!made?.VolumeId) throw new CopyFailed(`EC2 named no copy of ${volume.device}`);
  return { device: volume.device, volumeId: made.VolumeId, sourceVolumeId: volume.volumeId, startTime: made.CreateTime?.toISOString() ?? '' };
}

/** All is said that a launch would say; type above all, for CopyVolumes' own default is gp2. */
function copyRequest({ device, volumeId }: PlannedVolume, { launch, sourceInstanceId }: Plan, step: Step): CopyVolumesCommandInput {
  const ebs = launch.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === device)?.Ebs ?? {};
  const given = withMobilityTags(launch, step, sourceInstanceId).TagSpecifications?.find(({ ResourceType }) => ResourceType === 'volume')?.Tags;
  return {
    SourceVolumeId: volumeId,
    VolumeType: ebs.VolumeType,
    Size: ebs.VolumeSize,
    Iops: ebs.Iops,
    Throughput: ebs.Throughput,
    ...ebs.KmsKeyId ? { Encrypted: true, KmsKeyId: ebs.KmsKeyId } : {},
    TagSpecifications: [{ ResourceType: 'volume', Tags: tagList({ ...tagMap(given), [DEVICE]: device }) }],
  };
}
