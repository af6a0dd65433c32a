import { sendCommand } from '../shared/command';
import type { ShareFacts } from '../shared/own-volume';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly share: ShareFacts;
  /** What mounts without a single write. */
  readonly documentName: string;
  /** What mounts as a member of the cluster. */
  readonly joinDocumentName: string;
}
export interface Output { readonly commandId: string }

/** Tells the clone to mount the shared volume as before: without a single write, or to write as it did. */
export async function handler({ share: { instanceId, volumeId, writable }, documentName, joinDocumentName }: Input): Promise<Output> {
  const commandId = writable ? await sendCommand(instanceId, joinDocumentName, { Volume: volumeId })
    : await sendCommand(instanceId, documentName, { Volumes: volumeId });
  return { commandId };
}
