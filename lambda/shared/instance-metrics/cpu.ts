import { readMetrics, type Stretch } from '../metric-data';
import { cpuMetric } from './read';

/** So often CloudWatch has the CPU of instances without detailed monitoring. */
const PERIOD = 300;

export interface Busy extends Stretch {
  readonly id: string;
}

/** How busy instances were, each in a stretch of its own: the mean of its CPU in percent. Who is not in the answer was not measured then. */
export async function cpuDuring(stretches: readonly Busy[]): Promise<Map<string, number>> {
  if (stretches.length === 0) return new Map();
  const all = stretches.reduce((one, { from, to }) => ({ from: Math.min(one.from, from), to: Math.max(one.to, to) }), { from: Infinity, to: 0 });
  const { points, period } = await readMetrics(stretches.map(({ id }) => cpuMetric(id)), all, PERIOD);
  return new Map(stretches.flatMap(({ id, from, to }): [string, number][] => {
    const mine = (points.get(cpuMetric(id).key) ?? []).filter(({ time }) => time + period > from && time < to);
    return mine.length === 0 ? [] : [[id, mine.reduce((sum, { value }) => sum + value, 0) / mine.length]];
  }));
}
