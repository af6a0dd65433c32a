import type { Json, JsonObject } from '../../json';
import type { Batcher, MapState } from '../definition';
import { Aborted, StateFailure } from '../failure';
import { dataLimit, size } from '../limits';
import type { ChildExecution } from '../run';
import type { Visit } from '../visit';
import { inputOf } from './map';
import { together } from './together';

/** Children of a distributed Map that run at once, at most (Developer Guide, "Service quotas"). */
const mostChildren = 10_000;
/** Express executions end after five minutes. */
const expressSeconds = 300;

interface Limits {
  readonly maxConcurrency: number;
  readonly toleratedCount: number | undefined;
  readonly toleratedPercentage: number | undefined;
}

/** A child's input, and how many items are in it. */
interface Batch {
  readonly input: Json;
  readonly items: number;
}

/**
 * Runs each item, or batch of items, as an execution of its own, which sees no variable of this one.
 * Unverified against AWS: that a tolerated failure leaves no entry in the result.
 */
export async function runDistributed(
  visit: Visit<MapState>, { express, label, batcher }: NonNullable<MapState['distributed']>, items: readonly Json[], limits: Limits,
): Promise<Json[]> {
  const { state, thread } = visit;
  const { run } = thread;
  // order: select, then batch, then the child's input (States Language)
  const selected: Json[] = [];
  for (const [index, value] of items.entries()) selected.push(await inputOf(visit, { Index: index, Value: value }));
  const batches = batcher ? await batch(visit, batcher, selected) : selected.map(input => ({ input, items: 1 }));

  const arn = arnOf(run.identity.arn, run.identity.machineName, label ?? run.random.hex(8));
  const mapRunArn = `${arn('mapRun')}:${run.random.uuid()}`;
  thread.emit('MapRunStarted', { mapRunStartedEventDetails: { mapRunArn } });
  const timeoutSeconds = express ? { timeoutSeconds: expressSeconds } : {};
  const results = new Map<number, Json>();
  const children = new Set<ChildExecution>();
  let failedItems = 0;
  let next = 0;

  const worker = async () => {
    while (next < batches.length) {
      const index = next++;
      const name = run.random.uuid();
      const child = run.startItem({
        machine: { ...state.processor, ...timeoutSeconds }, name, arn: `${arn('execution')}:${name}`, input: batches[index]!.input,
      });
      children.add(child);
      await thread.abortable(child.done);
      children.delete(child);
      if (child.status === 'SUCCEEDED') {
        results.set(index, child.output!);
        continue;
      }
      failedItems += batches[index]!.items;
      if (exceeds(failedItems, items.length, limits)) {
        throw new StateFailure('States.ExceedToleratedFailureThreshold', 'The specified tolerated failure threshold was exceeded');
      }
    }
  };

  const forget = thread.onAbort(() => stopAll(children));
  try {
    await together(Array.from({ length: Math.min(limits.maxConcurrency || mostChildren, mostChildren, batches.length) }, () => worker), error => {
      next = batches.length;
      stopAll(children);
      if (!(error instanceof Aborted)) thread.emit('MapRunFailed', { mapRunFailedEventDetails: failureDetails(error) });
    });
  } finally {
    forget();
  }
  thread.aside('MapRunSucceeded');
  return [...results].sort(([a], [b]) => a - b).map(([, output]) => output);
}

function stopAll(children: Iterable<ChildExecution>): void {
  for (const child of [...children]) child.stop();
}

function failureDetails(error: unknown): { error?: string; cause?: string } {
  return error instanceof StateFailure && error.error !== undefined ? { error: error.error, ...(error.cause ? { cause: error.cause } : {}) } : {};
}

/** Either threshold, when given; without any, no failure is tolerated. */
function exceeds(failed: number, total: number, { toleratedCount, toleratedPercentage }: Limits): boolean {
  if (toleratedCount === undefined && toleratedPercentage === undefined) return failed > 0;
  return (toleratedCount !== undefined && failed > toleratedCount)
    || (toleratedPercentage !== undefined && (failed * 100) / total > toleratedPercentage);
}

/** The ARNs of a Map Run and of its children: `…:mapRun:Machine/Label`. */
function arnOf(executionArn: string, machineName: string, label: string): (type: 'mapRun' | 'execution') => string {
  const [, partition, , region, account] = executionArn.split(':');
  return type => `arn:${partition}:states:${region}:${account}:${type}:${machineName}/${label}`;
}

async function batch(visit: Visit<MapState>, batcher: Batcher, items: readonly Json[]): Promise<Batch[]> {
  const maxItems = await visit.evaluateNumber(batcher.maxItems, 'ItemBatcher/MaxItemsPerBatch', { min: 1 }) ?? Infinity;
  const maxBytes = await visit.evaluateNumber(batcher.maxBytes, 'ItemBatcher/MaxInputBytesPerBatch', { min: 1, max: dataLimit }) ?? dataLimit;
  const shared: JsonObject = batcher.batchInput ? { BatchInput: await visit.evaluate(batcher.batchInput, 'ItemBatcher/BatchInput') } : {};
  const batches: Batch[] = [];
  let open: Json[] = [];
  const close = () => {
    if (open.length > 0) batches.push({ input: { ...shared, Items: open }, items: open.length });
    open = [];
  };
  for (const item of items) {
    if (open.length >= maxItems || (open.length > 0 && size({ ...shared, Items: [...open, item] }) > maxBytes)) close();
    open.push(item);
  }
  close();
  return batches;
}
