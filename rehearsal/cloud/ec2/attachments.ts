import type { InstanceBlockDeviceMapping, VolumeAttachment } from '@aws-sdk/client-ec2';
import type { Ec2, InstanceRecord, VolumeRecord } from './state';

interface Attaching {
  readonly device: string;
  readonly deleteOnTermination: boolean;
  /** `attached` at once where time has passed already: in what a scenario starts with. */
  readonly state: 'attaching' | 'attached';
}

/** Attaches a volume; both sides tell it. */
export function attach(ec2: Ec2, volume: VolumeRecord, instance: InstanceRecord, { device, deleteOnTermination, state }: Attaching): VolumeAttachment {
  const at = ec2.date();
  const attachment: VolumeAttachment = {
    AttachTime: at, Device: device, InstanceId: instance.InstanceId, State: state, VolumeId: volume.VolumeId, DeleteOnTermination: deleteOnTermination,
  };
  volume.Attachments.push(attachment);
  volume.State = 'in-use';
  instance.BlockDeviceMappings.push({
    DeviceName: device, Ebs: { AttachTime: at, DeleteOnTermination: deleteOnTermination, Status: state, VolumeId: volume.VolumeId },
  });
  return attachment;
}

export function attached(volume: VolumeRecord, instance: InstanceRecord): void {
  const attachment = attachmentOf(volume, instance.InstanceId);
  if (attachment?.State === 'attaching') attachment.State = 'attached';
  const mapping = mappingOf(instance, volume.VolumeId);
  if (mapping?.Ebs?.Status === 'attaching') mapping.Ebs.Status = 'attached';
}

/** Takes a volume off, for good. */
export function detach(ec2: Ec2, volume: VolumeRecord, instance: InstanceRecord): void {
  ec2.account.loads.catchUp(volume.VolumeId);
  ec2.meters.used(volume, instance.InstanceId);
  volume.Attachments = volume.Attachments.filter(each => each.InstanceId !== instance.InstanceId);
  if (volume.Attachments.length === 0 && volume.State === 'in-use') volume.State = 'available';
  instance.BlockDeviceMappings = instance.BlockDeviceMappings.filter(each => each.Ebs?.VolumeId !== volume.VolumeId);
}

export function attachmentOf(volume: VolumeRecord, instanceId: string): VolumeAttachment | undefined {
  return volume.Attachments.find(each => each.InstanceId === instanceId);
}

export function mappingOf(instance: InstanceRecord, volumeId: string): InstanceBlockDeviceMapping | undefined {
  return instance.BlockDeviceMappings.find(each => each.Ebs?.VolumeId === volumeId);
}

/** The volumes of an instance, the root volume first as AWS lists it. */
export function volumesOf(ec2: Ec2, instance: InstanceRecord): VolumeRecord[] {
  return instance.BlockDeviceMappings.flatMap(each => ec2.volumes.get(each.Ebs?.VolumeId ?? '') ?? []);
}

export function isRoot(instance: InstanceRecord, volume: VolumeRecord): boolean {
  return mappingOf(instance, volume.VolumeId)?.DeviceName === instance.RootDeviceName;
}
