import type { GetMetricDataCommandInput, MetricDataQuery, MetricDataResult, ScanBy } from '@aws-sdk/client-cloudwatch';
import { AwsError, type Call } from '../service';
import { pointsOf as publishedPoints } from './published/source';
import type { CloudWatch, Dimensions, Measured, Metric } from './state';
import { statistic } from './statistics';

const day = 24 * 3600_000;

interface Point {
  readonly time: number;
  readonly value: number;
}

/** GetMetricData without metric math: statistics of single metrics. An expression is refused, not answered empty. */
export function getMetricData(input: GetMetricDataCommandInput, { account }: Call): object {
  const queries = input.MetricDataQueries ?? [];
  const from = input.StartTime!.getTime();
  const until = input.EndTime!.getTime();
  if (from >= until) throw new AwsError('ValidationError', 'The parameter StartTime must be less than the parameter EndTime.');
  if (queries.length === 0 || queries.length > 500) {
    throw new AwsError('ValidationError', `The collection MetricDataQueries must have a size between 1 and 500, but has ${queries.length}.`);
  }
  checkIds(queries);
  const now = account.clock.now();
  const results = queries.filter(({ ReturnData }) => ReturnData !== false).map(query => ({
    Id: query.Id!,
    Label: query.Label ?? query.MetricStat?.Metric?.MetricName ?? query.Id!,
    points: inOrder(pointsOf(account.cloudwatch, query, { from, until, now }), input.ScanBy),
  }));
  return pageOf(results, input);
}

function checkIds(queries: readonly MetricDataQuery[]): void {
  const ids = new Set<string>();
  for (const { Id = '' } of queries) {
    if (!/^[a-z][a-zA-Z0-9_]*$/.test(Id)) throw new AwsError('ValidationError', `The value ${Id} for parameter Id is not valid.`);
    if (ids.has(Id)) throw new AwsError('ValidationError', `The values for parameter id in MetricDataQueries are not unique: ${Id}.`);
    ids.add(Id);
  }
}

function pointsOf(store: CloudWatch, query: MetricDataQuery, { from, until, now }: { from: number; until: number; now: number }): Point[] {
  const stat = query.MetricStat;
  if (query.Expression !== undefined || !stat) {
    throw new AwsError('NotEmulated', `the rehearsal computes no metric math: ${query.Expression ?? `query ${query.Id}`}`, 501);
  }
  const period = stat.Period ?? 0;
  if (![1, 5, 10, 20, 30].includes(period) && (period <= 0 || period % 60 !== 0)) {
    throw new AwsError('ValidationError', `The value ${period} for parameter Period is not valid: 1, 5, 10, 20, 30 or a multiple of 60.`);
  }
  const compute = statistic(stat.Stat ?? '');
  const metric = {
    namespace: stat.Metric?.Namespace ?? '', metricName: stat.Metric?.MetricName ?? '', dimensions: dimensionsOf(stat.Metric?.Dimensions),
    ...(stat.Unit && { unit: stat.Unit }),
  };
  const series = store.find(metric);
  const start = roundedStart(from, now);
  const bins = new Map<number, typeof series[number]['measured']>();
  // what a scenario has put is in the place of what would be computed
  const all = series.length > 0 ? series.flatMap(each => each.measured) : publishedIn(store, metric, { from: start, until, period }, now);
  for (const measured of all) {
    if (measured.time < start || measured.time >= until) continue;
    const bin = start + Math.floor((measured.time - start) / (period * 1000)) * period * 1000;
    if (!isRetained(bin, period, now)) continue;
    const others = bins.get(bin);
    if (others) others.push(measured); else bins.set(bin, [measured]);
  }
  return [...bins].sort(([a], [b]) => a - b).flatMap(([time, measured]) => {
    const value = compute(measured);
    return value === undefined ? [] : [{ time, value }];
  });
}

/** What AWS publishes by itself is computed for the points that are asked for. */
function publishedIn(store: CloudWatch, metric: Metric, stretch: { from: number; until: number; period: number }, now: number): Measured[] {
  const published = store.published.find(metric);
  return published ? publishedPoints(published, stretch, now) : [];
}

/** "Start time less than 15 days ago: rounded down to the nearest whole minute; 15 to 63 days: 5 minutes; more: 1 hour". */
function roundedStart(from: number, now: number): number {
  const age = now - from;
  const unit = age <= 15 * day ? 60_000 : age <= 63 * day ? 300_000 : 3600_000;
  return Math.floor(from / unit) * unit;
}

/** "3 hours to 15 days ago: a multiple of 60 seconds; 15 to 63 days: of 300; more than 63 days: of 3600", or no data is returned. */
function isRetained(time: number, period: number, now: number): boolean {
  const age = now - time;
  if (age > 455 * day) return false;
  return period % (age > 63 * day ? 3600 : age > 15 * day ? 300 : age > 3 * 3600_000 ? 60 : 1) === 0;
}

function inOrder(points: Point[], scanBy: ScanBy | undefined): Point[] {
  return scanBy === 'TimestampAscending' ? points : points.reverse();
}

/** Cuts the points of all results into pages of MaxDatapoints; a result that goes on in the next page is PartialData. */
function pageOf(
  results: readonly { Id: string; Label: string; points: Point[] }[], { MaxDatapoints = 100_800, NextToken }: GetMetricDataCommandInput,
): object {
  let skip = NextToken === undefined ? 0 : Number(NextToken);
  if (!Number.isInteger(skip) || skip < 0) throw new AwsError('InvalidNextToken', 'The next token specified is invalid.');
  const total = results.reduce((sum, { points }) => sum + points.length, 0);
  const next = skip + MaxDatapoints;
  let room = MaxDatapoints;
  const page: MetricDataResult[] = [];
  for (const { Id, Label, points } of results) {
    const rest = points.slice(skip);
    skip = Math.max(0, skip - points.length);
    if (NextToken !== undefined && rest.length === 0) continue;
    const served = rest.slice(0, room);
    room -= served.length;
    page.push({
      Id, Label,
      Timestamps: served.map(({ time }) => new Date(time)),
      Values: served.map(({ value }) => value),
      StatusCode: served.length < rest.length ? 'PartialData' : 'Complete',
    });
  }
  return { MetricDataResults: page, Messages: [], NextToken: next < total ? String(next) : undefined };
}

export function dimensionsOf(dimensions: readonly { Name?: string; Value?: string }[] = []): Dimensions {
  return Object.fromEntries(dimensions.map(({ Name = '', Value = '' }) => [Name, Value]));
}
