import fc from 'fast-check';
import { planPicture, type PicturedMove, type PicturedPlan } from '../../lambda/shared/picture/plan';

const HOUR = 3600;
const grid = { start: Date.UTC(2026, 0, 5) / 1000, step: 900, slots: 96 };
const move = (over: Partial<PicturedMove> = {}): PicturedMove => ({
  id: 'i-0123456789abcdef0', name: 'app', strategy: 'adaptive', link: 'vpn/vpn-0123456789abcdef0', rate: 1.25e6, start: grid.start + 6 * HOUR, end: grid.start + 12 * HOUR,
  seconds: { likely: 20_000, from: 18_000, to: 25_000 }, bytes: 25e9, resent: 1e9, downtime: 12, method: 'pre-copy', unpaced: false, ...over,
});
const plan = (over: Partial<PicturedPlan> = {}): PicturedPlan => ({
  execution: 'arn:aws:states:us-east-1:111122223333:execution:Fleet:run-1', plannedAt: grid.start, destination: 'factory', timeZone: 'UTC', grid, gap: 0.02, notes: [], refusals: [], metrics: { read: 31, perTick: 30 },
  links: [{ id: 'vpn/vpn-0123456789abcdef0', direction: 'to-edge', capacity: 12.5e6, traffic: Array(96).fill(2e6), room: Array(96).fill(8e6), held: Array(96).fill(0), prices: Array(96).fill(0), isUp: true }],
  moves: [move()], ...over,
});
/** The bars of the timeline, from the left edge and in width, as shares of the axis. */
const bars = (html: string) => [...html.matchAll(/<rect class="(pre|post|aws)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"[^>]*><title>/g)]
  .map(([, kind, x, y, width]) => ({ kind, from: (Number(x) - 190) / 1010, y: Number(y), width: Number(width) / 1010 }));

test('a move is a bar from its start to its end, and a row of the table', () => {
  const html = planPicture(plan());
  expect(bars(html)).toEqual([{ kind: 'pre', from: expect.closeTo(0.25, 3), y: expect.any(Number), width: expect.closeTo(0.25, 3) }]);
  expect(html).toContain('<td>app (i-0123456789abcdef0)</td>');
  // what CloudWatch bills
  expect(html).toMatch(/metrics read.*31.*up to 30/s);
  expect(html).toContain('<td>10 Mbit/s</td><td>25 GB</td><td>1 GB</td><td>12 s</td><td>pre-copy</td>');
});

test('ways are told apart', () => {
  const html = planPicture(plan({ moves: [move(), move({ method: 'post-copy' }), move({ unpaced: true })] }));
  expect(bars(html).map(({ kind }) => kind).sort()).toEqual(['aws', 'post', 'pre']);
});

test('a link shows what others send, and what the plan adds to it', () => {
  const html = planPicture(plan({ moves: [move(), move({ id: 'i-0123456789abcdef1' })] }));
  /** The levels, in megabytes per second, between which an area lies. */
  const levels = (kind: string): number[] => {
    const [, path = ''] = new RegExp(`<path class="${kind}" d="([^"]*)"`).exec(html)!;
    const heights = [...path.matchAll(/[\d.]+ ([\d.]+)H/g)].map(([, y]) => (170 - Number(y)) / 148 * 12.5);
    return [...new Set(heights.map(height => Math.round(height * 10) / 10))].sort((one, other) => one - other);
  };
  expect(levels('others')).toEqual([0, 2]);
  expect(levels('pre')).toEqual([2, 4.5]);
  expect(planPicture(plan({ links: [{ ...plan().links[0]!, isUp: false }] }))).toContain('carries 100 Mbit/s, is down');
});

test('refusals stand in words, before everything else', () => {
  const html = planPicture(plan({ refusals: [{ id: 'i-0123456789abcdef9', name: 'db-7', reason: 'db-7 writes 9 GB/h: will not converge' }] }));
  expect(html.indexOf('will not converge')).toBeLessThan(html.indexOf('When each instance moves'));
  const nothing = planPicture(plan({ moves: [], refusals: [{ id: 'i-0123456789abcdef9', name: null, reason: 'has instance store' }] }));
  expect(nothing).toContain('i-0123456789abcdef9: has instance store');
  expect(nothing).not.toContain('When each instance moves');
});

test('times are those of the plan\'s zone, also where its clocks change', () => {
  // Berlin goes to summer time at 01:00 UTC of 29 March 2026
  const spring = { start: Date.UTC(2026, 2, 28, 18) / 1000, step: 900, slots: 96 };
  const html = planPicture(plan({ timeZone: 'Europe/Berlin', grid: spring, moves: [move({ start: Date.UTC(2026, 2, 29, 2) / 1000, end: Date.UTC(2026, 2, 29, 3) / 1000 })] }));
  expect(html).toContain('Sun 29 Mar 04:00');
  expect([...html.matchAll(/<text class="hour"[^>]*>(\d\d:\d\d)</g)].map(([, time]) => time)).toEqual(expect.arrayContaining(['22:00', '04:00', '06:00']));
});

test('what people have named can not become markup, and the page needs nothing from elsewhere', () => {
  const name = '<img src=x onerror=alert(1)>"\'&';
  const html = planPicture(plan({
    destination: name, moves: [move({ name, link: name })], notes: [name],
    refusals: [{ id: name, name, reason: name }], links: [{ ...plan().links[0]!, id: name }],
  }));
  expect(html).not.toContain('<img');
  expect(html).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\//);
  expect(html).not.toMatch(/<script|@import|url\(/);
});

test('more moves than rows can be read share rows, and never overlap in one', () => fc.assert(fc.property(
  fc.array(fc.tuple(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 1, max: 15 })), { minLength: 121, maxLength: 300 }), spans => {
    const html = planPicture(plan({ moves: spans.map(([slot, slots], index) => move({ id: `i-${index}`, start: grid.start + slot * 900, end: grid.start + (slot + slots) * 900 })) }));
    const drawn = bars(html);
    expect(drawn).toHaveLength(spans.length);
    for (const y of new Set(drawn.map(bar => bar.y))) {
      const row = drawn.filter(bar => bar.y === y).sort((a, b) => a.from - b.from);
      for (let index = 1; index < row.length; index++) expect(row[index]!.from).toBeGreaterThanOrEqual(row[index - 1]!.from + row[index - 1]!.width - 0.001);
    }
  }), { numRuns: 20 }));
