/** Tells when a rule with this schedule expression fires next, strictly after a time. All times are in UTC. */
export type Schedule = (after: number) => number | undefined;

const minute = 60_000;

/** Reads `rate(5 minutes)` and `cron(0 3 * * ? *)` as rules have them (EventBridge user guide, "Schedule expressions"). */
export function schedule(expression: string): Schedule {
  const rate = /^rate\(([1-9]\d*) (minutes?|hours?|days?)\)$/.exec(expression);
  if (rate) {
    const unit = { m: minute, h: 60 * minute, d: 24 * 60 * minute }[rate[2]!.charAt(0)]!;
    return after => after + Number(rate[1]) * unit;
  }
  const fields = /^cron\((.*)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (fields?.length !== 6) throw new Error(`not a schedule of EventBridge: ${expression}`);
  return cron(fields, expression);
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function cron(fields: readonly string[], expression: string): Schedule {
  const [minutes, hours, days, monthsOf, weekdaysOf, years] = [
    field(fields[0]!, 0, 59, expression), field(fields[1]!, 0, 23, expression), field(fields[2]!, 1, 31, expression),
    field(fields[3]!, 1, 12, expression, months, 1), field(fields[4]!, 1, 7, expression, weekdays, 1), field(fields[5]!, 1970, 2199, expression),
  ] as const;
  if ((fields[2] === '?') === (fields[4] === '?')) {
    throw new Error(`one of day-of-month and day-of-week must be ?, the other not: ${expression}`);
  }
  return after => {
    let time = (Math.floor(after / minute) + 1) * minute;
    // leap over whole days and hours that do not fit; four years hold every date there is
    for (const end = time + 8 * 366 * 24 * 60 * minute; time < end;) {
      const date = new Date(time);
      if (!years(date.getUTCFullYear()) || !monthsOf(date.getUTCMonth() + 1) || !days(date.getUTCDate()) || !weekdaysOf(date.getUTCDay() + 1)) {
        time = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
      } else if (!hours(date.getUTCHours())) {
        time = (Math.floor(time / (60 * minute)) + 1) * 60 * minute;
      } else if (!minutes(date.getUTCMinutes())) {
        time += minute;
      } else {
        return time;
      }
    }
    return undefined;
  };
}

/** One field of a cron expression: `*`, `?`, numbers, names, ranges, lists and steps. L, W and # are refused. */
function field(
  text: string, least: number, most: number, expression: string, names: readonly string[] = [], firstName = 0,
): (value: number) => boolean {
  const number = (part: string): number => {
    const index = names.indexOf(part.toUpperCase());
    const value = index >= 0 ? index + firstName : /^\d+$/.test(part) ? Number(part) : NaN;
    if (!(value >= least && value <= most)) throw new Error(`the rehearsal does not understand ${part} in ${expression}`);
    return value;
  };
  const parts = text.split(',').map(part => {
    const [range = '', step] = part.split('/');
    const [from, to] = range === '*' || range === '?' ? [least, most]
      : range.includes('-') ? range.split('-').map(number) as [number, number]
        : [number(range), step === undefined ? number(range) : most];
    const every = step === undefined ? 1 : Number(step);
    if (!Number.isInteger(every) || every < 1) throw new Error(`the rehearsal does not understand ${part} in ${expression}`);
    return (value: number) => value >= from && value <= to && (value - from) % every === 0;
  });
  return value => parts.some(fits => fits(value));
}
