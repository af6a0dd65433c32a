import { DescribeVolumesCommand, type Instance } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { errorName } from '../shared/error-name';
import { ShareNotFound } from '../shared/errors';
import { describeInstances } from '../shared/instances';
import type { ShareFacts } from '../shared/own-volume';
import { readManagement } from '../shared/source/read';
import type { Step } from '../shared/step';
import { CREATED_BY, OWNER, tagMap } from '../shared/tags';
import type { OwnRequest } from './check-own-request';

export interface Input extends Step { readonly request: OwnRequest }
export interface Output { readonly share: ShareFacts }

/** Makes sure that there is such a share, and that it can be given up. */
export async function handler({ request: { cloneInstanceId, volumeId }, owner }: Input): Promise<Output> {
  const clone = await readClone(cloneInstanceId);
  const tags = tagMap(clone?.Tags);
  if (tags[OWNER] !== owner || tags[CREATED_BY] === undefined) {
    throw new ShareNotFound(`${cloneInstanceId} is no finished clone of this construct: give the id of a clone that it made`);
  }
  if (clone?.State?.Name !== 'running') throw new ShareNotFound(`${cloneInstanceId} is ${clone?.State?.Name}: start it, for the volume is unmounted and mounted from inside`);
  const { Volumes: [volume] = [] } = await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values: [volumeId] }] }));
  const own = volume?.Attachments?.find(({ InstanceId }) => InstanceId === cloneInstanceId);
  if (!volume?.MultiAttachEnabled || own?.State !== 'attached') throw new ShareNotFound(`${cloneInstanceId} does not share ${volumeId}`);
  const { online } = await readManagement(cloneInstanceId);
  if (!online) throw new ShareNotFound(`${cloneInstanceId} is not online in Systems Manager, through which the volume is unmounted and mounted: look at its agent`);
  return { share: {
    instanceId: cloneInstanceId, volumeId, device: own.Device ?? '', size: volume.Size ?? 0, type: volume.VolumeType ?? 'io2', iops: volume.Iops ?? null,
  } };
}

async function readClone(instanceId: string): Promise<Instance | undefined> {
  try {
    return (await describeInstances([instanceId]))[0];
  } catch (error) {
    if (!/^InvalidInstanceID\./.test(errorName(error))) throw error;
    return undefined;
  }
}
