import { type Lease, renewLease } from '../shared/lease';
import type { MigrationRequest } from '../shared/migration/request';
import type { Step } from '../shared/step';
import { unmark } from '../shared/sync/marks';
import { PEER, PHASE, SESSION } from '../shared/tags';

export interface Input extends Step {
  readonly request: MigrationRequest;
  readonly lease: Lease;
}
export interface Output {
  /** ISO 8601; null: it is kept for good. */
  readonly heldUntil: string | null;
}

/** Room for the steps after the hold. */
const HOUR = 3600;

/** Keeps the source, and nobody else from it, for as long as was asked for. One that is kept for good is an instance like any other again. */
export async function handler({ request: { instanceId, keepSource }, lease, execution }: Input): Promise<Output> {
  if (keepSource === null) {
    await unmark([instanceId], [PHASE, SESSION, PEER]);
    return { heldUntil: null };
  }
  await renewLease(lease, execution, keepSource + HOUR);
  return { heldUntil: new Date(Date.now() + keepSource * 1000).toISOString() };
}
