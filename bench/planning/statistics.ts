import { seeded } from '../../lambda/planning/random';
import { quantile } from '../../lambda/planning/forecast/quantile';

export interface Interval { readonly value: number; readonly from: number; readonly to: number }

/** 95 % interval of a statistic over subjects (machines), drawn with replacement. */
export function bootstrap<T>(subjects: readonly T[], statistic: (sample: readonly T[]) => number, resamples = 300, seed = 7): Interval {
  const random = seeded(seed);
  const values = Array.from({ length: resamples }, () => statistic(subjects.map(() => subjects[Math.floor(random() * subjects.length)]!)));
  return { value: statistic(subjects), from: quantile(values, 0.025), to: quantile(values, 0.975) };
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const percent = (value: number, digits = 1): string => `${(100 * value).toFixed(digits)} %`;
export const withInterval = ({ value, from, to }: Interval, show: (value: number) => string = each => percent(each)): string => `${show(value)} [${show(from)}, ${show(to)}]`;
