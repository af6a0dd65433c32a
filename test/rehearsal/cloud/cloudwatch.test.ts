/** CloudWatch metrics through the real client. */
import { connect, type Connection } from './clients';

let connection: Connection;
beforeEach(async () => { connection = await connect(); });
afterEach(() => connection.close());

const minute = 60_000;
const start = Date.parse('2026-01-05T09:00:00Z');
const dimensions = { VolumeId: 'vol-1' };
const Dimensions = [{ Name: 'VolumeId', Value: 'vol-1' }];
const written = { namespace: 'AWS/EBS', metricName: 'VolumeWriteBytes', dimensions, unit: 'Bytes' } as const;

interface Result {
  readonly Id: string;
  readonly Label: string;
  readonly Timestamps: Date[];
  readonly Values: number[];
  readonly StatusCode: string;
}

const query = (Id: string, Stat: string, Period = 300, more: object = {}) =>
  ({ Id, MetricStat: { Metric: { Namespace: 'AWS/EBS', MetricName: 'VolumeWriteBytes', Dimensions }, Stat, Period }, ...more });

async function get(queries: object[], input: object = {}): Promise<Result[]> {
  const { MetricDataResults } = await connection.send('CLOUDWATCH', 'GetMetricData', {
    MetricDataQueries: queries, StartTime: new Date(start), EndTime: new Date(start + 15 * minute), ScanBy: 'TimestampAscending', ...input,
  });
  return MetricDataResults as Result[];
}

beforeEach(async () => {
  for (const [at, value] of [[0, 10], [1, 20], [4, 60], [5, 1], [12, 7], [15, 1000]] as const) {
    connection.account.cloudwatch.put(written, value, start + at * minute);
  }
  await connection.account.clock.advance(20 * minute);
});

test.each([
  ['Sum', [90, 1, 7]], ['Average', [30, 1, 7]], ['Minimum', [10, 1, 7]], ['Maximum', [60, 1, 7]], ['SampleCount', [3, 1, 1]], ['p50', [20, 1, 7]], ['p99.9', [60, 1, 7]],
])('%s per period; a period without values has none', async (stat, values) => {
  expect(await get([query('a', stat)])).toEqual([{
    Id: 'a', Label: 'VolumeWriteBytes', StatusCode: 'Complete', Values: values,
    Timestamps: [0, 5, 10].map(at => new Date(start + at * minute)),
  }]);
});

test('newest first, unless told otherwise', async () => {
  const [result] = await get([query('a', 'Sum')], { ScanBy: undefined });
  expect(result!.Values).toEqual([7, 1, 90]);
});

test('periods count from the start, which is rounded down to the minute', async () => {
  const [result] = await get([query('a', 'Sum')], { StartTime: new Date(start + minute + 30_000) });
  expect(result!.Timestamps.map(Number)).toEqual([1, 11].map(at => start + at * minute));
  expect(result!.Values).toEqual([81, 7]);
});

test('a metric of other dimensions is another metric', async () => {
  const other = query('a', 'Sum');
  other.MetricStat.Metric = { ...other.MetricStat.Metric, Dimensions: [] };
  expect(await get([other])).toMatchObject([{ Id: 'a', Values: [], StatusCode: 'Complete' }]);
  const unit = query('b', 'Sum', 300);
  expect(await get([{ ...unit, MetricStat: { ...unit.MetricStat, Unit: 'Seconds' } }])).toMatchObject([{ Values: [] }]);
});

test('old values are kept at coarse periods only', async () => {
  const at = start - 20 * 24 * 3600_000;
  connection.account.cloudwatch.put(written, 5, at);
  const range = { StartTime: new Date(at), EndTime: new Date(at + 3600_000) };
  expect(await get([query('fine', 'Sum', 60), query('coarse', 'Sum', 300)], range)).toMatchObject([{ Id: 'fine', Values: [] }, { Id: 'coarse', Values: [5] }]);
});

