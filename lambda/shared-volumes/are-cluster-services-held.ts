import { readAll } from '../shared/clone-commands';
import type { Sent } from '../shared/commands';
import { type Lease, renewLease } from '../shared/lease';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly commands: readonly Sent[];
  readonly lease: Lease;
}
export interface Output { readonly held: boolean; readonly waitSeconds: number }

const WAIT_SECONDS = 5;

/** Looks whether no clone can join as its source any more: only then may one be let out. */
export async function handler({ commands, lease, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  return { held: await readAll(commands, 'could not be kept from joining the cluster as its source') !== undefined, waitSeconds: WAIT_SECONDS };
}
