import type { InstanceStateChange, InstanceStateName } from '@aws-sdk/client-ec2';
import type { Call } from '../service';
import { attached, detach, volumesOf } from './attachments';
import { mayDecrypt } from './encryption';
import { leaveHost } from './host';
import { removeVolume } from './make-volume';
import { interfacesOf, removeInterface, showInterfaces } from './network';
import { publicAddress } from './addresses';
import { tellInstanceState } from './notices';
import type { Ec2, InstanceRecord } from './state';

/** Codes of states (doc comment of InstanceState.Code). */
const codes: Readonly<Record<InstanceStateName, number>> = {
  'pending': 0, 'running': 16, 'shutting-down': 32, 'terminated': 48, 'stopping': 64, 'stopped': 80,
};

export function setState(ec2: Ec2, instance: InstanceRecord, name: InstanceStateName): InstanceStateChange {
  if (instance.State.Name === 'running' && name !== 'running') goDown(ec2, instance);
  const previous = { Code: instance.State.Code, Name: instance.State.Name };
  instance.State = { Code: codes[name], Name: name };
  if (previous.Name !== name) tellInstanceState(ec2, instance.InstanceId, name);
  return { InstanceId: instance.InstanceId, CurrentState: { ...instance.State }, PreviousState: previous };
}

/** What it was busy with until now is written, and measured. */
function goDown(ec2: Ec2, instance: InstanceRecord): void {
  for (const { VolumeId } of volumesOf(ec2, instance)) ec2.account.loads.catchUp(VolumeId);
  ec2.meters.ran(instance);
}

/** pending → running, unless something that showed only now keeps the instance from coming up. */
export function bootLater(ec2: Ec2, instance: InstanceRecord, failure?: string): void {
  const { clock } = ec2.account;
  if (failure !== undefined) {
    clock.after(ec2.timing.kmsFailure * 1000, () => {
      if (instance.State.Name !== 'pending') return;
      setReason(ec2, instance, 'Client.InternalError', 'Client error on launch', 'Client.InternalError');
      end(ec2, instance);
    });
    return;
  }
  clock.after(ec2.timing.instanceStart * 1000, () => {
    if (instance.State.Name === 'pending') comeUp(ec2, instance);
  });
}

export function comeUp(ec2: Ec2, instance: InstanceRecord): void {
  for (const volume of volumesOf(ec2, instance)) attached(volume, instance);
  for (const record of interfacesOf(ec2, instance.InstanceId)) if (record.Attachment) record.Attachment.Status = 'attached';
  showInterfaces(ec2, instance);
  ec2.get(ec2.instanceModels, instance.InstanceId).runningSince = ec2.account.clock.now();
  delete instance.StateReason;
  instance.StateTransitionReason = '';
  if (instance.MetadataOptions) instance.MetadataOptions.State = 'applied';
  if (instance.Monitoring?.State === 'pending') instance.Monitoring.State = 'enabled';
  setState(ec2, instance, 'running');
}

export function stop(ec2: Ec2, instance: InstanceRecord): InstanceStateChange {
  setReason(ec2, instance, 'Client.UserInitiatedShutdown', 'User initiated shutdown', 'User initiated');
  const change = setState(ec2, instance, 'stopping');
  ec2.account.clock.after(ec2.timing.instanceStop * 1000, () => {
    if (instance.State.Name !== 'stopping') return;
    leaveHost(ec2, instance.InstanceId);
    losePublicAddresses(ec2, instance);
    ec2.get(ec2.instanceModels, instance.InstanceId).runningSince = undefined;
    setState(ec2, instance, 'stopped');
  });
  return change;
}

export function start(ec2: Ec2, instance: InstanceRecord, call: Call): InstanceStateChange {
  instance.LaunchTime = ec2.date();
  const primary = interfacesOf(ec2, instance.InstanceId)[0];
  if (primary && !primary.Association && ec2.subnets.get(primary.SubnetId)?.MapPublicIpOnLaunch && instance.NetworkInterfaces.length === 1) {
    primary.Association = publicAddress(ec2);
    primary.PrivateIpAddresses[0]!.Association = primary.Association;
    showInterfaces(ec2, instance);
  }
  delete instance.StateReason;
  instance.StateTransitionReason = '';
  const change = setState(ec2, instance, 'pending');
  const broken = volumesOf(ec2, instance).some(volume => volume.Encrypted && !mayDecrypt(call, volume.KmsKeyId ?? ''));
  if (broken) {
    // an instance whose volumes can not be decrypted goes back to stopped
    ec2.account.clock.after(ec2.timing.kmsFailure * 1000, () => {
      setReason(ec2, instance, 'Client.InternalError', 'Client error on launch', 'Client.InternalError');
      setState(ec2, instance, 'stopped');
    });
  } else bootLater(ec2, instance);
  return change;
}

