import type {
  DeleteAlarmsCommandInput, DescribeAlarmsCommandInput, DescribeAlarmsCommandOutput, MetricDataQuery, PutMetricAlarmCommandInput, StateValue,
} from '@aws-sdk/client-cloudwatch';
import { paginate } from '../paginate';
import { AwsError, type Call } from '../service';
import { dimensionsOf } from './metric-data';
import type { CloudWatch, Metric } from './state';
import { statistic } from './statistics';

/** Alarms on metric math, as much as one expression needs: the largest of several metrics, each divided by a number. */
export interface Alarm {
  readonly spec: PutMetricAlarmCommandInput;
  readonly parts: readonly { readonly metric: Metric; readonly stat: string; readonly divisor: number }[];
  state: StateValue;
  changedAt: number;
}

const minute = 60_000;

export function putMetricAlarm(input: PutMetricAlarmCommandInput, { account }: Call): object {
  const { AlarmName = '', Metrics = [], ComparisonOperator, TreatMissingData } = input;
  const expression = Metrics.find(({ ReturnData }) => ReturnData !== false);
  const parts = partsOf(expression?.Expression ?? '', Metrics);
  if (!parts || ComparisonOperator !== 'GreaterThanThreshold' || TreatMissingData !== 'notBreaching' || input.AlarmActions?.length) {
    throw new AwsError('NotEmulated', `the rehearsal has alarms on the largest of some quotients only, not ${expression?.Expression ?? input.MetricName}`, 501);
  }
  if ((input.DatapointsToAlarm ?? 1) > (input.EvaluationPeriods ?? 1)) {
    throw new AwsError('ValidationError', 'DatapointsToAlarm must be less than or equal to EvaluationPeriods.');
  }
  const known = account.cloudwatch.alarms.get(AlarmName);
  // "When you create an alarm, its state is immediately set to INSUFFICIENT_DATA"; an update keeps it (API reference, PutMetricAlarm)
  account.cloudwatch.alarms.set(AlarmName, { spec: input, parts, state: known?.state ?? 'INSUFFICIENT_DATA', changedAt: account.clock.now() });
  return {};
}

/** `MAX([latency / 10, queue / 3])` */
function partsOf(expression: string, metrics: readonly MetricDataQuery[]): Alarm['parts'] | undefined {
  const list = /^MAX\(\[(.+)\]\)$/.exec(expression)?.[1];
  const parts = list?.split(',').map(term => {
    const [, id, divisor] = /^\s*([a-z]\w*) \/ (\d+(?:\.\d+)?)\s*$/.exec(term) ?? [];
    const stat = metrics.find(({ Id }) => Id === id)?.MetricStat;
    return stat && stat.Period === 60 ? {
      metric: { namespace: stat.Metric?.Namespace ?? '', metricName: stat.Metric?.MetricName ?? '', dimensions: dimensionsOf(stat.Metric?.Dimensions) },
      stat: stat.Stat ?? '', divisor: Number(divisor),
    } : undefined;
  });
  return parts?.every(part => part !== undefined) ? parts.flatMap(part => part ?? []) : undefined;
}

export function deleteAlarms({ AlarmNames = [] }: DeleteAlarmsCommandInput, { account }: Call): object {
  for (const name of AlarmNames) account.cloudwatch.alarms.delete(name);
  return {};
}

export function describeAlarms(input: DescribeAlarmsCommandInput, { account }: Call): Partial<DescribeAlarmsCommandOutput> {
  const { AlarmNames, AlarmNamePrefix, MaxRecords = 50, NextToken } = input;
  const found = [...account.cloudwatch.alarms.values()].filter(({ spec: { AlarmName = '' } }) =>
    (AlarmNames?.includes(AlarmName) ?? true) && AlarmName.startsWith(AlarmNamePrefix ?? ''));
  const asked = { MaxResults: MaxRecords, ...NextToken !== undefined && { NextToken } };
  const { page, NextToken: next } = paginate(found, ({ spec }) => spec.AlarmName ?? '', asked, { least: 1, most: 100 });
  return {
    MetricAlarms: page.map(({ spec, state, changedAt }) => ({
      AlarmName: spec.AlarmName, AlarmDescription: spec.AlarmDescription, Metrics: spec.Metrics, Threshold: spec.Threshold,
      EvaluationPeriods: spec.EvaluationPeriods, DatapointsToAlarm: spec.DatapointsToAlarm, StateValue: state, StateUpdatedTimestamp: new Date(changedAt),
    })),
    CompositeAlarms: [], ...next !== undefined && { NextToken: next },
  };
}

type Tell = (alarm: Alarm, before: StateValue) => void;

/**
 * Looks at the alarms of a metric again, now that it has a new value: M of the last N minutes. A minute without data counts as good
 * (`notBreaching`); that no new data ever come is not noticed here, so an alarm whose metric ends keeps its state.
 */
export function evaluate(store: CloudWatch, { namespace, metricName, dimensions }: Metric, now: number, tell: Tell): void {
  for (const alarm of store.alarms.values()) {
    const concerned = alarm.parts.some(({ metric }) => metric.namespace === namespace && metric.metricName === metricName
      && Object.entries(metric.dimensions).every(([name, value]) => dimensions[name] === value));
    if (!concerned) continue;
    const { EvaluationPeriods: periods = 1, DatapointsToAlarm: needed = periods, Threshold: threshold = 0 } = alarm.spec;
    const last = Math.floor(now / minute) * minute;
    const values = Array.from({ length: periods }, (_, back) => valueAt(store, alarm, last - back * minute));
    const bad = values.filter(value => value !== undefined && value > threshold).length;
    const state = bad >= needed ? 'ALARM' : 'OK';
    if (state === alarm.state) continue;
    const before = alarm.state;
    alarm.state = state;
    alarm.changedAt = now;
    tell(alarm, before);
  }
}

function valueAt(store: CloudWatch, { parts }: Alarm, from: number): number | undefined {
  const values = parts.flatMap(({ metric, stat, divisor }) => {
    const measured = store.find(metric).flatMap(series => series.measured).filter(({ time }) => time >= from && time < from + minute);
    const value = measured.length > 0 ? statistic(stat)(measured) : undefined;
    return value === undefined ? [] : [value / divisor];
  });
  return values.length > 0 ? Math.max(...values) : undefined;
}
