import { LIVE_CPU, LIVE_WRITES } from '../../lambda/planning/forecast/live-start';
import type { Series } from '../../lambda/planning/forecast/series';
import { seeded } from '../../lambda/planning/random';
import { type Machine, type Named, PER_DAY, reportHalf } from './data';
import { type Row, row } from './report';
import { bootstrap, sum, withInterval } from './statistics';
import { type Costs, requestsOf } from './t1-single';

/** The series with its days in another order: what one day says of the next is gone, the time of day stays. */
function shuffledDays({ start, step, values }: Series, seed: number): Series {
  const random = seeded(seed);
  const days = Math.floor(values.length / PER_DAY);
  const order = Array.from({ length: days }, (_, day) => day);
  for (let i = days - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const shuffled = new Float64Array(days * PER_DAY);
  order.forEach((day, place) => shuffled.set(values.subarray(day * PER_DAY, (day + 1) * PER_DAY), place * PER_DAY));
  return { start, step, values: shuffled };
}

/** The series with all its samples in another order: nothing says anything about anything. */
function shuffledSamples({ start, step, values }: Series, seed: number): Series {
  const random = seeded(seed);
  const shuffled = values.slice();
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return { start, step, values: shuffled };
}

const regret = (policy: 'live' | 'patent') => (all: readonly Costs[]): number => sum(all.map(each => each[policy])) / sum(all.map(({ random }) => random)) - 1;

/** T7: where there is nothing to predict, the rule must not do harm. Below zero is better than random. */
export function controls(machines: readonly Machine[], flat: readonly Named[]): Row[] {
  const rows: Row[] = [];
  const add = (what: string, all: Costs[]): void => {
    const counted = all.filter(({ requests, random }) => requests > 0 && random > 0).map(each => ({
      ...each, random: 1, live: each.live / each.random, patent: each.patent / each.random,
    }));
    if (counted.length === 0) return;
    rows.push(row('T7', `${what}, cost against random`, withInterval(bootstrap(counted, regret('patent'))), withInterval(bootstrap(counted, regret('live'))), '≤ +1 %'));
  };
  for (const { name, series } of flat) add(name, Array.from({ length: 20 }, (_, seed) => requestsOf(series, LIVE_CPU, seed)));
  const half = reportHalf(machines);
  add('CPU, days shuffled', half.map((machine, i) => requestsOf(shuffledDays(machine.cpu, i), LIVE_CPU, i)));
  add('writes, days shuffled', half.map((machine, i) => requestsOf(shuffledDays(machine.writes, i), LIVE_WRITES, i)));
  add('CPU, all samples shuffled', half.map((machine, i) => requestsOf(shuffledSamples(machine.cpu, i), LIVE_CPU, i)));
  add('writes, all samples shuffled', half.map((machine, i) => requestsOf(shuffledSamples(machine.writes, i), LIVE_WRITES, i)));
  return rows;
}
