import fc from 'fast-check';
import { chooseCopy, type CopyChoice, type CopyFacts } from '../../lambda/shared/migration/copy';
import type { PlannedLink } from '../../lambda/shared/migration/plan';
import { inTime } from '../../lambda/shared/migration/replication-request';
import type { MigrationRequest } from '../../lambda/shared/migration/request';
import { readVolumeWrites } from '../../lambda/shared/migration/volume-writes';
import type { Source } from '../../lambda/shared/source/source';
import { fakeAws } from './support/fake-aws';

const NOW = Date.parse('2026-01-05T09:00:00Z');
const inHours = (hours: number): string => new Date(NOW + hours * 3600_000).toISOString();
const link: PlannedLink = { id: 'vpn/vpn-1', direction: 'to-edge', share: 20e6, rate: 10e6 };
const source = {
  volumes: [{ device: '/dev/xvda', volumeId: 'vol-root', size: 20, root: true }, { device: '/dev/sdf', volumeId: 'vol-a', size: 100, root: false }, { device: '/dev/sdg', volumeId: 'vol-b', size: 68, root: false }],
} as unknown as Source;
const request = (over: Partial<MigrationRequest> = {}): MigrationRequest =>
  ({ instanceId: 'i-1', volumes: {}, gate: null, maxDowntime: 300, deadline: null, ...over }) as MigrationRequest;
const choose = (over: Partial<MigrationRequest> = {}, facts: Partial<CopyFacts> = {}): CopyChoice =>
  chooseCopy({ request: request(over), source, link, writes: new Map(), now: NOW, ...facts });

describe('when an instance switches', () => {
  test('after its blocks are copied, where nothing speaks against it; the plan tells how long that takes', () => {
    // 168 GiB at 10 MB/s, of which it writes one
    expect(choose({}, { writes: new Map([['vol-a', 1e6], ['vol-root', 99e6]]) })).toEqual({
      copy: 'pre-copy', asked: false, switchBy: null, why: 'it writes 1 MB/s, of 10 MB/s that it may send: some 5.6 h',
    });
    expect(choose({}, { link: null })).toMatchObject({ copy: 'pre-copy', why: 'no link is between them' });
  });

  test.each<[string, Partial<MigrationRequest>, Partial<CopyFacts>, RegExp]>([
    ['it writes more than it may send', {}, { writes: new Map([['vol-a', 6e6], ['vol-b', 4e6]]) }, /^it writes 10 MB\/s, of 10 MB\/s that it may send: a copy ahead would not be over/],
    ['two pauses are too much', { maxDowntime: 59 }, {}, /two pauses of up to 30 s each, and 59 s are tolerated/],
    ['its group switches at a moment', { gate: { id: 'g', members: ['i-1', 'i-2'], until: inHours(9) } }, {}, /^its group switches/],
    ['hardly anything could be copied by the deadline', { deadline: inHours(1) }, {}, /takes 5 h, and the switch has to be in 0.8 h$/],
    ['there is no time at all', { deadline: inHours(0.1) }, {}, /has to be in 0 h$/],
  ])('before them, where %s', (_, over, facts, why) => {
    expect(choose(over, facts)).toEqual({ copy: 'post-copy', asked: false, switchBy: null, why: expect.stringMatching(why) });
  });

  test('before the last of them, where a deadline comes first', () => {
    expect(choose({ deadline: inHours(3) })).toEqual({ copy: 'pre-copy', asked: false, switchBy: inHours(3 - 1 / 6), why: expect.stringContaining('some 5 h, of which 2.8 h are before the switch') });
    expect(choose({ deadline: inHours(9) })).toMatchObject({ switchBy: inHours(9 - 1 / 6), why: expect.stringMatching(/some 5 h$/) });
  });

  test('as it is asked for, of all volumes alike', () => {
    const asked = (copy: 'pre-copy' | 'post-copy', over = {}) => choose({ volumes: { '/dev/sdf': { copy } }, maxDowntime: 40, ...over });
    expect(asked('pre-copy')).toEqual({ copy: 'pre-copy', asked: true, switchBy: null, why: 'asked for' });
    expect(asked('post-copy', { maxDowntime: 900 })).toEqual({ copy: 'post-copy', asked: true, switchBy: null, why: 'asked for' });
    expect(() => asked('pre-copy', { deadline: inHours(0.1) })).toThrow(/can not be copied before a switch that has to be by/);
    expect(() => choose({ volumes: { '/dev/sdf': { copy: 'pre-copy' }, '/dev/sdg': { copy: 'post-copy' } } })).toThrow(/their services switch at once/);
    // the root goes as an image, whatever is said of it
    expect(choose({ volumes: { '/dev/xvda': { copy: 'post-copy' } } }).copy).toBe('pre-copy');
  });

  test('never later than ten minutes before a deadline', () => {
    const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
    fc.assert(fc.property(between(-1, 200), between(0, 20e6), fc.integer({ min: 1, max: 900 }), (hours, written, maxDowntime) => {
      const deadline = inHours(hours);
      const { copy, switchBy } = choose({ deadline, maxDowntime }, { writes: new Map([['vol-a', written]]) });
      expect(switchBy === null).toBe(copy === 'post-copy');
      if (switchBy !== null) {
        expect(Date.parse(switchBy)).toBeGreaterThan(NOW);
        expect(Date.parse(deadline) - Date.parse(switchBy)).toBe(600_000);
      }
    }));
  });
});

test('a copy ahead whose time has gone while the link was waited for is none', () => {
  const asked = { sourceInstanceId: 'i-1', copy: 'auto', switchBy: inHours(1) };
  expect(inTime(asked, NOW)).toEqual(asked);
  expect(inTime(asked, NOW + 3600_000)).toEqual({ sourceInstanceId: 'i-1' });
  expect(inTime({ sourceInstanceId: 'i-1', copy: 'auto' }, NOW)).toEqual({ sourceInstanceId: 'i-1', copy: 'auto' });
  expect(inTime({ sourceInstanceId: 'i-1' }, NOW)).toEqual({ sourceInstanceId: 'i-1' });
});

test('what a volume is written to is the mean of the last day, of the hours that were measured', async () => {
  const calls = fakeAws({
    GetMetricData: () => ({ MetricDataResults: [{ Id: 'm0', Timestamps: [new Date(NOW), new Date(NOW + 3600_000)], Values: [3600e6, 0] }, { Id: 'm1', Timestamps: [], Values: [] }] }),
  });
  expect([...await readVolumeWrites(['vol-a', 'vol-b'], NOW / 1000)]).toEqual([['vol-a', 500_000]]);
  expect(calls[0]!.input).toMatchObject({ StartTime: new Date(NOW - 24 * 3600_000), EndTime: new Date(NOW) });
  expect([...await readVolumeWrites([])]).toEqual([]);
});
