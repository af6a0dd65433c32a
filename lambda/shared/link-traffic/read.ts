import { coarsen, regrid, type Series } from '../../planning/forecast/series';
import type { Direction, EdgeLink } from '../links';
import { aligned, listMetrics, periodAt, readMetrics, type Stretch } from '../metric-data';
import { healthOf, metricsOf, rateOf, searchesFor } from './metrics';
import { orElse, sumOfParts } from './sum';

/** The metrics of links have a point in five minutes. */
export const PERIOD = 300;
/** The planner's slots. */
const STEP = 900;

export interface LinkTraffic {
  /** Bytes per second, per quarter of an hour unless other steps are wanted; NaN where it is not known. */
  readonly traffic: Series;
  /** Metrics requested of CloudWatch, its unit of cost. */
  readonly requested: number;
}

/**
 * What went over a link in one direction, migrations included. Reads again what was read before: an Outpost that was cut off
 * sends its points up to seven days late.
 */
export async function readLinkTraffic(link: EdgeLink, direction: Direction, stretch: Stretch, now = Date.now() / 1000, wanted = STEP): Promise<LinkTraffic> {
  const searches = searchesFor(link, direction);
  const period = periodAt(now - stretch.from, PERIOD);
  const step = Math.max(wanted, period);
  const { from, to } = aligned(stretch, step);
  const slots = Math.round((to - from) / period);
  const empty: Series = { start: from, step: period, values: new Float64Array(slots).fill(NaN) };
  // nothing measures it: others are not seen, and what migrations take is in the ledger
  if (searches.length === 0) return { traffic: { start: from, step, values: new Float64Array(Math.round((to - from) / step)) }, requested: 0 };

  const metrics = metricsOf(link, (await Promise.all(searches.map(listMetrics))).flat());
  const { points, requested } = await readMetrics(metrics, { from, to }, period, now);
  const parts = new Map<string, Series>();
  for (const { key, part } of metrics.toSorted((a, b) => Number(a.isOlder) - Number(b.isOlder))) {
    const rates = (points.get(key) ?? []).map(({ time, value }) => ({ time, value: rateOf(link, value, period) }));
    const series = regrid(rates, from, period, slots);
    const known = parts.get(part);
    parts.set(part, known ? orElse(known, series) : series);
  }
  return { traffic: coarsen(sumOfParts([...parts.values()], empty), step / period), requested };
}

/** Whether a link is up, by the newest of the last 15 minutes. What sends no metric is down; what has none is taken to be up. */
export async function isLinkUp(link: EdgeLink, now = Date.now() / 1000): Promise<boolean> {
  const health = healthOf(link);
  if (!health) return true;
  const { points } = await readMetrics([health.wanted], { from: now - 900, to: now }, 60, now);
  const newest = points.get(health.wanted.key)?.at(-1);
  return newest !== undefined && health.isUp(newest.value);
}
