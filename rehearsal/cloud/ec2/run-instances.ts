import type { Reservation, RunInstancesRequest } from '@aws-sdk/client-ec2';
import { AwsError, type Call } from '../service';
import { shown } from './instances';
import { checkConnected, checkSlots, checkVolumesAt, freeSlots, freeStorage, placeOfSubnet, siteAt } from './edge/site';
import { checkRequest, fittingType, launchableImage, namedProfile } from './launch-checks';
import { plannedVolumes } from './launch-devices';
import { plannedInterfaces } from './launch-network';
import { bootLater } from './lifecycle';
import { checkVcpus } from './limits';
import { makeInstance, type LaunchPlan } from './make-instance';
import { insufficientAddresses } from './network';
import { tellInstanceState } from './notices';
import type { Ec2 } from './state';
import { checkSpecifications } from './tags';

/** Launches instances: all checks first, then all that can be had between MinCount and MaxCount. */
export function runInstances(input: RunInstancesRequest, call: Call): Reservation {
  const ec2 = call.account.ec2;
  checkSpecifications(ec2, input.TagSpecifications, ['instance', 'volume', 'network-interface', 'spot-instances-request']);
  const image = launchableImage(ec2, input.ImageId);
  const type = fittingType(input.InstanceType, image);
  checkRequest(ec2, input, type);
  const interfaces = plannedInterfaces(ec2, input, type);
  const place = placeOfSubnet(interfaces[0]!.subnet);
  const site = siteAt(ec2, place);
  checkConnected(site);
  const plan: LaunchPlan = {
    input, image, type, interfaces,
    volumes: plannedVolumes(ec2, image, input.BlockDeviceMappings ?? [], { place, call }),
    profile: namedProfile(ec2, input.IamInstanceProfile),
    reservation: { ReservationId: ec2.id('r'), OwnerId: call.account.accountId },
  };
  checkVcpus(ec2, type.name, input.MinCount!);
  checkSlots(ec2, site, type.name, input.MinCount!);
  checkVolumesAt(ec2, site, plan.volumes.map(each => ({ ...each.shape, initializationRate: each.initializationRate })), input.MinCount);
  const failure = plan.volumes.find(volume => volume.encryption.failure !== undefined)?.encryption.failure;
  const instances = Array.from({ length: obtainable(ec2, plan) }, (_, index) => makeInstance(ec2, plan, index));
  for (const instance of instances) {
    tellInstanceState(ec2, instance.InstanceId, 'pending');
    bootLater(ec2, instance, failure);
  }
  return {
    ...plan.reservation, Groups: [],
    // the answer comes before the volumes: it lists no block devices (recorded)
    Instances: instances.map(instance => ({ ...shown(instance), BlockDeviceMappings: [] })),
  };
}

/** As many as the quota and the addresses of the subnets allow, MinCount at least. */
function obtainable(ec2: Ec2, { input, type, interfaces, volumes }: LaunchPlan): number {
  for (let count = input.MaxCount!; count > input.MinCount!; count--) {
    const fits = interfaces.every(({ subnet }) => subnet.AvailableIpAddressCount
      >= count * interfaces.filter(each => each.subnet === subnet)
        .reduce((sum, { spec }) => sum + Math.max(1, spec.PrivateIpAddresses?.length ?? 0) + (spec.SecondaryPrivateIpAddressCount ?? 0), 0));
    if (fits && withinQuota(ec2, type.name, count) && hasRoom(ec2, { type, interfaces, volumes }, count)) return count;
  }
  const tight = interfaces.find(({ subnet }) => subnet.AvailableIpAddressCount < input.MinCount!);
  if (tight) throw insufficientAddresses(tight.subnet);
  return input.MinCount!;
}

function hasRoom(ec2: Ec2, { type, interfaces, volumes }: Pick<LaunchPlan, 'type' | 'interfaces' | 'volumes'>, count: number): boolean {
  const site = siteAt(ec2, placeOfSubnet(interfaces[0]!.subnet));
  return !site || freeSlots(ec2, site, type.name) >= count && [...new Set(volumes.map(each => each.shape.type))].every(kind =>
    freeStorage(ec2, site, kind) >= count * volumes.filter(each => each.shape.type === kind).reduce((sum, { shape }) => sum + shape.size, 0));
}

function withinQuota(ec2: Ec2, type: string, count: number): boolean {
  try {
    checkVcpus(ec2, type, count);
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}

/**
 * The same client token again: the same instances, as they are by now; once they were terminated it can not be used any
 * more (EC2 developer guide, "Ensuring idempotency").
 */
export function repeatedLaunch(first: Reservation, { account }: Call): Reservation {
  const ec2 = account.ec2;
  const ids = (first.Instances ?? []).map(instance => instance.InstanceId!);
  if (ids.every(id => !ec2.instances.has(id) || ['terminated', 'shutting-down'].includes(ec2.instances.get(id)!.State.Name!))) {
    throw new AwsError('IdempotentInstanceTerminated', 'The client token of this request belongs to an instance that has been terminated.');
  }
  return { ...first, Instances: ids.flatMap(id => ec2.instances.has(id) ? [shown(ec2.instances.get(id)!)] : []) };
}
