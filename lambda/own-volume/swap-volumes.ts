import { attachmentState, attachVolume, detachVolume, type ShareFacts } from '../shared/own-volume';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly share: ShareFacts; readonly ownVolumeId: string }
export interface Output { readonly swapped: boolean; readonly waitSeconds: number }

/** A program waits for its data meanwhile. */
const WAIT_SECONDS = 2;

/** Takes the shared volume off and puts the own one on: looks and acts once per turn, so that a repeated turn does no harm. */
export async function handler({ share, ownVolumeId }: Input): Promise<Output> {
  const { instanceId, volumeId, device } = share;
  const [shared, own] = [await attachmentState(volumeId, instanceId), await attachmentState(ownVolumeId, instanceId)];
  if (shared === 'attached') await detachVolume(volumeId, instanceId);
  if (shared === null && own === null) await attachVolume(ownVolumeId, instanceId, device);
  return { swapped: shared === null && own === 'attached', waitSeconds: WAIT_SECONDS };
}
