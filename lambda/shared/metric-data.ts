import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand, type ListMetricsCommandInput, type Metric, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Point } from '../planning/forecast/series';

const DAY = 86_400;
/** Limits of one GetMetricData call. */
const MOST_QUERIES = 500;
const MOST_POINTS = 100_800;

/** A metric to read, under a name of the caller's. */
export interface WantedMetric {
  readonly key: string;
  readonly metric: Metric;
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'Minimum';
}

/** A stretch of time, in seconds since the epoch. */
export interface Stretch { readonly from: number; readonly to: number }

export interface MetricData {
  /** Points by the keys of the metrics, in order of time; a metric without points has an empty list. */
  readonly points: ReadonlyMap<string, readonly Point[]>;
  /** Seconds per point. */
  readonly period: number;
  /** Metrics requested, which is what CloudWatch bills: a metric counts in every call that names it. */
  readonly requested: number;
}

const cloudwatch = new CloudWatchClient({});

/**
 * The period in which metrics of that age still are: minutes for 15 days, five minutes for 63, hours for 455. A shorter
 * one would not be an error: CloudWatch answers with nothing.
 */
export function periodAt(age: number, wanted: number): number {
  const least = age > 63 * DAY ? 3600 : age > 15 * DAY ? 300 : 60;
  return Math.ceil(wanted / least) * least;
}

/** As many metrics per call as the limits of queries and points allow. */
export function batchesOf<T>(metrics: readonly T[], pointsEach: number): T[][] {
  const size = Math.max(1, Math.min(MOST_QUERIES, Math.floor(MOST_POINTS / Math.max(1, pointsEach))));
  return Array.from({ length: Math.ceil(metrics.length / size) }, (_, i) => metrics.slice(i * size, (i + 1) * size));
}

/** Whole periods that cover a stretch: CloudWatch's points begin at multiples of the period then. */
export function aligned({ from, to }: Stretch, period: number): Stretch {
  return { from: Math.floor(from / period) * period, to: Math.ceil(to / period) * period };
}

/** Reads metrics over a stretch, at the wanted period, or the least one that its oldest part still has. */
export async function readMetrics(metrics: readonly WantedMetric[], stretch: Stretch, wantedPeriod: number, now = Date.now() / 1000): Promise<MetricData> {
  const period = periodAt(now - stretch.from, wantedPeriod);
  const { from, to } = aligned(stretch, period);
  const points = new Map<string, Point[]>(metrics.map(({ key }) => [key, []]));
  let requested = 0;
  for (const batch of batchesOf(metrics, (to - from) / period)) {
    const queries = batch.map(({ metric, statistic }, index): MetricDataQuery =>
      // without a unit: a wrong one would find nothing
      ({ Id: `m${index}`, MetricStat: { Metric: metric, Stat: statistic, Period: period } }));
    for (let NextToken: string | undefined, isFirst = true; isFirst || NextToken; isFirst = false) {
      const page = await cloudwatch.send(new GetMetricDataCommand({
        MetricDataQueries: queries, StartTime: new Date(from * 1000), EndTime: new Date(to * 1000), ScanBy: 'TimestampAscending', ...NextToken && { NextToken },
      }));
      requested += queries.length;
      for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
        const list = points.get(batch[Number(Id.slice(1))]?.key ?? '');
        Timestamps.forEach((time, i) => list?.push({ time: time.getTime() / 1000, value: Values[i] ?? NaN }));
      }
      NextToken = page.NextToken;
    }
  }
  return { points, period, requested };
}

/** All metrics that fit and had a value within the last two weeks. */
export async function listMetrics(input: Omit<ListMetricsCommandInput, 'NextToken'>): Promise<Metric[]> {
  const found: Metric[] = [];
  for (let NextToken: string | undefined, isFirst = true; isFirst || NextToken; isFirst = false) {
    const page = await cloudwatch.send(new ListMetricsCommand({ ...input, ...NextToken && { NextToken } }));
    found.push(...page.Metrics ?? []);
    NextToken = page.NextToken;
  }
  return found;
}
