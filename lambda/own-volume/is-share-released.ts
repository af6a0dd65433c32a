import { readCommand } from '../shared/command';
import { OwnVolumeFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import type { ShareFacts } from '../shared/own-volume';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly share: ShareFacts; readonly commandId: string; readonly lease: Lease }
export interface Output {
  readonly released: boolean;
  /** Where it was mounted; null when it was not. */
  readonly mount: string | null;
  /** ISO 8601, by the clone's clock: from then on it can not be read. */
  readonly pausedAt: string | null;
  readonly waitSeconds: number;
}

/** Looks whether the clone has let go of the volume. */
export async function handler({ share, commandId, lease, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const result = await readCommand(share.instanceId, commandId);
  if (!result) return { released: false, mount: null, pausedAt: null, waitSeconds: 2 };
  if (!result.succeeded) throw new OwnVolumeFailed(`${share.instanceId} could not let go of ${share.volumeId}: ${result.reason}`);
  const { mount, since } = result.answer;
  return { released: true, mount: typeof mount === 'string' ? mount : null, pausedAt: typeof since === 'string' ? since : null, waitSeconds: 0 };
}
