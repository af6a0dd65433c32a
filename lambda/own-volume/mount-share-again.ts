import { sendCommand } from '../shared/command';
import type { ShareFacts } from '../shared/own-volume';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly share: ShareFacts; readonly documentName: string }
export interface Output { readonly commandId: string }

/** Tells the clone to mount the shared volume as before, without a single write. */
export async function handler({ share, documentName }: Input): Promise<Output> {
  return { commandId: await sendCommand(share.instanceId, documentName, { Volumes: share.volumeId }) };
}
