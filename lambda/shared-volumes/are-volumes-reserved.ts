import { readAll } from '../shared/clone-commands';
import type { Sent } from '../shared/commands';
import { type Lease, renewLease } from '../shared/lease';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly commands: readonly Sent[]; readonly lease: Lease }
export interface Output { readonly reserved: boolean; readonly waitSeconds: number }

const WAIT_SECONDS = 3;

/** Looks whether the source holds its reservations. */
export async function handler({ commands, lease, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const reserved = await readAll(commands, 'could not reserve what is shared') !== undefined;
  return { reserved, waitSeconds: reserved ? 0 : WAIT_SECONDS };
}
