import { DURATION_RULES, forecastDuration, type PastMigration } from '../../lambda/planning/forecast/duration';
import { quantile } from '../../lambda/planning/forecast/quantile';
import { type Row, row } from './report';
import { bootstrap, percent, withInterval } from './statistics';
import type { Outcome } from './t2-policies';

interface Judged { readonly error: number; readonly isInside: boolean }

/**
 * T6: how long copies take, forecast at their start. Start days come one after the other; each day knows the migrations of
 * the days before it and of no other. The first two days only teach.
 */
export function durations(days: readonly Outcome[]): Row[] {
  const past: PastMigration[] = [];
  const judged: Judged[] = [];
  const modelOnly: number[] = [];
  days.forEach((day, index) => {
    for (const { predicted, actual, resentShare } of index < 2 ? [] : day.durations) {
      const { seconds, from, to } = forecastDuration(predicted, resentShare, past, DURATION_RULES);
      judged.push({ error: Math.abs(seconds - actual) / actual, isInside: from <= actual && actual <= to });
      modelOnly.push(Math.abs(predicted - actual) / actual);
    }
    past.push(...day.durations.map(({ predicted, actual, resentShare }) => ({ modelled: predicted, actual, resentShare })));
  });
  if (judged.length === 0) return [];
  const errors = judged.map(({ error }) => error);
  const cover = bootstrap(judged, all => all.filter(({ isInside }) => isInside).length / all.length);
  return [row('T6', `${judged.length} copies of T2, relative error P50 / P90 and cover of the 90 % interval`,
    `model alone ${percent(quantile(modelOnly, 0.5))} / ${percent(quantile(modelOnly, 0.9))}`,
    `${percent(quantile(errors, 0.5))} / ${percent(quantile(errors, 0.9))}; cover ${withInterval(cover)}`, '≤ 10 / 30 %; 90 ± 2 %')];
}
