import type { Random } from '../random';
import type { CatchingState, Retrier } from './definition';
import { matches, type StateFailure } from './failure';
import type { Exit, Visit } from './visit';

/** The retriers of one visit of a state; each counts for itself. */
export class Retries {
  private readonly used: number[];

  constructor(private readonly retriers: readonly Retrier[], private readonly random: Random) {
    this.used = retriers.map(() => 0);
  }

  /** Seconds to wait before the next attempt; undefined when the first retrier that names the error is exhausted, or none does. */
  delay(failure: StateFailure): number | undefined {
    const index = this.retriers.findIndex(({ errorEquals }) => matches(errorEquals, failure));
    const retrier = this.retriers[index];
    if (!retrier || this.used[index]! >= retrier.maxAttempts) return undefined;
    const seconds = Math.min(retrier.maxDelaySeconds ?? Infinity, retrier.intervalSeconds * retrier.backoffRate ** this.used[index]!);
    this.used[index]!++;
    return retrier.jitter ? seconds * this.random.next() : seconds;
  }
}

/** Attempts a state until it is done, retriers first, then catchers. */
export async function withRetries<S extends CatchingState>(visit: Visit<S>, attempt: () => Promise<Exit>): Promise<Exit> {
  const { clock, random } = visit.thread.run;
  const retries = new Retries(visit.state.retry, random);
  for (;;) {
    try {
      visit.closed = false;
      return await attempt();
    } catch (error) {
      const failure = visit.failureOf(error);
      if (failure.terminal) throw failure;
      const seconds = retries.delay(failure);
      if (seconds === undefined) return recover(visit, failure);
      await visit.thread.sleepUntil(clock.now() + seconds * 1000);
      visit.retryCount++;
    }
  }
}

async function recover<S extends CatchingState>(visit: Visit<S>, failure: StateFailure): Promise<Exit> {
  const { state, thread } = visit;
  if (state.type !== 'Task' && !visit.closed) {
    thread.emit(`${state.type}StateFailed`);
    visit.closed = true;
  }
  const index = state.catch.findIndex(({ errorEquals }) => matches(errorEquals, failure));
  if (index < 0) throw failure;
  // a failure without a cause has the empty one (seen on AWS: {"Error":"States.Timeout","Cause":""})
  const errorOutput = { ...(failure.error === undefined ? {} : { Error: failure.error }), Cause: failure.cause ?? '' };
  return visit.leave(state.catch[index]!, errorOutput, { errorOutput }, `Catch[${index}]/`);
}
