import { readMetrics } from '../metric-data';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** What volumes were written to in the last day, in bytes per second, by id; one that was not measured is not there. */
export async function readVolumeWrites(volumeIds: readonly string[], now = Date.now() / 1000): Promise<Map<string, number>> {
  if (volumeIds.length === 0) return new Map();
  const { points, period } = await readMetrics(volumeIds.map(volumeId => ({
    key: volumeId, statistic: 'Sum' as const,
    metric: { Namespace: 'AWS/EBS', MetricName: 'VolumeWriteBytes', Dimensions: [{ Name: 'VolumeId', Value: volumeId }] },
  })), { from: now - DAY, to: now }, HOUR, now);
  return new Map([...points].flatMap(([volumeId, measured]): [string, number][] =>
    (measured.length === 0 ? [] : [[volumeId, measured.reduce((sum, { value }) => sum + value, 0) / (measured.length * period)]])));
}
