import { DescribeVolumesCommand, DescribeVolumeStatusCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { pollDelay } from '../shared/poll';
import { alarmName, findAlarms } from '../shared/share-alarms';
import type { Step } from '../shared/step';
import { OWNER } from '../shared/tags';
import type { OwnRequest } from './check-own-request';

export interface Input extends Step {
  readonly request: OwnRequest;
  readonly alarmPrefix: string;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  /** A volume that is just being loaded is slow by nature: its alarm says nothing of the share. */
  readonly verdict: 'degraded' | 'recovered' | 'initializing';
  readonly waitSeconds: number;
}

/** Looks whether the alarm that started this stands, and means what it says. */
export async function handler({ request: { cloneInstanceId, volumeId }, alarmPrefix, since, owner }: Input): Promise<Output> {
  const name = alarmName(alarmPrefix, cloneInstanceId, volumeId);
  const alarm = (await findAlarms(name)).find(one => one.name === name);
  if (alarm?.state !== 'ALARM') return { verdict: 'recovered', waitSeconds: 0 };
  return { verdict: await isInitializing(volumeId, owner) ? 'initializing' : 'degraded', waitSeconds: pollDelay(since) };
}

/** Whether the volume is loaded from a snapshot, or copied for another clone: EC2 has no filter for the source of a copy. */
async function isInitializing(volumeId: string, owner: string): Promise<boolean> {
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: `tag:${OWNER}`, Values: [owner] }] }));
  const copies = Volumes.filter(({ SourceVolumeId }) => SourceVolumeId === volumeId).flatMap(({ VolumeId }) => VolumeId ?? []);
  const { VolumeStatuses = [] } = await ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: [volumeId, ...copies] }));
  return VolumeStatuses.some(({ VolumeStatus }) => VolumeStatus?.Details?.some(({ Name, Status }) => Name === 'initialization-state' && Status === 'initializing'));
}
