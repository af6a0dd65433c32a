import type {
  DescribeInstancesRequest, DescribeInstancesResult, Instance, RebootInstancesRequest, Reservation, StartInstancesRequest, StartInstancesResult,
  StopInstancesRequest, StopInstancesResult, TerminateInstancesRequest, TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { allExisting, invalidValue, required, wellFormed } from './errors';
import { checkConnected, checkSlots, placeOfInstance, siteAt } from './edge/site';
import { filtered, plain, type Filters } from './filters';
import { reboot, start, stop, terminate } from './lifecycle';
import { checkVcpus } from './limits';
import { selected } from './reading';
import type { Ec2, InstanceRecord } from './state';
import { told } from './volumes';

export const instanceFilters: Filters<InstanceRecord> = {
  'instance-id': plain(each => each.InstanceId), 'instance-state-name': plain(each => each.State.Name), 'instance-state-code': plain(each => each.State.Code),
  'instance-type': plain(each => each.InstanceType), 'image-id': plain(each => each.ImageId), 'architecture': plain(each => each.Architecture),
  'availability-zone': plain(each => each.Placement.AvailabilityZone), 'client-token': plain(each => each.ClientToken), 'key-name': plain(each => each.KeyName),
  'subnet-id': plain(each => each.SubnetId), 'vpc-id': plain(each => each.VpcId), 'private-ip-address': plain(each => each.PrivateIpAddress),
  'ip-address': plain(each => each.PublicIpAddress), 'private-dns-name': plain(each => each.PrivateDnsName), 'dns-name': plain(each => each.PublicDnsName),
  'instance-lifecycle': plain(each => each.InstanceLifecycle), 'platform': plain(each => each.Platform), 'platform-details': plain(each => each.PlatformDetails),
  'root-device-name': plain(each => each.RootDeviceName), 'root-device-type': plain(each => each.RootDeviceType), 'tenancy': plain(each => each.Placement.Tenancy),
  'iam-instance-profile.arn': plain(each => each.IamInstanceProfile?.Arn), 'launch-time': plain(each => each.LaunchTime),
  'placement-group-name': plain(each => each.Placement.GroupName), 'virtualization-type': plain(each => each.VirtualizationType),
  'outpost-arn': plain(each => each.OutpostArn), 'monitoring-state': plain(each => each.Monitoring?.State), 'usage-operation': plain(each => each.UsageOperation),
  'instance.group-id': each => (each.SecurityGroups ?? []).map(group => group.GroupId),
  'instance.group-name': each => (each.SecurityGroups ?? []).map(group => group.GroupName),
  'block-device-mapping.volume-id': each => each.BlockDeviceMappings.map(mapping => mapping.Ebs?.VolumeId),
  'block-device-mapping.device-name': each => each.BlockDeviceMappings.map(mapping => mapping.DeviceName),
  'network-interface.network-interface-id': each => each.NetworkInterfaces.map(one => one.NetworkInterfaceId),
  'operator.managed': plain(each => each.Operator?.Managed ?? false), 'operator.principal': plain(each => each.Operator?.Principal),
};

export function selectInstances(ec2: Ec2, input: { InstanceIds?: string[]; MaxResults?: number }): InstanceRecord[] {
  wellFormed(input.InstanceIds, 'i', 'InvalidInstanceID.Malformed');
  return selected(ec2.account, ec2.instances, {
    kind: 'instance', ids: input.InstanceIds, maxResults: input.MaxResults, createdAt: id => ec2.instanceModels.get(id)?.createdAt,
  });
}

export function describeInstances(input: DescribeInstancesRequest, { account }: Call): DescribeInstancesResult {
  const ec2 = account.ec2;
  const reservationOf = (instance: InstanceRecord) => ec2.get(ec2.instanceModels, instance.InstanceId).reservation;
  const found = filtered(selectInstances(ec2, input), input.Filters?.filter(each => !reservationFilters[each.Name ?? '']), instanceFilters);
  const matching = (input.Filters ?? []).filter(each => reservationFilters[each.Name ?? '']).reduce((instances, { Name, Values }) =>
    instances.filter(each => Values?.includes(reservationFilters[Name!]!(reservationOf(each)) ?? '')), found);
  const { page, NextToken } = paginate(matching, instance => instance.InstanceId, input);
  const reservations = new Map<string, Reservation>();
  for (const instance of page) {
    const { ReservationId, OwnerId, RequesterId } = reservationOf(instance);
    const reservation = reservations.get(ReservationId)
      ?? { ReservationId, OwnerId, ...RequesterId !== undefined && { RequesterId }, Groups: [], Instances: [] };
    reservation.Instances!.push(shown(instance));
    reservations.set(ReservationId, reservation);
  }
  return { Reservations: [...reservations.values()], NextToken };
}

const reservationFilters: Readonly<Record<string, (reservation: { ReservationId: string; OwnerId: string; RequesterId?: string }) => string | undefined>> = {
  'reservation-id': each => each.ReservationId, 'owner-id': each => each.OwnerId, 'requester-id': each => each.RequesterId,
};

/** An instance as DescribeInstances shows it. */
export function shown(instance: InstanceRecord): Instance {
  return told(instance);
}

/** Every instance of a call exists and passes, or nothing happens to any of them. */
function all(ec2: Ec2, ids: string[] | undefined, check: (instance: InstanceRecord) => void): InstanceRecord[] {
  wellFormed(ids, 'i', 'InvalidInstanceID.Malformed');
  const named = required(ids, 'InstanceId');
  if (named.length > 1000) throw invalidValue('The maximum number of instance IDs is 1000.');
  const instances = allExisting(ec2.instances, 'instance', named);
  instances.forEach(check);
  return instances;
}

function incorrectState(instance: InstanceRecord, verb: string): AwsError {
  return new AwsError('IncorrectInstanceState', `The instance '${instance.InstanceId}' is not in a state from which it can be ${verb}.`);
}

export function stopInstances(input: StopInstancesRequest, { account }: Call): StopInstancesResult {
  const ec2 = account.ec2;
  const instances = all(ec2, input.InstanceIds, instance => {
    if (instance.State.Name === 'terminated' || instance.State.Name === 'shutting-down') throw incorrectState(instance, 'stopped');
    checkConnected(siteAt(ec2, placeOfInstance(instance)));
    if (ec2.get(ec2.instanceModels, instance.InstanceId).disableApiStop) {
      throw new AwsError('OperationNotPermitted',
        `The instance '${instance.InstanceId}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`);
    }
    if (instance.RootDeviceType === 'instance-store') {
      throw new AwsError('UnsupportedOperation', `The instance '${instance.InstanceId}' does not have an 'ebs' root device type and cannot be stopped.`);
    }
    if (input.Hibernate && !instance.HibernationOptions?.Configured) {
      throw new AwsError('UnsupportedHibernationConfiguration', `Instance ${instance.InstanceId} is not configured for hibernation.`);
    }
  });
  return { StoppingInstances: instances.map(instance => isUp(instance) ? stop(ec2, instance) : unchanged(instance)) };
}

export function startInstances(input: StartInstancesRequest, call: Call): StartInstancesResult {
  const { ec2 } = call.account;
  const instances = all(ec2, input.InstanceIds, instance => {
    if (!['stopped', 'running', 'pending'].includes(instance.State.Name!)) throw incorrectState(instance, 'started');
    checkConnected(siteAt(ec2, placeOfInstance(instance)));
    if (instance.State.Name === 'stopped') {
      checkVcpus(ec2, instance.InstanceType, 1);
      checkSlots(ec2, siteAt(ec2, placeOfInstance(instance)), instance.InstanceType, 1);
    }
  });
  return { StartingInstances: instances.map(instance => instance.State.Name === 'stopped' ? start(ec2, instance, call) : unchanged(instance)) };
}

/** Asked of an instance that does not run, nothing happens to any (the code is that of the error list's other state errors). */
export function rebootInstances(input: RebootInstancesRequest, { account }: Call): object {
  const ec2 = account.ec2;
  const instances = all(ec2, input.InstanceIds, instance => {
    if (instance.State.Name !== 'running') throw incorrectState(instance, 'rebooted');
  });
  for (const instance of instances) reboot(ec2, instance);
  return {};
}

export function terminateInstances(input: TerminateInstancesRequest, { account }: Call): TerminateInstancesResult {
  const ec2 = account.ec2;
  const instances = all(ec2, input.InstanceIds, instance => {
    if (instance.State.Name !== 'terminated') checkConnected(siteAt(ec2, placeOfInstance(instance)));
    if (ec2.get(ec2.instanceModels, instance.InstanceId).disableApiTermination && instance.State.Name !== 'terminated') {
      throw new AwsError('OperationNotPermitted',
        `The instance '${instance.InstanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`);
    }
  });
  return { TerminatingInstances: instances.map(instance => terminate(ec2, instance)) };
}

function isUp(instance: InstanceRecord): boolean {
  return instance.State.Name === 'running' || instance.State.Name === 'pending';
}

function unchanged(instance: InstanceRecord): { InstanceId: string; CurrentState: InstanceRecord['State']; PreviousState: InstanceRecord['State'] } {
  return { InstanceId: instance.InstanceId, CurrentState: { ...instance.State }, PreviousState: { ...instance.State } };
}