test('pages of data points go on where they ended', async () => {
  const pages: [string, number[], string][][] = [];
  let NextToken: unknown;
  do {
    const answer: Record<string, unknown> = await connection.send('CLOUDWATCH', 'GetMetricData', {
      MetricDataQueries: [query('a', 'Sum'), query('b', 'SampleCount'), query('hidden', 'Sum', 300, { ReturnData: false })],
      StartTime: new Date(start), EndTime: new Date(start + 15 * minute), ScanBy: 'TimestampAscending', MaxDatapoints: 2, NextToken,
    });
    pages.push((answer.MetricDataResults as Result[]).map(({ Id, Values, StatusCode }) => [Id, Values, StatusCode]));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  expect(pages).toEqual([
    [['a', [90, 1], 'PartialData'], ['b', [], 'PartialData']],
    [['a', [7], 'Complete'], ['b', [3], 'PartialData']],
    [['b', [1, 1], 'Complete']],
  ]);
});

test.each([
  ['metric math', [{ Id: 'e', Expression: 'SUM(METRICS())' }], {}, 'NotEmulated'],
  ['a statistic that is none', [query('a', 'Mode')], {}, 'InvalidParameterValueException'],
  ['an odd period', [query('a', 'Sum', 90)], {}, 'ValidationException'],
  ['an id that is none', [query('A', 'Sum')], {}, 'ValidationException'],
  ['an id twice', [query('a', 'Sum'), query('a', 'Sum')], {}, 'ValidationException'],
  ['an end before the start', [query('a', 'Sum')], { EndTime: new Date(start) }, 'ValidationException'],
  ['more than 500 queries', Array.from({ length: 501 }, (_, index) => query(`a${index}`, 'Sum')), {}, 'ValidationException'],
  ['a token that is none', [query('a', 'Sum')], { NextToken: 'x' }, 'InvalidNextToken'],
])('%s is refused', async (_, queries, input, name) => {
  await expect(get(queries, input)).rejects.toMatchObject({ name });
});

describe('PutMetricData', () => {
  const put = (datum: object, Namespace = 'Ours') => connection.send('CLOUDWATCH', 'PutMetricData', { Namespace, MetricData: [{ MetricName: 'm', ...datum }] });
  const statistics = async (...stats: string[]) => (await get(
    stats.map((Stat, index) => ({ Id: `a${index}`, MetricStat: { Metric: { Namespace: 'Ours', MetricName: 'm' }, Stat, Period: 60 } })),
    { StartTime: new Date(start), EndTime: new Date(start + 3600_000) },
  )).map(({ Values: [value] }) => value);

  test('single values, values with counts, summaries', async () => {
    await put({ Value: 2 });
    await put({ Values: [4, 6], Counts: [1, 2] });
    expect(await statistics('Sum', 'SampleCount', 'p75', 'Maximum')).toEqual([18, 4, 6, 6]);
    await put({ StatisticValues: { SampleCount: 2, Sum: 20, Minimum: 1, Maximum: 19 } });
    // a summary of several values has no percentiles
    expect(await statistics('Sum', 'Minimum', 'p75')).toEqual([38, 1, undefined]);
  });

  test.each([
    ['a namespace of AWS', { Value: 1 }, 'AWS/EC2'], ['no value', {}, 'Ours'], ['a value of last month', { Value: 1, Timestamp: new Date(start - 30 * 24 * 3600_000) }, 'Ours'],
  ])('%s is refused', async (_, datum, namespace) => {
    await expect(put(datum, namespace)).rejects.toThrow();
  });
});

test('ListMetrics finds by namespace, name and dimensions what is not too old', async () => {
  const { cloudwatch } = connection.account;
  cloudwatch.put({ ...written, metricName: 'VolumeReadBytes' }, 1);
  cloudwatch.put({ ...written, dimensions: { VolumeId: 'vol-2', Zone: 'a' } }, 1, start - 10 * 24 * 3600_000);
  cloudwatch.put({ ...written, dimensions: { VolumeId: 'old' } }, 1, start - 15 * 24 * 3600_000);
  cloudwatch.put({ ...written, unit: 'Count' }, 1);
  const list = async (input: object) => ((await connection.send('CLOUDWATCH', 'ListMetrics', input)).Metrics as { MetricName: string; Dimensions: { Value: string }[] }[])
    .map(({ MetricName, Dimensions: [first] }) => `${MetricName} ${first!.Value}`).sort();
  expect(await list({})).toEqual(['VolumeReadBytes vol-1', 'VolumeWriteBytes vol-1', 'VolumeWriteBytes vol-2']);
  expect(await list({ RecentlyActive: 'PT3H' })).toEqual(['VolumeReadBytes vol-1', 'VolumeWriteBytes vol-1']);
  expect(await list({ MetricName: 'VolumeReadBytes' })).toEqual(['VolumeReadBytes vol-1']);
  expect(await list({ Dimensions: [{ Name: 'Zone' }] })).toEqual(['VolumeWriteBytes vol-2']);
  expect(await list({ Dimensions: [{ Name: 'VolumeId', Value: 'vol-2' }] })).toEqual(['VolumeWriteBytes vol-2']);
  expect(await list({ Namespace: 'AWS/EC2' })).toEqual([]);
});
