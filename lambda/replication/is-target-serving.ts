import { ServiceFailed } from '../shared/errors';
import { type MetricPlace, putMetric } from '../shared/metrics';
import { look, type Look, type LookInput, quickly } from '../shared/replication/command';
import { measurePause, type Paused } from '../shared/replication/pause';

export interface Input extends LookInput {
  readonly paused: Paused | null;
  readonly metrics: MetricPlace;
}
interface Served {
  readonly pauseSeconds: number | null;
  /** By whose clocks: the hosts' own when both are synchronised, else the workflow's, which count Systems Manager's delays too. */
  readonly measuredBy: 'hosts' | 'workflow' | null;
  readonly warnings: readonly string[];
}
export interface Output extends Look, Served {}

/** Looks whether the target serves, and how long nobody did. */
export async function handler(input: Input): Promise<Output> {
  return look<Served>(input, quickly, { pauseSeconds: null, measuredBy: null, warnings: [] }, async answer => {
    answer.oneOf('phase', 'switched');
    const services = answer.welcome(one => one.parts('services').map(service => ({ name: service.text('name'), state: service.text('activeState') }))) ?? [];
    const failed = services.filter(({ state }) => state === 'failed').map(({ name }) => name);
    if (failed.length > 0) throw new ServiceFailed(`${failed.join(', ')} did not start on ${input.command.instanceId}: its journal there tells why`);
    const measured = measurePause(input.paused, answer, Date.now());
    const unput = measured.pauseSeconds === null ? null : await putMetric(input.metrics, 'SecondsPaused', measured.pauseSeconds, 'Seconds');
    return { ...measured, warnings: unput === null ? [] : [unput] };
  });
}
