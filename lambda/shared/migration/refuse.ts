import type { Instance } from '@aws-sdk/client-ec2';
import { CapacityLossNotAccepted, InstanceNotManaged, InstanceStoreStaysBehind, SourceIsProtected, SourceNotRunning, VolumeIsShared } from '../errors';
import type { Source } from '../source/source';
import type { MigrationRequest } from './request';

/** Refuses what can not be moved wherever it shall go, by what DescribeInstances alone tells. */
export function refuseAtSource({ InstanceId, State, Platform, OutpostArn }: Instance, request: MigrationRequest): void {
  if (State?.Name !== 'running') {
    throw new SourceNotRunning(`${InstanceId} is ${State?.Name ?? 'in no known state'}, and only what runs is moved: start it, or clone it where it shall be`);
  }
  if (Platform?.toLowerCase() === 'windows' && (request.services.length > 0 || request.consistency === 'filesystem')) {
    throw new InstanceNotManaged(`${InstanceId} runs Windows, but services are stopped and filesystems frozen by scripts for Linux: ask for "stopSource": true and consistency "crash" instead`);
  }
  if (request.stopSource && OutpostArn !== undefined && !request.acceptCapacityLoss) {
    throw new CapacityLossNotAccepted(`${InstanceId} is at ${OutpostArn}: stopped there it may find its room taken when it has to start again. Say "acceptCapacityLoss": true, or leave "stopSource" out`);
  }
}

/** What the description of the whole source tells. */
export function refuseParts({ instanceId, instanceType, attributes, volumes }: Source, { stopSource }: MigrationRequest): void {
  if (stopSource && attributes.stopProtection) {
    throw new SourceIsProtected(`"stopSource" is asked for, but ${instanceId} is protected from being stopped (disableApiStop): take that protection off, or leave "stopSource" out`);
  }
  if ((instanceType?.instanceStoreGb ?? 0) > 0) {
    throw new InstanceStoreStaysBehind(`${instanceId} is of type ${instanceType?.name}, whose instance store no snapshot holds: move its data by InstanceStoreSync first`);
  }
  const shared = volumes.filter(({ attachments }) => attachments > 1);
  if (shared.length > 0) {
    throw new VolumeIsShared(`${shared.map(({ volumeId, device }) => `${volumeId} (${device})`).join(', ')} of ${instanceId} is attached to other instances as well: detach it there first`);
  }
}