/** The guest goes down and comes up again: its status checks start over. No event tells of a reboot. */
export function reboot(ec2: Ec2, instance: InstanceRecord): void {
  const model = ec2.get(ec2.instanceModels, instance.InstanceId);
  ec2.meters.ran(instance);
  model.runningSince = ec2.account.clock.now() + ec2.timing.instanceReboot * 1000;
  model.reboots += 1;
}

/** An address that is not an elastic one is released at stop and termination (EC2 user guide, "EC2 instance IP addressing"). */
function losePublicAddresses(ec2: Ec2, instance: InstanceRecord): void {
  for (const record of interfacesOf(ec2, instance.InstanceId)) {
    if (record.Association?.IpOwnerId !== 'amazon') continue;
    delete record.Association;
    for (const address of record.PrivateIpAddresses) if (address.Association?.IpOwnerId === 'amazon') delete address.Association;
  }
  showInterfaces(ec2, instance);
}

export function terminate(ec2: Ec2, instance: InstanceRecord): InstanceStateChange {
  if (instance.State.Name === 'terminated' || instance.State.Name === 'shutting-down') return setState(ec2, instance, instance.State.Name);
  setReason(ec2, instance, 'Client.UserInitiatedShutdown', 'User initiated shutdown', 'User initiated');
  const change = setState(ec2, instance, 'shutting-down');
  ec2.account.clock.after(ec2.timing.instanceTermination * 1000, () => end(ec2, instance));
  return change;
}

/** The end of an instance: what is deleted with it goes, the rest is free. It is described for a while yet. */
function end(ec2: Ec2, instance: InstanceRecord): void {
  leaveHost(ec2, instance.InstanceId);
  losePublicAddresses(ec2, instance);
  for (const volume of volumesOf(ec2, instance)) {
    const goes = volume.Attachments.find(each => each.InstanceId === instance.InstanceId)?.DeleteOnTermination;
    detach(ec2, volume, instance);
    if (goes && volume.Attachments.length === 0) removeVolume(ec2, volume);
  }
  for (const record of interfacesOf(ec2, instance.InstanceId)) {
    const goes = record.Attachment?.DeleteOnTermination;
    delete record.Attachment;
    // an elastic address stays with an interface that stays
    for (const address of ec2.addresses.values()) if (address.NetworkInterfaceId === record.NetworkInterfaceId) delete address.InstanceId;
    record.Status = 'available';
    if (goes) removeInterface(ec2, record);
  }
  instance.NetworkInterfaces = [];
  instance.SecurityGroups = [];
  instance.PrivateDnsName = '';
  instance.PublicDnsName = '';
  for (const field of ['PrivateIpAddress', 'PublicIpAddress', 'SubnetId', 'VpcId', 'SourceDestCheck', 'Ipv6Address'] as const) delete instance[field];
  if (instance.Monitoring) instance.Monitoring.State = 'disabled';
  setState(ec2, instance, 'terminated');
  ec2.account.clock.after(ec2.timing.terminatedVisible * 1000, () => {
    ec2.instances.delete(instance.InstanceId);
    ec2.instanceModels.delete(instance.InstanceId);
  });
}

/** As recorded: "Client.UserInitiatedShutdown: User initiated shutdown" and "User initiated (2022-07-31 08:32:37 GMT)". */
function setReason(ec2: Ec2, instance: InstanceRecord, code: string, message: string, transition: string): void {
  const at = ec2.account.clock.timestamp().replace('T', ' ').replace(/\..*/, ' GMT');
  instance.StateReason = { Code: code, Message: `${code}: ${message}` };
  instance.StateTransitionReason = transition === 'User initiated' ? `${transition} (${at})` : transition;
}
