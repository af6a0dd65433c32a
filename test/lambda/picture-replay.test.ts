import type { Strategy } from '../../lambda/planning/fleet/request';
import { type PicturedReplay, replayPicture } from '../../lambda/shared/picture/replay';
import type { Totals } from '../../lambda/shared/replay/report';

const DAY = 86_400;
const begin = Date.UTC(2026, 0, 20) / 1000;
const outcome = (strategy: Strategy, over: Partial<Totals> = {}): Totals =>
  ({ strategy, moved: 40, late: 0, bytes: 9e11, resent: 8e9, exposure: 60, over: 0, downtime: 75, wait: 7200, cost: 100, ...over });
const replay = (over: Partial<PicturedReplay> = {}): PicturedReplay => ({
  execution: 'arn:aws:states:us-east-1:111122223333:execution:Replay:run-1', destination: 'factory', timeZone: 'UTC', horizon: 3 * DAY, instances: 20, refusals: [], notes: [],
  strategies: [outcome('now', { over: 3e9, late: 2 }), outcome('adaptive', { cost: 50, resent: 1e9, exposure: 45 })], bound: 40,
  windows: [0, 1, 2].map(day => ({
    begin: begin + day * DAY, end: begin + (day + 3) * DAY, bound: 10, strategies: [{ strategy: 'now', cost: 40 - 5 * day }, { strategy: 'adaptive', cost: 20 }],
  })), ...over,
});
/** The bars of a measure, by strategy. */
const bars = (html: string, measure: string): Record<string, number> => Object.fromEntries(
  [...html.matchAll(/<rect class="s-\w+" x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="18"><title>(\w+), ([^:]+):/g)]
    .filter(([, , , name]) => name === measure).map(([, width, strategy]) => [strategy!, Number(width)]));

test('the strategies stand side by side, each measure on its own scale, the best in bold, the bound as a line', () => {
  const html = replayPicture(replay());
  const { now, adaptive } = bars(html, 'cost');
  expect(adaptive! / now!).toBeCloseTo(0.5, 2);
  const bound = Number(/<line class="bound" x1="([\d.]+)"/.exec(html)![1]) - 190;
  expect(bound / now!).toBeCloseTo(0.4, 2);
  const again = bars(html, 'sent again');
  expect(again['adaptive']! / again['now']!).toBeCloseTo(1 / 8, 2);
  expect(bars(html, 'beyond the share of links')).toEqual({ now: expect.any(Number), adaptive: 0 });
  expect([...html.matchAll(/<text class="date"[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual(expect.arrayContaining(['50', '1 GB', '45', '0 MB', '0']));
});

test('the first figures say which one is best and by how much; the table has all', () => {
  const html = replayPicture(replay());
  expect(html).toContain('<dt>least cost</dt><dd>adaptive</dd>');
  expect(html).toContain('<dt>cheaper than now</dt><dd>50 %</dd>');
  expect(html).toContain('<dt>above what hindsight allows</dt><dd>25 %</dd>');
  expect(html).toContain('<td>now</td><td class="n">40</td><td class="n">2</td><td>900 GB</td><td>8 GB</td><td>60</td><td>3 GB</td><td>75 s</td><td>2 h</td><td>100</td><td>150 %</td>');
});

test('each window has its place on the curves, above what nothing could have undercut', () => {
  const [, path = ''] = /<path class="l-now" d="M([^"]*)"/.exec(replayPicture(replay()))!;
  const points = path.split('L').map(point => point.split(' ').map(Number) as [number, number]);
  expect(points.map(([x]) => Math.round((x - 190) / 1010 * 2))).toEqual([0, 1, 2]);
  // 40, 35 and 30 of at most 40
  expect(points.map(([, y]) => Math.round((220 - y) / 194 * 40))).toEqual([40, 35, 30]);
});

test('nothing replayed is a page that says why; what people have named can not become markup', () => {
  const name = '<img src=x onerror=alert(1)>"\'&';
  const html = replayPicture(replay({
    destination: name, notes: [name], refusals: [{ id: name, reason: name }], instances: 0, bound: 0, windows: [],
    strategies: [outcome('adaptive', { cost: 0, moved: 0, bytes: 0, resent: 0, exposure: 0 })],
  }));
  expect(html).not.toContain('<img');
  expect(html).not.toContain('NaN');
  expect(html).toContain('&lt;img src=x');
  expect(html).not.toContain('least cost');
});
