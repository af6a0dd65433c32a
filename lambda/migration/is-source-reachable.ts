import { SourceNotStopped } from '../shared/errors';
import { describeInstances } from '../shared/instances';
import { type MetricPlace, putMetric } from '../shared/metrics';
import type { Step } from '../shared/step';
import { readManagement } from '../shared/sync/management';

export interface Input extends Step {
  readonly instanceId: string;
  /** Whether services have to be started on it, for which Systems Manager has to reach it. */
  readonly managed: boolean;
  /** Whether it is started as often as it takes, for it was stopped for its last snapshots. */
  readonly stopped: boolean;
  readonly metrics: MetricPlace;
}
export interface Output {
  readonly reachable: boolean;
  /** What was in the way of the metric. */
  readonly untold: string | null;
}

/** Looks whether the source runs, and can be told to start its services; what waits for that is put as a metric, on which an alarm rests. */
export async function handler({ instanceId, managed, stopped, metrics }: Input): Promise<Output> {
  const [source] = await describeInstances([instanceId]);
  const state = source?.State?.Name;
  // EC2 may show for a moment what was before the start, and stops again what finds no room or no key
  const isStartedAgain = stopped && (state === 'stopping' || state === 'stopped');
  if (state !== 'pending' && state !== 'running' && !isStartedAgain) {
    throw new SourceNotStopped(`${instanceId} is ${state ?? 'gone'}, but has to serve: ${source?.StateReason?.Message ?? 'EC2 gives no reason'}. Start it by hand`);
  }
  const reachable = state === 'running' && (!managed || (await readManagement(instanceId)).online);
  return { reachable, untold: reachable ? null : await putMetric(metrics, 'UnreachableSources', 1, 'Count') };
}
