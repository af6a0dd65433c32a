import type { Json } from '../../json';
import type { MapState } from '../definition';
import { EvaluationError } from '../expression';
import { Aborted, StateFailure } from '../failure';
import { withRetries } from '../retry';
import type { MapItem, Thread } from '../thread';
import type { Exit, Visit } from '../visit';
import { runDistributed } from './distributed-map';
import { abortAll, together } from './together';

/** Inline Maps run at most 40 iterations at once (Developer Guide, "Service quotas"). */
const inlineConcurrency = 40;

export function runMap(visit: Visit<MapState>): Promise<Exit> {
  const { state, thread } = visit;
  return withRetries(visit, async () => {
    const items = await itemsOf(visit);
    const limits = {
      maxConcurrency: await visit.evaluateNumber(state.maxConcurrency, 'MaxConcurrency', { min: 0 }) ?? 0,
      toleratedCount: await visit.evaluateNumber(state.toleratedFailureCount, 'ToleratedFailureCount', { min: 0 }),
      toleratedPercentage: await visit.evaluateNumber(state.toleratedFailurePercentage, 'ToleratedFailurePercentage', { min: 0, max: 100, integer: false }),
    };
    const started = thread.emit('MapStateStarted', { mapStateStartedEventDetails: { length: items.length } });
    // AWS documents the tolerated failures of distributed Maps only; an inline Map takes the fields and fails at the first failure
    const result = state.distributed
      ? await runDistributed(visit, state.distributed, items, limits)
      : await runInline(visit, items, limits.maxConcurrency, started);
    // recorded: MapStateSucceeded and MapStateExited hang on the same event
    thread.aside('MapStateSucceeded');
    visit.closed = true;
    return visit.leave(state, result, { result });
  });
}

async function itemsOf(visit: Visit<MapState>): Promise<Json[]> {
  const { items } = visit.state;
  const value = items ? await visit.evaluateTyped(items, 'Items', 'array') : visit.input;
  if (Array.isArray(value)) return value;
  throw new EvaluationError(undefined, `Map state input must be an array but was: ${JSON.stringify(value)}`);
}

/** An item's input: the item, or what the ItemSelector makes of it. */
export async function inputOf(visit: Visit<MapState>, item: MapItem): Promise<Json> {
  const { itemSelector } = visit.state;
  return itemSelector ? visit.evaluate(itemSelector, 'ItemSelector', {}, item) : item.Value;
}

async function runInline(visit: Visit<MapState>, items: readonly Json[], maxConcurrency: number, started: number): Promise<Json[]> {
  const { state, thread } = visit;
  const results: Json[] = new Array<Json>(items.length);
  const running = new Set<Thread>();
  let lastSucceeded = started;
  let next = 0;

  /** Takes one item after the other; the next one's events are chained to those of the one before. */
  const worker = async () => {
    for (let previous = started; next < items.length;) {
      const index = next++;
      const item = { Index: index, Value: items[index]! };
      const details = { index, name: state.name };
      const input = await inputOf(visit, item);
      const iteration = thread.fork(previous, item, aborted => {
        thread.run.history.add('MapIterationAborted', aborted.previous, { mapIterationAbortedEventDetails: details });
      });
      running.add(iteration);
      iteration.emit('MapIterationStarted', { mapIterationStartedEventDetails: details });
      try {
        results[index] = await thread.run.runScope(iteration, state.processor, input);
      } catch (error) {
        if (error instanceof StateFailure && !error.terminal) {
          iteration.aside('MapIterationFailed', { mapIterationFailedEventDetails: details });
          thread.previous = iteration.previous;
          running.delete(iteration);
          iteration.abort(true);
        }
        throw error;
      }
      lastSucceeded = iteration.aside('MapIterationSucceeded', { mapIterationSucceededEventDetails: details });
      running.delete(iteration);
      previous = iteration.previous;
      thread.join(iteration);
    }
  };

  const workers = Math.min(maxConcurrency || inlineConcurrency, inlineConcurrency, items.length);
  await together(Array.from({ length: workers }, () => worker), error => {
    if (!(error instanceof Aborted)) abortAll(running, error instanceof StateFailure && error.terminal);
    next = items.length;
  });
  thread.previous = lastSucceeded;
  return results;
}
