import { DescribeVolumesCommand, type Instance, type Volume } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { errorName } from '../shared/error-name';
import { ShareNotFound } from '../shared/errors';
import { describeInstances } from '../shared/instances';
import type { ShareFacts } from '../shared/own-volume';
import { readManagement } from '../shared/source/read';
import type { Step } from '../shared/step';
import { CREATED_BY, OWNER, RESERVED, tagMap, SOURCE, WRITES } from '../shared/tags';
import { VOLUME_LIMITS } from '../shared/volume-limits';
import type { OwnRequest } from './check-own-request';

export interface Input extends Step { readonly request: OwnRequest }
export interface Output { readonly share: ShareFacts }

/** Makes sure that there is such a share, and that it can be given up. */
export async function handler({ request, owner }: Input): Promise<Output> {
  const { cloneInstanceId, volumeId } = request;
  const clone = await readClone(cloneInstanceId);
  const tags = tagMap(clone?.Tags);
  if (tags[OWNER] !== owner || tags[CREATED_BY] === undefined) {
    throw new ShareNotFound(`${cloneInstanceId} is no finished clone of this construct: give the id of a clone that it made`);
  }
  if (clone?.State?.Name !== 'running') throw new ShareNotFound(`${cloneInstanceId} is ${clone?.State?.Name}: start it, for the volume is unmounted and mounted from inside`);
  const { Volumes: [volume] = [] } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: [volumeId] }] }));
  const own = volume?.Attachments?.find(({ InstanceId }) => InstanceId === cloneInstanceId);
  if (!volume?.MultiAttachEnabled || own?.State !== 'attached') throw new ShareNotFound(`${cloneInstanceId} does not share ${volumeId}: give the id of a volume that it shares; one that an ended swap has detached has to be attached again first`);
  const { online } = await readManagement(cloneInstanceId);
  if (!online) throw new ShareNotFound(`${cloneInstanceId} is not online in Systems Manager, through which the volume is unmounted and mounted: look at its agent`);
  const reservedBy = tags[RESERVED] === undefined ? null : tags[SOURCE] ?? null;
  return { share: {
    instanceId: cloneInstanceId, volumeId, device: own.Device ?? '', writable: tags[WRITES] === volumeId, reservedBy, size: volume.Size ?? 0, ...settingsOf(request, volume),
  } };
}

/** The shared volume's IOPS are the clone's, too, where the type needs them said. */
function settingsOf({ type, iops, throughput }: OwnRequest, { VolumeType = 'io2', Iops = 0 }: Volume): Pick<ShareFacts, 'type' | 'iops' | 'throughput'> {
  const chosen = type ?? VolumeType;
  const limits = VOLUME_LIMITS[chosen];
  const needed = limits?.iopsRequired ? Math.min(Math.max(Iops, limits.iops?.[0] ?? 0), limits.iops?.[1] ?? Iops) : null;
  return { type: chosen, iops: iops ?? needed, throughput };
}

async function readClone(instanceId: string): Promise<Instance | undefined> {
  try {
    return (await describeInstances([instanceId]))[0];
  } catch (error) {
    if (!/^InvalidInstanceID\./.test(errorName(error))) throw error;
    return undefined;
  }
}
