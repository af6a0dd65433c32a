import type { Thread } from '../thread';

/**
 * Runs work side by side; the first failure is the whole's. At that very moment `onFailure` is called, so that
 * nothing else happens before the others are aborted.
 */
export async function together<T>(jobs: readonly (() => Promise<T>)[], onFailure: (error: unknown) => void): Promise<T[]> {
  let failed = false;
  return Promise.all(jobs.map(async job => {
    try {
      return await job();
    } catch (error) {
      if (!failed) {
        failed = true;
        onFailure(error);
      }
      throw error;
    }
  }));
}

/** Aborts threads in order. */
export function abortAll(threads: Iterable<Thread>, silently: boolean): void {
  for (const thread of threads) thread.abort(silently);
}
