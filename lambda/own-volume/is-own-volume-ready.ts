import { describeVolume } from '../shared/own-volume';
import { CopyFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly ownVolumeId: string;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output { readonly ready: boolean; readonly waitSeconds: number }

/** EBS drops a volume whose key turns out unusable without another word. */
const GONE_AFTER_MS = 120_000;

/** Looks whether the copy can be attached. */
export async function handler({ ownVolumeId, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const volume = await describeVolume(ownVolumeId);
  if (!volume && Date.now() - Date.parse(since) > GONE_AFTER_MS) throw new CopyFailed(`${ownVolumeId} is gone: its key can not be used, or somebody deleted it`);
  if (volume?.State === 'error') throw new CopyFailed(`${ownVolumeId} is in state error`);
  return { ready: volume?.State === 'available', waitSeconds: pollDelay(since) };
}
