import { describeCopies, type VolumeCopy } from '../shared/copies';
import { CopyFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly copies: readonly VolumeCopy[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output { readonly ready: boolean; readonly waitSeconds: number }

/** New volumes are to be seen within seconds; EBS drops one whose key turns out unusable without another word. */
const GONE_AFTER_MS = 120_000;

/** Looks whether the copies can be attached. */
export async function handler({ copies, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const seen = await describeCopies(copies);
  const failed = seen.filter(({ State }) => State !== 'creating' && State !== 'available' && State !== 'in-use');
  if (failed.length > 0) throw new CopyFailed(failed.map(({ VolumeId, State }) => `${VolumeId} is in state ${State}`).join('; '));
  const missing = copies.filter(({ volumeId }) => !seen.some(({ VolumeId }) => VolumeId === volumeId));
  if (missing.length > 0 && Date.now() - Date.parse(since) > GONE_AFTER_MS) {
    throw new CopyFailed(`${missing.map(({ device, volumeId }) => `${volumeId}, the copy of ${device},`).join(' ')} is gone: its key can not be used, or somebody deleted it`);
  }
  return { ready: missing.length === 0 && seen.every(({ State }) => State !== 'creating'), waitSeconds: pollDelay(since) };
}
