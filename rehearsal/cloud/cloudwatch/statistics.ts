import { AwsError } from '../service';
import type { Measured } from './state';

/** A function from what was measured in one period to the statistic's value, or undefined where there is none. */
export type Statistic = (measured: readonly Measured[]) => number | undefined;

/** The statistic of that name: the five basic ones, and percentiles (`p90`, `p99.9`). Others are refused. */
export function statistic(name: string): Statistic {
  const basic = basicStatistics[name];
  if (basic) return basic;
  const percent = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name)?.[1];
  if (percent !== undefined) return measured => percentile(measured, Number(percent) / 100);
  throw new AwsError('InvalidParameterValue', `The statistic ${name} is not valid, or not one that the rehearsal computes`);
}

const sum = (measured: readonly Measured[]) => measured.reduce((total, each) => total + each.sum, 0);
const count = (measured: readonly Measured[]) => measured.reduce((total, each) => total + each.count, 0);

const basicStatistics: Readonly<Record<string, Statistic>> = {
  Sum: sum,
  SampleCount: count,
  Average: measured => sum(measured) / count(measured),
  Minimum: measured => Math.min(...measured.map(each => each.minimum)),
  Maximum: measured => Math.max(...measured.map(each => each.maximum)),
};

/**
 * "To calculate percentiles CloudWatch needs raw data points": a summary counts only if it is of one value, or its minimum
 * equals its maximum (CloudWatch user guide, "Percentiles"). The value is the nearest rank; AWS's own interpolation is
 * not documented.
 */
function percentile(measured: readonly Measured[], fraction: number): number | undefined {
  const values: number[] = [];
  for (const each of measured) {
    if (each.values) values.push(...each.values);
    else if (each.count === 1 || each.minimum === each.maximum) values.push(each.minimum);
    else return undefined;
  }
  values.sort((a, b) => a - b);
  return values[Math.max(0, Math.ceil(fraction * values.length) - 1)];
}
