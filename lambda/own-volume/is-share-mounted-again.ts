import { readCommand } from '../shared/command';
import { ShareFailed } from '../shared/errors';
import type { ShareFacts } from '../shared/own-volume';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly share: ShareFacts; readonly commandId: string }
export interface Output { readonly mounted: boolean; readonly waitSeconds: number }

/** Looks whether the share is as it was. */
export async function handler({ share, commandId }: Input): Promise<Output> {
  const result = await readCommand(share.instanceId, commandId);
  if (result && !result.succeeded) throw new ShareFailed(`${share.instanceId} could not mount ${share.volumeId} again: ${result.reason}`);
  return { mounted: result !== undefined, waitSeconds: 3 };
}
