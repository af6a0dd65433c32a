import type { DeleteAlarmsCommandInput, ListMetricsCommandInput, MetricDatum, PutMetricAlarmCommandInput, PutMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import { paginate } from '../paginate';
import { AwsError, type Call, type Service } from '../service';
import { deleteAlarms, describeAlarms, putMetricAlarm } from './alarms';
import { dimensionsOf, getMetricData } from './metric-data';
import type { Measured } from './state';

/** CloudWatch metrics. */
export const service: Service = {
  id: 'CLOUDWATCH',
  operations: {
    DeleteAlarms: deleteAlarms, DescribeAlarms: describeAlarms, GetMetricData: getMetricData, ListMetrics: listMetrics, PutMetricAlarm: putMetricAlarm,
    PutMetricData: putMetricData,
  },
  // Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch": metrics are
  // no resources (datasets apart), PutMetricData knows the key cloudwatch:namespace
  needs: {
    DeleteAlarms: ({ AlarmNames = [] }: DeleteAlarmsCommandInput, account) => AlarmNames.map(name => ({ action: 'cloudwatch:DeleteAlarms', resource: account.arn('cloudwatch', `alarm:${name}`) })),
    // a list is asked of all alarms, whatever its filters
    DescribeAlarms: (_, account) => [{ action: 'cloudwatch:DescribeAlarms', resource: account.arn('cloudwatch', 'alarm:*') }],
    PutMetricAlarm: ({ AlarmName }: PutMetricAlarmCommandInput, account) => [{ action: 'cloudwatch:PutMetricAlarm', resource: account.arn('cloudwatch', `alarm:${AlarmName}`) }],
    GetMetricData: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],
    ListMetrics: () => [{ action: 'cloudwatch:ListMetrics', resource: '*' }],
    PutMetricData: ({ Namespace = '' }: PutMetricDataCommandInput) =>
      [{ action: 'cloudwatch:PutMetricData', resource: '*', context: { 'cloudwatch:namespace': Namespace } }],
  },
};

function listMetrics({ Namespace, MetricName, Dimensions = [], RecentlyActive, NextToken }: ListMetricsCommandInput, { account }: Call): object {
  // metrics show for two weeks after their last value, or for three hours where the caller asks so
  const since = account.clock.now() - (RecentlyActive === 'PT3H' ? 3 * 3600_000 : 14 * 24 * 3600_000);
  const published = account.cloudwatch.published.list(Namespace).map(({ metric, until }) => ({ ...metric, last: until }));
  const put = account.cloudwatch.all().map(series => ({ ...series, last: series.measured.at(-1)?.time ?? 0 }));
  const found = [...put, ...published].filter(series => series.last >= since
    && (Namespace === undefined || series.namespace === Namespace)
    && (MetricName === undefined || series.metricName === MetricName)
    && Dimensions.every(({ Name = '', Value }) => Name in series.dimensions && (Value === undefined || series.dimensions[Name] === Value)));
  // one metric may have series of several units
  const metrics = new Map(found.map(({ namespace, metricName, dimensions }) => {
    const metric = { Namespace: namespace, MetricName: metricName, Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })) };
    return [JSON.stringify(metric), metric];
  }));
  const { page, NextToken: next } = paginate([...metrics.entries()], ([key]) => key, { MaxResults: 500, ...(NextToken && { NextToken }) });
  return { Metrics: page.map(([, metric]) => metric), NextToken: next };
}

function putMetricData({ Namespace = '', MetricData = [], EntityMetricData }: PutMetricDataCommandInput, { account }: Call): object {
  if (EntityMetricData) throw new AwsError('NotEmulated', 'the rehearsal takes metrics without entities only', 501);
  if (Namespace.startsWith('AWS/')) {
    throw new AwsError('InvalidParameterValue', 'The value AWS/ for parameter Namespace is invalid.');
  }
  if (MetricData.length > 1000) {
    throw new AwsError('ValidationError', 'The collection MetricData must not have a size greater than 1000.');
  }
  for (const datum of MetricData) {
    account.cloudwatch.add({
      namespace: Namespace, metricName: datum.MetricName!, dimensions: dimensionsOf(datum.Dimensions), ...(datum.Unit && { unit: datum.Unit }),
    }, measuredOf(datum, account.clock.now()));
  }
  return {};
}

function measuredOf({ MetricName, Timestamp, Value, Values, Counts, StatisticValues }: MetricDatum, now: number): Measured {
  const time = Timestamp?.getTime() ?? now;
  if (time < now - 14 * 24 * 3600_000 || time > now + 2 * 3600_000) {
    throw new AwsError('InvalidParameterValue', `The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks, `
      + `and not more than two hours in the future.`);
  }
  if (StatisticValues) {
    const { SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 } = StatisticValues;
    return { time, count: SampleCount, sum: Sum, minimum: Minimum, maximum: Maximum };
  }
  if (Value === undefined && !Values) {
    throw new AwsError('MissingParameter', `The metric ${MetricName} has neither Value nor Values nor StatisticValues`);
  }
  const values = Values ? Values.flatMap((value, index) => Array<number>(Counts?.[index] ?? 1).fill(value)) : [Value!];
  return {
    time, values, count: values.length, sum: values.reduce((total, value) => total + value, 0),
    minimum: Math.min(...values), maximum: Math.max(...values),
  };
}
