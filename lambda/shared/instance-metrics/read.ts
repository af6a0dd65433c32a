import { regrid, type Series } from '../../planning/forecast/series';
import { sumOfParts } from '../link-traffic/sum';
import { aligned, periodAt, readMetrics, type Stretch, type WantedMetric } from '../metric-data';
import type { History, Measured } from './history';

/** The planner's slots, seconds. */
export const SLOT = 900;

export interface Histories {
  readonly histories: readonly History[];
  /** Metrics requested of CloudWatch, its unit of cost. */
  readonly requested: number;
}

const of = (Namespace: string, MetricName: string, Name: string, Value: string): WantedMetric['metric'] => ({ Namespace, MetricName, Dimensions: [{ Name, Value }] });

/** Percent of an instance's CPUs. */
export const cpuMetric = (id: string): WantedMetric => ({ key: `cpu ${id}`, metric: of('AWS/EC2', 'CPUUtilization', 'InstanceId', id), statistic: 'Average' });

/**
 * CPU of instances and what they write to their volumes. Volumes are measured each minute and for nothing, whatever the monitoring of
 * their instance (EBS user guide, "Amazon CloudWatch metrics for Amazon EBS"); what is written to a block twice counts twice. Samples lie `wanted`
 * seconds apart, more where CloudWatch has no such ones any more.
 */
export async function readHistories(instances: readonly Measured[], stretch: Stretch, now = Date.now() / 1000, wanted = SLOT): Promise<Histories> {
  const step = periodAt(now - stretch.from, wanted);
  const { from, to } = aligned(stretch, step);
  const slots = Math.round((to - from) / step);
  const metrics = instances.flatMap(({ id, volumeIds }): WantedMetric[] => [
    cpuMetric(id),
    ...volumeIds.map((volumeId): WantedMetric => ({ key: volumeId, metric: of('AWS/EBS', 'VolumeWriteBytes', 'VolumeId', volumeId), statistic: 'Sum' })),
  ]);
  const none = { points: new Map<string, never[]>(), requested: 0 };
  const { points, requested } = metrics.length === 0 ? none : await readMetrics(metrics, { from, to }, step, now);
  const series = (key: string, per: number): Series =>
    regrid((points.get(key) ?? []).map(({ time, value }) => ({ time, value: value / per })), from, step, slots);
  const empty: Series = { start: from, step, values: new Float64Array(slots).fill(NaN) };
  return {
    requested,
    histories: instances.map(({ id, volumeIds }) => ({
      id, cpu: series(cpuMetric(id).key, 1), writes: sumOfParts(volumeIds.map(volumeId => series(volumeId, step)), empty),
    })),
  };
}
