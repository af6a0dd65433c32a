import { DeleteTagsCommand, DeleteVolumeCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { errorName } from '../shared/error-name';
import { findLitter } from '../shared/litter';
import { attachmentState, attachVolume, detachVolume, type ShareFacts } from '../shared/own-volume';
import type { Step } from '../shared/step';
import { CREATED_BY } from '../shared/tags';

export interface Input extends Step {
  readonly share: ShareFacts;
  /** Null when the copy did not get so far, or its answer was lost. */
  readonly ownVolumeId: string | null;
}
export interface Output { readonly restored: boolean; readonly waitSeconds: number }

const WAIT_SECONDS = 3;

/** Puts the shared volume back and deletes the copy, which nothing was written to: looks and acts once per turn. */
export async function handler({ share, ownVolumeId, execution, owner }: Input): Promise<Output> {
  const { instanceId, volumeId, device } = share;
  const waiting = { restored: false, waitSeconds: WAIT_SECONDS };
  // a copy whose answer was lost is found by its tags
  const found = (await findLitter(owner, execution)).filter(({ type }) => type === 'volume').map(({ id }) => id);
  const copies = [...new Set([...ownVolumeId === null ? [] : [ownVolumeId], ...found, ...await copiesAt(share)])];
  for (const copy of copies) {
    const state = await attachmentState(copy, instanceId);
    if (state === 'attached') await detachVolume(copy, instanceId);
    if (state !== null) return waiting;
  }
  const shared = await attachmentState(volumeId, instanceId);
  if (shared === null) await attachVolume(volumeId, instanceId, device);
  if (shared !== 'attached') return waiting;
  for (const copy of copies) await remove(copy, execution);
  return { restored: true, waitSeconds: 0 };
}

/** One that was signed already is no litter, but stands where the shared volume has to. */
async function copiesAt({ instanceId, device, volumeId }: ShareFacts): Promise<string[]> {
  const Filters = [{ Name: 'attachment.instance-id', Values: [instanceId] }, { Name: 'attachment.device', Values: [device] }];
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ Filters }));
  return Volumes.filter(({ SourceVolumeId, Attachments }) => SourceVolumeId === volumeId
    && Attachments?.some(one => one.InstanceId === instanceId && one.Device === device)).flatMap(({ VolumeId }) => VolumeId ?? []);
}

/** It was signed before it was to be mounted; now it never was. */
async function remove(VolumeId: string, execution: string): Promise<void> {
  try {
    await ec2.send(new DeleteTagsCommand({ Resources: [VolumeId], Tags: [{ Key: CREATED_BY, Value: execution }] }));
    await ec2.send(new DeleteVolumeCommand({ VolumeId }));
  } catch (error) {
    if (errorName(error) !== 'InvalidVolume.NotFound') throw error;
  }
}
