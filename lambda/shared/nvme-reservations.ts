import { createHash } from 'node:crypto';
import { type Instance, paginateDescribeInstances, paginateDescribeVolumes, type Volume } from '@aws-sdk/client-ec2';
import { ec2 } from './ec2';
import { findInstances } from './instances';
import { EXECUTION, RESERVED, SOURCE, tagMap, WRITES } from './tags';

/** The key by which an instance reserves its volumes: the same whoever asks for it; its first digit is not 0, for then there would be no key. */
export function reservationKey(instanceId: string): string {
  return `1${createHash('sha256').update(instanceId).digest('hex').slice(0, 12)}`;
}

/**
 * Instances beside the source that have one of these volumes attached and may write to it, as `i-… (vol-…)`: a reservation of the source
 * would take that from them.
 */
export async function otherWriters(volumeIds: readonly string[], sourceInstanceId: string): Promise<string[]> {
  if (volumeIds.length === 0) return [];
  const attached = (await findVolumes('volume-id', volumeIds)).flatMap(({ VolumeId = '', Attachments = [] }) =>
    Attachments.map(({ InstanceId = '' }) => ({ volumeId: VolumeId, instanceId: InstanceId }))).filter(({ instanceId }) => instanceId !== sourceInstanceId);
  const instances = await findInstances([...new Set(attached.map(({ instanceId }) => instanceId))]);
  const readsOnly = (instanceId: string) => instances.some(({ InstanceId, Tags }) => InstanceId === instanceId && isReader(tagMap(Tags), sourceInstanceId));
  return attached.filter(({ instanceId }) => !readsOnly(instanceId)).map(({ instanceId, volumeId }) => `${instanceId} (${volumeId})`);
}

/** A clone of the source that was fenced before the volume was attached to it. */
function isReader(tags: Readonly<Record<string, string>>, sourceInstanceId: string): boolean {
  return tags[SOURCE] === sourceInstanceId && tags[WRITES] === undefined;
}

/** The shared volumes of a source that no clone needs reserved any more. An unfinished clone may be about to get its own: then it is none. */
export async function noLongerReserved(sourceInstanceId: string): Promise<string[]> {
  const clones: Instance[] = [];
  const Filters = [{ Name: `tag:${SOURCE}`, Values: [sourceInstanceId] }, { Name: 'tag-key', Values: [RESERVED] }];
  for await (const { Reservations } of paginateDescribeInstances({ client: ec2 }, { Filters })) {
    clones.push(...(Reservations ?? []).flatMap(({ Instances }) => Instances ?? []).filter(({ State }) => State?.Name !== 'terminated' && State?.Name !== 'shutting-down'));
  }
  if (clones.some(({ Tags }) => tagMap(Tags)[EXECUTION] !== undefined)) return [];
  const ids = clones.map(({ InstanceId }) => InstanceId);
  return (await findVolumes('attachment.instance-id', [sourceInstanceId])).filter(({ MultiAttachEnabled, VolumeType, Attachments = [] }) =>
    MultiAttachEnabled && VolumeType === 'io2' && !Attachments.some(({ InstanceId }) => ids.includes(InstanceId))).flatMap(({ VolumeId }) => VolumeId ?? []);
}

async function findVolumes(name: string, values: readonly string[]): Promise<Volume[]> {
  const found: Volume[] = [];
  for await (const { Volumes } of paginateDescribeVolumes({ client: ec2 }, { Filters: [{ Name: name, Values: [...values] }] })) found.push(...Volumes ?? []);
  return found;
}
