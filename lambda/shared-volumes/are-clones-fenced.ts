import { readAll } from '../shared/clone-commands';
import type { Sent } from '../shared/commands';
import { type Lease, renewLease } from '../shared/lease';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly commands: readonly Sent[];
  readonly lease: Lease;
}
export interface Output { readonly fenced: boolean; readonly waitSeconds: number }

const WAIT_SECONDS = 5;

/** Looks whether every clone is ready for the volumes. */
export async function handler({ commands, lease, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const results = await readAll(commands);
  return { fenced: results !== undefined, waitSeconds: WAIT_SECONDS };
}
