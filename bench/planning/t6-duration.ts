import { DURATION_RULES, forecastDuration, type PastMigration } from '../../lambda/planning/forecast/duration';
import { quantile } from '../../lambda/planning/forecast/quantile';
import type { Outcome } from './replay/outcome';
import { type Row, row } from './report';
import { bootstrap, percent, withInterval } from './statistics';

interface Judged { readonly error: number; readonly modelError: number; readonly resentShare: number; readonly isInside: boolean }

/**
 * T6: how long copies take, forecast at their start. Start days come one after the other; each day knows the migrations of
 * the days before it and of no other. The first two days only teach.
 */
export function durations(days: readonly Outcome[]): Row[] {
  const past: PastMigration[] = [];
  const judged: Judged[] = [];
  days.forEach((day, index) => {
    const today = day.durations.map(({ predicted, actual, resentShare }): PastMigration => {
      const { seconds, from, to } = forecastDuration(predicted, resentShare, past, DURATION_RULES);
      const error = (expected: number): number => Math.abs(expected - actual) / actual;
      const isInside = from <= actual && actual <= to;
      if (index >= 2) judged.push({ error: error(seconds), modelError: error(predicted), resentShare, isInside });
      return { modelled: predicted, actual, resentShare, wasWithin: isInside };
    });
    past.push(...today);
  });
  // most machines write so little that their copies are easy to foresee: the others are shown by themselves
  const heavy = judged.filter(({ resentShare }) => resentShare >= 0.02);
  const parts: [string, Judged[]][] = [['copies of T2', judged], ['of them with 2 % or more to be sent again', heavy]];
  return parts.filter(([, some]) => some.length > 0).map(([name, some]) => {
    const spread = (errors: number[]): string => `${percent(quantile(errors, 0.5))} / ${percent(quantile(errors, 0.9))}`;
    const cover = bootstrap(some, all => all.filter(({ isInside }) => isInside).length / all.length);
    return row('T6', `${some.length} ${name}: relative error P50 / P90, cover of the 90 % interval`,
      `model alone ${spread(some.map(({ modelError }) => modelError))}`,
      `${spread(some.map(({ error }) => error))}; cover ${withInterval(cover)}`, '≤ 10 / 30 %; 90 ± 2 %');
  });
}
