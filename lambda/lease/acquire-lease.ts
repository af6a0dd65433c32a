import { acquireLease, type Lease } from '../shared/lease';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly table: string; readonly instanceId: string }
export interface Output { readonly lease: Lease }

/** Takes the lease on an instance, so that no other execution works on it meanwhile. */
export async function handler({ table, instanceId, execution }: Input): Promise<Output> {
  return { lease: await acquireLease(table, instanceId, execution) };
}
