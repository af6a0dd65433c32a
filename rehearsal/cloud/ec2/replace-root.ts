import type {
  CreateReplaceRootVolumeTaskRequest, CreateReplaceRootVolumeTaskResult, DescribeReplaceRootVolumeTasksRequest, DescribeReplaceRootVolumeTasksResult,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { attach, attached, detach, mappingOf } from './attachments';
import { placeOfInstance, placeOfVolume, samePlace } from './edge/site';
import { existing, invalidValue, required } from './errors';
import { filtered, plain } from './filters';
import { reboot } from './lifecycle';
import { removeVolume } from './make-volume';
import type { Ec2, InstanceRecord, ReplaceRootTask, VolumeRecord } from './state';
import { checkSpecifications, specifiedTags } from './tags';
import { refuseManaged, refuseUnmodelled } from './volumes';

/**
 * Gives a running instance another root volume, an existing one (EC2 user guide, "Replace the root volume for an Amazon EC2 instance").
 * The codes of the refusals are unverified against AWS, which lists the conditions only.
 */
export function createReplaceRootVolumeTask(input: CreateReplaceRootVolumeTaskRequest, { account }: Call): CreateReplaceRootVolumeTaskResult {
  const ec2 = account.ec2;
  for (const parameter of ['SnapshotId', 'ImageId', 'VolumeInitializationRate'] as const) refuseUnmodelled(input[parameter], parameter);
  checkSpecifications(ec2, input.TagSpecifications, ['replace-root-volume-task']);
  const instance = existing(ec2.instances, 'instance', required(input.InstanceId, 'InstanceId'));
  const volume = existing(ec2.volumes, 'volume', input.VolumeId);
  refuseManaged(instance, volume);
  const old = rootOf(ec2, instance);
  check(ec2, instance, volume, old);
  const task: ReplaceRootTask = {
    ReplaceRootVolumeTaskId: ec2.id('replacevol'), InstanceId: instance.InstanceId, TaskState: 'pending', StartTime: account.clock.timestamp(),
    DeleteReplacedRootVolume: input.DeleteReplacedRootVolume ?? false, Tags: specifiedTags(input.TagSpecifications, 'replace-root-volume-task'),
  };
  ec2.replaceRootTasks.set(task.ReplaceRootVolumeTaskId, task);
  account.clock.after(ec2.timing.rootDetachment * 1000, () => swap(ec2, task, instance, volume, old));
  return { ReplaceRootVolumeTask: { ...task } };
}

function rootOf(ec2: Ec2, instance: InstanceRecord): VolumeRecord | undefined {
  const mapping = instance.BlockDeviceMappings.find(each => each.DeviceName === instance.RootDeviceName);
  return ec2.volumes.get(mapping?.Ebs?.VolumeId ?? '');
}

function check(ec2: Ec2, instance: InstanceRecord, volume: VolumeRecord, old: VolumeRecord | undefined): void {
  if (instance.State.Name !== 'running') {
    throw new AwsError('IncorrectInstanceState', `The instance '${instance.InstanceId}' is not in the 'running' state.`);
  }
  if (instance.InstanceType.includes('.metal') && !instance.InstanceType.startsWith('mac')) {
    throw new AwsError('UnsupportedOperation', 'Root volume replacement is not supported for bare metal instances.');
  }
  if (volume.State !== 'available') throw new AwsError('IncorrectState', `${volume.VolumeId} is not 'available'.`);
  if (!samePlace(placeOfVolume(volume), placeOfInstance(instance))) {
    throw new AwsError('InvalidVolume.ZoneMismatch', `The volume '${volume.VolumeId}' is not in the same availability zone as instance '${instance.InstanceId}'`);
  }
  if (old?.Encrypted && !volume.Encrypted) throw invalidValue('The original root volume is encrypted; the replacement must be encrypted, too.');
  const platform = ec2.volumeModels.get(volume.VolumeId)?.platform;
  if (platform && (platform.PlatformDetails !== instance.PlatformDetails || platform.UsageOperation !== instance.UsageOperation)) {
    throw invalidValue('The billing information of the volume does not match that of the instance.');
  }
}

/** The old volume goes off, the new one on, the instance reboots from it; delete-on-termination is not handed over. */
function swap(ec2: Ec2, task: ReplaceRootTask, instance: InstanceRecord, volume: VolumeRecord, old: VolumeRecord | undefined): void {
  const { clock } = ec2.account;
  if (instance.State.Name !== 'running' || ec2.rootReplacementFails === 'failed') return end(ec2, task, 'failed');
  task.TaskState = 'in-progress';
  const device = instance.RootDeviceName!;
  if (old && mappingOf(instance, old.VolumeId)) detach(ec2, old, instance);
  if (ec2.rootReplacementFails === 'failed-detached') return end(ec2, task, 'failed-detached');
  attach(ec2, volume, instance, { device, deleteOnTermination: false, state: 'attaching' });
  // AWS lists the root first
  instance.BlockDeviceMappings = [...instance.BlockDeviceMappings].sort((a, b) => Number(b.DeviceName === device) - Number(a.DeviceName === device));
  reboot(ec2, instance);
  clock.after(ec2.timing.rootReplacement * 1000, () => {
    attached(volume, instance);
    if (task.DeleteReplacedRootVolume && old && ec2.volumes.has(old.VolumeId)) removeVolume(ec2, old);
    end(ec2, task, 'succeeded');
  });
}

function end(ec2: Ec2, task: ReplaceRootTask, state: 'succeeded' | 'failed' | 'failed-detached'): void {
  task.TaskState = state;
  task.CompleteTime = ec2.account.clock.timestamp();
}

export function describeReplaceRootVolumeTasks(input: DescribeReplaceRootVolumeTasksRequest, { account }: Call): DescribeReplaceRootVolumeTasksResult {
  const { replaceRootTasks: tasks } = account.ec2;
  const ids = input.ReplaceRootVolumeTaskIds;
  // the code is unverified against AWS
  const missing = ids?.find(id => !tasks.has(id));
  if (missing) throw new AwsError('InvalidReplaceRootVolumeTaskID.NotFound', `The replace root volume task '${missing}' does not exist`);
  const found = filtered([...tasks.values()].filter(each => !ids?.length || ids.includes(each.ReplaceRootVolumeTaskId)), input.Filters,
    { 'instance-id': plain(each => each.InstanceId) });
  const { page, NextToken } = paginate(found, each => each.ReplaceRootVolumeTaskId, input);
  return { ReplaceRootVolumeTasks: page, NextToken };
}
