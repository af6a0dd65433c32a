import { checkFleetRequest } from '../shared/fleet/check';
import { keysOf, prefixOf } from '../shared/fleet/objects';
import type { Location } from '../shared/locations';
import { writeJson } from '../shared/objects';
import type { Step } from '../shared/step';

export interface Input extends Step {
  /** The execution's input. */
  readonly request: unknown;
  readonly approvable: boolean;
  readonly locations: readonly Location[];
  readonly bucket: string;
}
export interface Output {
  /** The folder in the bucket in which all that is large is. */
  readonly prefix: string;
  readonly planOnly: boolean;
  readonly approvePlan: boolean;
}

/** Checks what is asked for, and stores it with every optional field said. */
export async function handler({ request, approvable, locations, bucket, execution }: Input): Promise<Output> {
  const checked = checkFleetRequest(request, { locations, approvable });
  const prefix = prefixOf(execution);
  await writeJson(bucket, keysOf({ prefix }).request, checked);
  return { prefix, planOnly: checked.planOnly, approvePlan: checked.approve.includes('plan') };
}
