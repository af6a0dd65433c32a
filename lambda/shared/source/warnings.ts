import type { Request } from '../request/request';
import type { Source } from './source';

type Facts = Omit<Source, 'warnings'>;

/** What a user should know of this source before it is cloned. */
export function warnings({ instance, attributes, volumes, instanceType, state }: Facts, request: Request): string[] {
  const interfaces = instance.NetworkInterfaces ?? [];
  const shared = volumes.filter(({ attachments, device }) => attachments > 1 && request.volumes[device]?.strategy !== 'shared').map(({ device }) => device);
  const lines: readonly (string | false)[] = [
    Boolean(instanceType && instanceType.instanceStoreGb > 0)
      && `the source has ${instanceType?.instanceStoreGb} GB of instance store: its content is not cloned, the clone's is empty`,
    instance.InstanceLifecycle === 'spot' && 'the source is a Spot Instance: the clone is launched on demand',
    instance.InstanceLifecycle === 'capacity-block' && 'the source runs in a Capacity Block: the clone is launched on demand',
    instance.InstanceLifecycle === 'scheduled' && 'the source is a Scheduled Instance: the clone is launched on demand',
    instance.HibernationOptions?.Configured === true
      && 'the source is enabled for hibernation: AWS advises against snapshots of such instances, for a hibernated memory image may be among the data',
    instance.Placement?.Tenancy === 'host'
      && 'the source runs on a Dedicated Host: the clone needs room on a host of yours too, else EC2 answers InsufficientCapacityOnHost',
    interfaces.length > 1 && interfaces.some(({ Association }) => Association?.PublicIp)
      && 'the source has several interfaces: EC2 gives no public IPv4 address to such a launch; associate an Elastic IP address with the clone afterwards',
    interfaces.some(({ InterfaceType }) => InterfaceType?.startsWith('efa'))
      && 'the source has an Elastic Fabric Adapter: the clone needs an instance type and a placement that support it',
    instance.TpmSupport !== undefined && 'the source has a NitroTPM: its state can not be transferred, the clone gets a new and empty one (keys sealed to it are lost)',
    (instance.ElasticGpuAssociations?.length ?? 0) + (instance.ElasticInferenceAcceleratorAssociations?.length ?? 0) > 0
      && 'the source has Elastic Graphics or Elastic Inference accelerators, which AWS no longer offers: the clone has none',
    instance.Tags?.some(({ Key }) => Key === 'aws:autoscaling:groupName') === true
      && 'the source belongs to an Auto Scaling group: the clone does not, nor to its target groups',
    instance.OutpostArn !== undefined
      && 'the source runs on an Outpost: its snapshots are taken in the Region, the clone goes where its subnet is; volumes are restored over the service link',
    shared.length > 0 && `several instances have ${shared.join(', ')} attached (Multi-Attach): the snapshots are consistent with the writes of the source only,`
      + ' and the clone gets volumes of its own',
    request.userData === 'source' && attributes.userData === null && 'userData is "source", but the source has none',
    request.userData === 'source' && attributes.userData !== null
      && 'the source\'s user data runs again on the clone, for its instance id is new: make sure that it formats and joins nothing',
    request.consistency === 'filesystem' && state === 'stopped' && 'the source is stopped: nothing needs to be frozen, its filesystems are as the shutdown left them',
    instance.Platform?.toLowerCase() === 'windows' && 'the clone has the same computer name, SID and domain membership as the source until Sysprep changes them',
    instance.PlatformDetails === undefined && 'EC2 does not say the source\'s platform details: the image is made by CreateImage, which keeps the billing data',
  ];
  return lines.filter(line => line !== false);
}
