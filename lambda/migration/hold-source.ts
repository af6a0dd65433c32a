import { type Lease, renewLease } from '../shared/lease';
import type { MigrationRequest } from '../shared/migration/request';
import type { Step } from '../shared/step';
import { unmark } from '../shared/sync/marks';
import { PEER, PHASE, RATE_LIMIT, SESSION } from '../shared/tags';

export interface Input extends Step {
  readonly request: MigrationRequest;
  readonly lease: Lease;
  /** ISO 8601: until then clients may have the source's address in their caches; null: none has. */
  readonly cachedUntil: string | null;
  /** Seconds: no source can be held for longer by one execution. */
  readonly longestHold: number;
}
export interface Output {
  /** ISO 8601; null: it is kept for good. */
  readonly heldUntil: string | null;
}

/** Room for the steps after the hold. */
const HOUR = 3600;

/**
 * Keeps the source, and nobody else from it, for as long as was asked for, and as its address may be in caches of clients: once it is terminated,
 * somebody else's instance may be given that. One that is kept for good is an instance like any other again.
 */
export async function handler({ request: { instanceId, keepSource }, lease, cachedUntil, longestHold, execution }: Input): Promise<Output> {
  if (keepSource === null) {
    await unmark([instanceId], [PHASE, SESSION, PEER, RATE_LIMIT]);
    return { heldUntil: null };
  }
  const cached = cachedUntil === null ? 0 : Math.ceil((Date.parse(cachedUntil) - Date.now()) / 1000);
  const seconds = Math.max(keepSource, Math.min(cached, longestHold));
  await renewLease(lease, execution, seconds + HOUR);
  return { heldUntil: new Date(Date.now() + seconds * 1000).toISOString() };
}
