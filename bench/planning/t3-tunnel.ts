import { quantile } from '../../lambda/planning/forecast/quantile';
import type { Series } from '../../lambda/planning/forecast/series';
import { forecastTunnel, initialTunnelState, learnFromDay, TUNNEL_RULES } from '../../lambda/planning/forecast/tunnel';
import type { Named } from './data';
import { type Row, row } from './report';
import { bootstrap, percent, withInterval } from './statistics';

interface Day { hours: number; over: number; traffic: number; bytesOver: number; used: number; room: number }

/** The forecast of the patent's time: 95 % quantile of the same hour over the last 14 days. */
function sameHourQuantile(history: Series, here: number): Float64Array {
  return Float64Array.from({ length: 24 }, (_, hour) => quantile(Array.from({ length: 14 }, (_, day) => history.values[here + hour - 24 * (day + 1)]!), 0.95));
}

function compare(forecast: Float64Array, real: Float64Array, cap: number): Day {
  const day = { hours: 0, over: 0, traffic: 0, bytesOver: 0, used: 0, room: 0 };
  forecast.forEach((value, hour) => {
    const traffic = real[hour]!;
    if (Number.isNaN(traffic)) return;
    day.hours++;
    if (traffic > value) day.over++;
    day.traffic += traffic;
    day.bytesOver += Math.max(0, traffic - value);
    day.used += Math.min(cap - value, cap - traffic);
    day.room += cap - traffic;
  });
  return day;
}

const share = (days: readonly Day[], part: (day: Day) => number, whole: (day: Day) => number): number =>
  days.reduce((sum, day) => sum + part(day), 0) / days.reduce((sum, day) => sum + whole(day), 0);

/** T3: how often traffic exceeds its forecast, and how much of the room the forecast lets migrations use. */
export function tunnelForecasts(links: readonly Named[]): Row[] {
  return links.flatMap(({ name, series }) => {
    const ours: Day[] = [];
    const base: Day[] = [];
    let state = initialTunnelState(TUNNEL_RULES);
    for (let here = 14 * 24; here + 24 <= series.values.length; here += 24) {
      const forecast = forecastTunnel({ ...series, values: series.values.subarray(0, here) }, series.start + here * 3600, state, TUNNEL_RULES);
      if (!forecast) continue;
      const real = series.values.subarray(here, here + 24);
      ours.push(compare(forecast.traffic, real, forecast.cap));
      base.push(compare(sameHourQuantile(series, here), real, forecast.cap));
      state = learnFromDay(state, forecast.traffic, real, TUNNEL_RULES);
    }
    const line = (days: Day[]): string => `over ${withInterval(bootstrap(days, all => share(all, day => day.over, day => day.hours)))}, `
      + `headroom used ${percent(share(days, day => day.used, day => day.room))}, bytes over ${percent(share(days, day => day.bytesOver, day => day.traffic), 2)}`;
    return [row('T3', `${name}, ${ours.length} days, hours over the forecast`, line(base), line(ours), '5 ± 1 %, ≥ 55–80 %, ≤ 0.5 %')];
  });
}
