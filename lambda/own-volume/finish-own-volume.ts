import { DeleteTagsCommand, DescribeVolumesCommand, ModifyInstanceAttributeCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { OwnVolumeDiffers } from '../shared/errors';
import type { ShareFacts } from '../shared/own-volume';
import { alarmName, deleteAlarms, findAlarms } from '../shared/share-alarms';
import type { Step } from '../shared/step';
import { EXECUTION } from '../shared/tags';

export interface Input extends Step {
  readonly share: ShareFacts;
  readonly ownVolumeId: string;
  /** How the names of the alarms of shares begin. */
  readonly alarmPrefix: string;
}
export interface Output { readonly differences: readonly string[] }

/** Makes sure of what the clone has now; the volume goes with the clone, for it is nobody else's. */
export async function handler({ share, ownVolumeId, alarmPrefix, execution }: Input): Promise<Output> {
  const { instanceId, device, volumeId, size } = share;
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [ownVolumeId, volumeId] }));
  const own = Volumes.find(({ VolumeId }) => VolumeId === ownVolumeId);
  const shared = Volumes.find(({ VolumeId }) => VolumeId === volumeId);
  const differences = [
    ...own?.SourceVolumeId === volumeId ? [] : [`${ownVolumeId} is a copy of ${own?.SourceVolumeId ?? 'nothing'}, not of ${volumeId}`],
    ...own?.Size === size ? [] : [`${ownVolumeId} has ${own?.Size} GiB, not ${size}`],
    ...own?.Attachments?.some(one => one.InstanceId === instanceId && one.Device === device) ? [] : [`${ownVolumeId} is not ${device} of ${instanceId}`],
    ...shared?.Attachments?.some(({ InstanceId }) => InstanceId === instanceId) ? [`${volumeId} is attached to ${instanceId} still`] : [],
  ];
  if (differences.length > 0) throw new OwnVolumeDiffers(differences.join('\n'));
  const BlockDeviceMappings = [{ DeviceName: device, Ebs: { DeleteOnTermination: true } }];
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: instanceId, BlockDeviceMappings }));
  // what it watched is no share any more
  await deleteAlarms((await findAlarms(alarmName(alarmPrefix, instanceId, volumeId))).map(({ name }) => name));
  await ec2.send(new DeleteTagsCommand({ Resources: [ownVolumeId], Tags: [{ Key: EXECUTION, Value: execution }] }));
  return { differences };
}
