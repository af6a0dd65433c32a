import type { StandardUnit, StateValue } from '@aws-sdk/client-cloudwatch';
import type { Account } from '../account';
import { type Alarm, evaluate } from './alarms';
import { PublishedMetrics } from './published';

export type Dimensions = Readonly<Record<string, string>>;

/** What was measured at one time: one or more values, or only their summary. */
export interface Measured {
  readonly time: number;
  readonly sum: number;
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
  /** The values themselves, which percentiles need; a summary has none. */
  readonly values?: readonly number[];
}

export interface Series {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Dimensions;
  readonly unit: StandardUnit;
  /** In order of time. */
  readonly measured: Measured[];
}

export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Dimensions;
  readonly unit?: StandardUnit;
}

/** The metrics of the account: what was put, and what AWS publishes by itself (`published/`). */
export class CloudWatch {
  /** By name. */
  readonly alarms = new Map<string, Alarm>();
  /** What AWS measures: computed, not stored. */
  readonly published: PublishedMetrics;
  private readonly series = new Map<string, Series>();

  constructor(private readonly account: Account) {
    this.published = new PublishedMetrics(account);
  }

  /** Stores a value, measured now unless told otherwise. */
  put(metric: Metric, value: number, time = this.account.clock.now()): void {
    this.add(metric, { time, sum: value, count: 1, minimum: value, maximum: value, values: [value] });
  }

  /** Stores several values of one time, or the summary of them. */
  add(metric: Metric, measured: Measured): void {
    const { namespace, metricName, dimensions, unit = 'None' } = metric;
    const key = JSON.stringify([namespace, metricName, Object.entries(dimensions).sort(), unit]);
    let series = this.series.get(key);
    if (!series) this.series.set(key, series = { namespace, metricName, dimensions, unit, measured: [] });
    let index = series.measured.length;
    while (index > 0 && series.measured[index - 1]!.time > measured.time) index--;
    series.measured.splice(index, 0, measured);
    evaluate(this, metric, this.account.clock.now(), (alarm, before) => tellAlarm(this.account, alarm, before));
  }

  /** The series of a metric: with exactly these dimensions, as CloudWatch aggregates nothing across dimensions by itself. */
  find({ namespace, metricName, dimensions, unit }: Metric): Series[] {
    return [...this.series.values()].filter(each => each.namespace === namespace && each.metricName === metricName
      && (unit === undefined || each.unit === unit) && sameDimensions(each.dimensions, dimensions));
  }

  all(): Series[] {
    return [...this.series.values()];
  }
}

/** CloudWatch user guide, "Alarm events and EventBridge". */
function tellAlarm(account: Account, { spec, state }: Alarm, before: StateValue): void {
  const timestamp = account.clock.timestamp();
  account.events.put({
    source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change', resources: [account.arn('cloudwatch', `alarm:${spec.AlarmName}`)],
    detail: { alarmName: spec.AlarmName ?? '', state: { value: state, timestamp }, previousState: { value: before }, configuration: { description: spec.AlarmDescription ?? '' } },
  });
}

function sameDimensions(a: Dimensions, b: Dimensions): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([name, value]) => b[name] === value);
}
