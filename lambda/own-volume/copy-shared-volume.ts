import { CopyVolumesCommand, type VolumeType } from '@aws-sdk/client-ec2';
import { clientToken } from '../shared/client-token';
import { ec2 } from '../shared/ec2';
import { CopyFailed } from '../shared/errors';
import type { ShareFacts } from '../shared/own-volume';
import type { Step } from '../shared/step';
import { DEVICE, mobilityTags, tagList } from '../shared/tags';

export interface Input extends Step { readonly share: ShareFacts }
export interface Output {
  readonly ownVolumeId: string;
  /** ISO 8601: the instant that the copy is of. */
  readonly copiedAt: string;
}

/** Copies the shared volume as it is, for the clone alone. */
export async function handler({ share, execution, owner }: Input): Promise<Output> {
  const { instanceId, volumeId, device, size, type, iops, throughput } = share;
  const { Volumes: [made] = [] } = await ec2.send(new CopyVolumesCommand({
    SourceVolumeId: volumeId, VolumeType: type as VolumeType, Size: size, Iops: iops ?? undefined, Throughput: throughput ?? undefined,
    MultiAttachEnabled: false,
    ClientToken: clientToken(execution, 'copy-shared-volume', volumeId),
    TagSpecifications: [{ ResourceType: 'volume', Tags: tagList({ ...mobilityTags({ execution, owner }, instanceId), [DEVICE]: device }) }],
  }));
  if (!made?.VolumeId) throw new CopyFailed(`EC2 named no copy of ${volumeId}`);
  return { ownVolumeId: made.VolumeId, copiedAt: made.CreateTime?.toISOString() ?? '' };
}
