import type { Location } from '../shared/locations';
import { writeJson } from '../shared/objects';
import { keysOf, prefixOf } from '../shared/replay/objects';
import { checkReplayRequest, windowsOf } from '../shared/replay/request';
import type { Step } from '../shared/step';

export interface Input extends Step {
  /** The execution's input. */
  readonly request: unknown;
  readonly locations: readonly Location[];
  readonly bucket: string;
}
export interface Output {
  /** The folder in the bucket in which all that is large is. */
  readonly prefix: string;
  /** ISO 8601: the span whose metrics are read. */
  readonly from: string;
  readonly to: string;
  /** Past windows to replay. */
  readonly windows: number;
}

/** Checks what is asked for, and stores it with every optional field said. */
export async function handler({ request, locations, bucket, execution }: Input): Promise<Output> {
  const checked = checkReplayRequest(request, locations);
  const prefix = prefixOf(execution);
  await writeJson(bucket, keysOf(prefix).request, checked);
  const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
  return { prefix, from: iso(checked.from), to: iso(checked.to), windows: windowsOf(checked).length };
}
