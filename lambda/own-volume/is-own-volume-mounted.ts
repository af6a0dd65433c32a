import { readCommand } from '../shared/command';
import { OwnVolumeFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import type { ShareFacts } from '../shared/own-volume';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly share: ShareFacts;
  readonly commandId: string;
  readonly mount: string | null;
  readonly pausedAt: string | null;
  readonly lease: Lease;
}
export interface Output {
  readonly mounted: boolean;
  /** How long the data could not be read; null when it was not mounted before. */
  readonly pauseSeconds: number | null;
  /** How many blocks of a sample were those of the shared volume, which its instance goes on changing. */
  readonly verification: { readonly how: 'sample'; readonly compared: number; readonly equal: number } | null;
  /** Services that ended for it and do not run now. */
  readonly notStarted: readonly string[];
  readonly waitSeconds: number;
}

/** Looks whether the clone uses its own volume; a document that failed has mounted nothing. */
export async function handler({ share, commandId, mount, pausedAt, lease, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const result = await readCommand(share.instanceId, commandId);
  if (!result) return { mounted: false, pauseSeconds: null, verification: null, notStarted: [], waitSeconds: 2 };
  if (!result.succeeded) throw new OwnVolumeFailed(`${share.instanceId} could not mount its own volume: ${result.reason}`);
  const { at, compared, equal, notStarted } = result.answer;
  const pause = mount !== null && pausedAt !== null && typeof at === 'string' ? (Date.parse(at) - Date.parse(pausedAt)) / 1000 : null;
  return {
    mounted: true, pauseSeconds: pause, verification: { how: 'sample', compared: Number(compared), equal: Number(equal) },
    notStarted: Array.isArray(notStarted) ? notStarted.map(String) : [], waitSeconds: 0,
  };
}
