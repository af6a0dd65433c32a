import type { Instance } from '@aws-sdk/client-ec2';
import {
  FreezeNeedsLinux, InstanceTypeNotFound, RoleNotPassable, RootIsInstanceStore, SourceIsChanging, SourceIsMarketplace, SourceIsOperatorManaged,
  SourceNotManagedBySsm, SourceNotRunning, UnsupportedInterfaceType,
} from '../errors';
import type { Request } from '../request/request';
import type { InstanceTypeFacts, Source } from './source';

/** Interfaces that a launch can make (doc comment of InstanceNetworkInterfaceSpecification.InterfaceType, client-ec2). */
const LAUNCHABLE_INTERFACES = ['interface', 'efa', 'efa-only'];

/** Refuses what can not be cloned, by what DescribeInstances alone tells. */
export function refuseInstance(instance: Instance): void {
  const id = instance.InstanceId;
  const state = instance.State?.Name;
  if (state !== 'running' && state !== 'stopped') {
    throw new SourceNotRunning(`${id} is ${state ?? 'in no known state'}: only running and stopped instances can be cloned; start again when it is one of them`);
  }
  const managed = [instance.Operator, ...(instance.BlockDeviceMappings ?? []).map(({ Ebs }) => Ebs?.Operator),
    ...(instance.NetworkInterfaces ?? []).map(({ Operator }) => Operator)].find(operator => operator?.Managed);
  if (managed) {
    throw new SourceIsOperatorManaged(`${id} or one of its volumes or interfaces is managed by ${managed.Principal ?? 'an AWS service'}:`
      + ' clone it by the means of that service');
  }
  const product = instance.ProductCodes?.find(({ ProductCodeType }) => ProductCodeType === 'marketplace');
  if (product) {
    throw new SourceIsMarketplace(`${id} carries the Marketplace product code ${product.ProductCodeId}: launch the copy from the product's own image`
      + ' under a subscription, and bring the data over by its own means');
  }
  if (instance.RootDeviceType === 'instance-store') {
    throw new RootIsInstanceStore(`the root of ${id} is an instance store, of which no snapshot can be taken: clone an instance with an EBS root`);
  }
  refuseMovingParts(instance);
  const strange = (instance.NetworkInterfaces ?? []).find(({ InterfaceType = 'interface' }) => !LAUNCHABLE_INTERFACES.includes(InterfaceType));
  if (strange) {
    throw new UnsupportedInterfaceType(`${strange.NetworkInterfaceId} of ${id} is of type ${strange.InterfaceType}, but a launch can make only`
      + ` ${LAUNCHABLE_INTERFACES.join(', ')}: detach it before cloning, or clone another instance`);
  }
}

function refuseMovingParts(instance: Instance): void {
  const moving = [
    ...(instance.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs }) => ({ part: `${Ebs?.VolumeId} (${DeviceName})`, status: Ebs?.Status })),
    ...(instance.NetworkInterfaces ?? []).map(({ NetworkInterfaceId, Attachment }) => ({ part: NetworkInterfaceId, status: Attachment?.Status })),
  ].filter(({ status }) => status === 'attaching' || status === 'detaching');
  if (moving.length > 0) {
    throw new SourceIsChanging(`${instance.InstanceId} is being changed: ${moving.map(({ part, status }) => `${part} is ${status}`).join(', ')};`
      + ' start again when that is over');
  }
}

export function refuseRole(profile: Source['profile'], passableRoleArns: readonly string[]): void {
  if (!profile?.roleArn || passableRoleArns.includes(profile.roleArn)) return;
  throw new RoleNotPassable(`the instance profile ${profile.name} has the role ${profile.roleArn}, which the construct may not pass: add that role to`
    + ' the construct\'s prop passableRoles, or start again with instanceProfile "none" or the name of a profile whose role is passable');
}

export function refuseType(request: Request, cloneType: InstanceTypeFacts | null): void {
  if (request.instanceType === null || cloneType) return;
  throw new InstanceTypeNotFound(`EC2 does not know the instance type ${request.instanceType} in this Region: correct instanceType`);
}

/** Filesystems can be frozen on a running Linux that Systems Manager reaches; Windows is another matter (`refuseVss`). */
export function refuseFreeze(instance: Instance, management: { readonly online: boolean; readonly platform: string | null }): void {
  if (management.platform !== null && management.platform !== 'Linux') {
    throw new FreezeNeedsLinux(`${instance.InstanceId} runs ${management.platform}, and filesystems are frozen on Linux and, where EC2 knows it as such, on Windows`
      + ' only: start again with consistency "crash"');
  }
  if (!management.online) {
    throw new SourceNotManagedBySsm(`${instance.InstanceId} is not online in Systems Manager, through which filesystems are frozen: give it the agent and`
      + ' the permissions of AmazonSSMManagedInstanceCore, or start again with consistency "crash"');
  }
}
