import { ReplicationInWrongState } from '../shared/errors';
import { type MetricPlace, putMetric } from '../shared/metrics';
import { look, type Look, type LookInput, quickly } from '../shared/replication/command';
import { pauseOf } from '../shared/replication/pause';

export interface Input extends LookInput {
  readonly metrics: MetricPlace;
}
interface Mirrored {
  /** By the source's own clock: from its first service stopped to its last one started; null: it did not say. */
  readonly pauseSeconds: number | null;
  readonly warnings: readonly string[];
}
export interface Output extends Look, Mirrored {}

/** Looks whether the source serves again, now through the engine, and how long it did not. */
export async function handler(input: Input): Promise<Output> {
  return look<Mirrored>(input, quickly, { pauseSeconds: null, warnings: [] }, async answer => {
    answer.oneOf('phase', 'mirrored');
    if (!answer.flag('serving')) throw new ReplicationInWrongState(`${input.command.instanceId} says that it does not serve: look at its services and mounts`);
    const pauseSeconds = pauseOf(answer);
    const unput = pauseSeconds === null ? null : await putMetric(input.metrics, 'SecondsPaused', pauseSeconds, 'Seconds');
    return { pauseSeconds, warnings: unput === null ? [] : [unput] };
  });
}
