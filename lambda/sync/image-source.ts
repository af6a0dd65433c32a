import { CreateImageCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { imageName } from '../shared/image-name';
import { findImage, makeOnce } from '../shared/images';
import { excludedMappings } from '../shared/plan/excluded';
import type { Step } from '../shared/step';
import type { LaunchPlan } from '../shared/sync/plan';
import { mobilityTags, SET, tagList } from '../shared/tags';

export interface Input extends Step {
  readonly plan: LaunchPlan;
}
export interface Output { readonly imageId: string }

/** There is one attempt only, so its images and snapshots need no further name. */
const ATTEMPT = 0;

/** Makes the image that the target boots from. CreateImage keeps billing codes, takes the snapshots itself, and never reboots the source. */
export async function handler({ plan: { sourceInstanceId, tags, empty, atEdge }, execution, owner }: Input): Promise<Output> {
  const step = { execution, owner };
  const name = imageName(execution, ATTEMPT);
  const Tags = tagList({ ...tags, ...mobilityTags(step, sourceInstanceId), [SET]: `${ATTEMPT}` });
  const imageId = await findImage(name, step) ?? await makeOnce(name, step, async () => (await ec2.send(new CreateImageCommand({
    InstanceId: sourceInstanceId,
    Name: name,
    Description: `target of a move of ${sourceInstanceId}`,
    NoReboot: true,
    ...atEdge ? { SnapshotLocation: 'regional' as const } : {},
    ...empty.length > 0 ? { BlockDeviceMappings: excludedMappings(empty) } : {},
    TagSpecifications: [{ ResourceType: 'image', Tags }, { ResourceType: 'snapshot', Tags }],
  }))).ImageId);
  return { imageId };
}
