import { AwsError } from '../service';

/** When a one-time schedule is due: `at(yyyy-mm-ddThh:mm:ss)` has no offset, its zone stands beside it. */
export function instantOf(expression: string, timezone: string): number {
  const local = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)?.[1];
  if (local === undefined) {
    if (/^(rate|cron)\(/.test(expression)) throw new AwsError('NotEmulated', `the rehearsal has one-time schedules only, not ${expression}`, 501);
    throw invalid(`Invalid Schedule Expression ${expression}.`);
  }
  if (timezone !== 'UTC') throw new AwsError('NotEmulated', `the rehearsal has schedules in UTC only, not in ${timezone}`, 501);
  const time = Date.parse(`${local}Z`);
  // no 30th of February, no hour 25
  if (Number.isNaN(time) || new Date(time).toISOString() !== `${local}.000Z`) throw invalid(`Invalid Schedule Expression ${expression}.`);
  return time;
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
