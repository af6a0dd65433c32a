import { page } from '../../../rehearsal/report/page/page';
import { axisOf } from '../../../rehearsal/report/page/scale';
import type { Story, Visit } from '../../../rehearsal/report/story';

const from = Date.parse('2026-01-05T09:00:00Z');
const visit = (state: string, type: string, start: number, end: number, more: Partial<Visit> = {}): Visit =>
  ({ state, type, depth: 0, from: from + start * 1000, to: from + end * 1000, outcome: 'left', failures: [], ...more });

const story: Story = {
  scenario: 'clone', description: 'A <b>server</b> & its volumes.', seed: 1, region: 'us-east-1', from, to: from + 7_300_000, realSeconds: 2,
  executions: [{
    arn: 'arn:aws:states:us-east-1:111122223333:execution:Clone:one', machine: 'Clone', input: {}, from, to: from + 7_300_000, status: 'FAILED',
    error: 'Broken', cause: '<script>alert(1)</script>', transitions: 4, historyEvents: 20,
    visits: [
      visit('Snapshot volumes', 'Task', 0, 2), visit('Wait for snapshots', 'Wait', 2, 7202), visit('Are snapshots ready', 'Task', 7202, 7203),
      visit('Launch', 'Task', 7203, 7300, { outcome: 'failed', failures: [{ time: from, error: 'Broken' }] }),
    ],
  }],
  calls: [{ time: from, service: 'EC2', operation: 'CreateSnapshots', changes: true, dryRun: false, ids: ['snap-0123456789abcdef0'] }],
  lanes: [{ type: 'snapshot', id: 'snap-0123456789abcdef0', label: 'of vol-1', existed: false, gone: true, spans: [{ state: 'pending', from, to: from + 5000 }] }],
  pages: [], clones: [{ instanceId: 'i-1', volumes: [{ device: '/dev/sdf', volumeId: 'vol-2', equalsSourceAtSnapshot: false, blocksCompared: 10, laterWritesSeen: 3 }] }],
  moments: [{ time: from + 1000, label: 'the snapshots’ instant' }],
  expectations: [{ what: 'the source noticed nothing', holds: false, detail: 'it was stopped' }],
  permissions: { unused: [], denied: [] },
};

test('the page needs nothing from elsewhere and runs no script', () => {
  expect(page(story)).not.toMatch(/<script|<link|<img|https?:|src=|@import|url\(/i);
});

test('texts are shown, not interpreted', () => {
  expect(page(story)).toContain('A &lt;b&gt;server&lt;/b&gt; &amp; its volumes.');
  expect(page(story)).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

test('failures are not hidden', () => {
  const html = page(story);
  expect(html).toContain('not as expected');
  expect(html).toMatch(/<li class="bad">the source noticed nothing/);
  expect(html).toContain('✗ differs');
  expect(html).toMatch(/class="bar failed"[^>]*><b>✗<\/b>/);
});

test('every state and resource has its row', () => {
  const html = page(story);
  for (const label of ['Snapshot volumes', 'Wait for snapshots', 'Are snapshots ready', 'Launch', 'snap-0123456789abcdef0']) {
    expect(html).toMatch(new RegExp(`<div class="label[^"]*"><span[^>]*>${label}</span>`));
  }
});

describe('the axis', () => {
  const { pressed, true: even } = axisOf(story);

  test('true to time, a second is a second', () => {
    expect(even.scale(from + 3_650_000)).toBeCloseTo(50);
    expect(even.ticks.map(tick => tick.label)).toEqual(['start', '+15 min', '+30 min', '+45 min', '+1 h', '+1 h 15 min', '+1 h 30 min', '+1 h 45 min', '+2 h']);
  });

  test('pressed together, order is kept, both ends stay, and short steps can be seen', () => {
    const times = [0, 1, 2, 500, 7202, 7203, 7300].map(seconds => pressed.scale(from + seconds * 1000));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect([times[0], times.at(-1)]).toEqual([0, 100]);
    expect(times[2]! - times[0]!).toBeGreaterThan(5);
  });

  test('an instant that lasts is no division by zero', () => {
    const { pressed: still } = axisOf({ ...story, to: from, executions: [], moments: [] });
    expect(still.scale(from)).toBe(0);
  });
});
