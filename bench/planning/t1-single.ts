import { bestAfter, LIVE_CPU, LIVE_WRITES, type LiveRules, startsNow } from '../../lambda/planning/forecast/live-start';
import { observedLevel } from '../../lambda/planning/forecast/level';
import { EWMA, PLAIN_MEAN, profile } from '../../lambda/planning/forecast/profile';
import { quantile } from '../../lambda/planning/forecast/quantile';
import { meanOf, type Running, running, type Series } from '../../lambda/planning/forecast/series';
import { seeded } from '../../lambda/planning/random';
import { type Machine, type Named, PER_DAY, reportHalf, SLOT } from './data';
import { type Row, row } from './report';
import { bootstrap, median, percent, sum, withInterval } from './statistics';

const WINDOW = 4;
const OFFSETS = PER_DAY - WINDOW + 1;
const utc = (): number => 0; // the traces count local quarter hours

/** What the requests of one machine cost under each policy, summed up. */
export interface Costs { requests: number; random: number; oracle: number; patent: number; live: number }

/** The lowest window that each of the last seven days reached, on the average. */
function lowestOfPast(series: Running, at: number): number {
  const lows: number[] = [];
  for (let day = 1; day <= 7; day++) {
    let low = Infinity;
    for (let k = 0; k < OFFSETS; k++) {
      const from = at - day * PER_DAY + k;
      const mean = from + WINDOW <= at ? meanOf(series, from, from + WINDOW) : NaN;
      if (mean < low) low = mean;
    }
    if (low < Infinity) lows.push(low);
  }
  return lows.length > 0 ? sum(lows) / lows.length : NaN;
}

/** One request a day at a random slot, as in the facts: which offset each policy takes, and what it really cost. */
export function requestsOf(series: Series, rules: LiveRules, seed: number, firstDay = 14): Costs {
  const costs: Costs = { requests: 0, random: 0, oracle: 0, patent: 0, live: 0 };
  const history = running(series);
  const random = seeded(seed);
  for (let day = firstDay; day < Math.floor(series.values.length / PER_DAY); day++) {
    const at = day * PER_DAY + Math.floor(random() * PER_DAY);
    if (at + PER_DAY >= series.values.length || history.missing[at + PER_DAY]! > history.missing[at]!) continue;
    const now = series.start + at * SLOT;
    const plain = profile(history, now, OFFSETS, WINDOW, utc, PLAIN_MEAN);
    const weighted = profile(history, now, OFFSETS, WINDOW, utc, EWMA);
    if (plain.some(Number.isNaN) || weighted.some(Number.isNaN)) continue;
    const real = Float64Array.from({ length: OFFSETS }, (_, k) => meanOf(history, at + k, at + k + WINDOW));
    costs.requests++;
    costs.random += real.reduce((total, value) => total + value, 0) / OFFSETS;
    costs.oracle += Math.min(...real);
    const threshold = quantile(plain, 0.25);
    costs.patent += real[plain.findIndex(value => value <= threshold)]!;
    const best = bestAfter(weighted);
    const lowest = rules.patience > 0 ? lowestOfPast(history, at) : NaN;
    for (let k = 0; k < OFFSETS; k++) {
      // metrics come 15 minutes late: the newest slot is not seen yet
      const recent = { hour: meanOf(history, at + k - 4, at + k - 1), threeHours: meanOf(history, at + k - 13, at + k - 1) };
      const observed = observedLevel(recent, rules.memory);
      if (!startsNow(weighted, best, k, observed, lowest, rules)) continue;
      costs.live += real[k]!;
      break;
    }
  }
  return costs;
}

const total = (all: readonly Costs[], part: keyof Costs): number => sum(all.map(costs => costs[part]));
const captured = (all: readonly Costs[], policy: 'patent' | 'live'): number =>
  (total(all, 'random') - total(all, policy)) / (total(all, 'random') - total(all, 'oracle'));

/** Machines that never vary have nothing to capture. */
const varying = (all: readonly Costs[]): Costs[] => all.filter(({ random, oracle }) => random - oracle > 1e-6 * random + 1e-9);

function line(all: readonly Costs[], policy: 'patent' | 'live'): string {
  return `captured ${withInterval(bootstrap(all, sample => captured(sample, policy)), each => percent(each, 0))}, `
    + `median ${percent(median(varying(all).map(each => captured([each], policy))), 0)}`;
}

/** T1: one machine, a window of an hour within the next 24. Machines of the second half only: parameters were tuned on the first. */
export function singleMachines(machines: readonly Machine[], others: readonly Named[]): Row[] {
  const rows: Row[] = [];
  for (const [name, pick, rules, target] of [['writes', 'writes', LIVE_WRITES, '≥ 80 %'], ['CPU', 'cpu', LIVE_CPU, '≥ 72 %']] as const) {
    const all = reportHalf(machines).map(machine => requestsOf(machine[pick], rules, Number.parseInt(machine.id, 10) + 17))
      .filter(({ requests }) => requests > 0);
    const what = `${name}, ${all.length} machines held out, ${total(all, 'requests')} requests`;
    if (all.length > 0) rows.push(row('T1', what, line(all, 'patent'), line(all, 'live'), target));
  }
  const series = others.map(({ series: each }, i) => requestsOf(each, LIVE_CPU, 100 + i, 6)).filter(({ requests }) => requests > 0);
  // these are two weeks long: requests begin after six days. Units differ from series to series: each counts as a share of its own random cost
  const shares = varying(series).map(({ requests, random, oracle, patent, live }) => (
    { requests, random: 1, oracle: oracle / random, patent: patent / random, live: live / random }));
  const what = `CloudWatch series (NAB), ${shares.length} series, ${total(shares, 'requests')} requests`;
  if (shares.length > 0) rows.push(row('T1', what, line(shares, 'patent'), line(shares, 'live'), '≥ 72 %'));
  return rows;
}
