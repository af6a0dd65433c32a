import type { Location } from '../shared/locations';
import { writeJson } from '../shared/objects';
import { windowKey } from '../shared/replay/objects';
import { Reality } from '../shared/replay/reality';
import { readRecords } from '../shared/replay/records';
import { replayStrategy } from '../shared/replay/replay';
import { type ReplayedWindow, windowOf } from '../shared/replay/report';
import { windowsOf } from '../shared/replay/request';
import { PastWindow } from '../shared/replay/window';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly locations: readonly Location[];
  readonly shards: number;
  /** Which of the past windows. */
  readonly window: number;
}
export interface Output {
  /** Instances that could be judged in the window. */
  readonly instances: number;
}

/** Carries every strategy through one past window: plans with what was known then, and takes what happened. */
export async function handler({ bucket, prefix, locations, shards, window: index }: Input): Promise<Output> {
  const records = await readRecords(bucket, prefix, shards, locations);
  const window = new PastWindow(records, windowsOf(records.request)[index] ?? NaN);
  const reality = new Reality(window);
  const replayed: ReplayedWindow = windowOf(window, reality, records.request.strategies.map(strategy => replayStrategy(window, reality, strategy)));
  await writeJson(bucket, windowKey(prefix, index), replayed);
  return { instances: window.fleet.instances.length };
}
