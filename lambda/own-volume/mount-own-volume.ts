import { sendCommand } from '../shared/command';
import type { ShareFacts } from '../shared/own-volume';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly share: ShareFacts;
  readonly ownVolumeId: string;
  readonly mount: string | null;
  readonly documentName: string;
}
export interface Output { readonly commandId: string }

/** Tells the clone to mount its own volume where it had the shared one. */
export async function handler({ share, ownVolumeId, mount, documentName }: Input): Promise<Output> {
  return { commandId: await sendCommand(share.instanceId, documentName, { Volume: ownVolumeId, Shared: share.volumeId, Mount: mount ?? 'none' }) };
}
