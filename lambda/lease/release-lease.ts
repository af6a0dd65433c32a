import { releaseLease, type Lease } from '../shared/lease';
import type { Step } from '../shared/step';

export interface Input extends Step { readonly lease: Lease }
export interface Output { readonly released: boolean }

/** Gives the instance free for other executions. */
export async function handler({ lease, execution }: Input): Promise<Output> {
  return { released: await releaseLease(lease.table, lease.instanceId, execution, lease.token) };
}
