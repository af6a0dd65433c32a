import type { CommandResult } from '../../lambda/shared/command';
import { withoutCopies } from '../../lambda/shared/plan/strategies';
import { newReader, nextReader } from '../../lambda/shared/warm-up/readers';
import { planFor, source } from './support/fixtures';

const warmed = { ready: 'warmed' };
const unmanaged = source({ managedBySsm: false });
const alone = { isolation: false, identity: 'keep' };

describe('the plan', () => {
  test('without being asked warms nothing', () => expect(planFor().warmUp).toBeNull());

  test('lets clones read what AWS promises no rate for, and says what that costs in time', () => {
    const { warmUp, steps, warnings } = planFor(warmed);
    expect(warmUp).toMatchObject({ how: 'read', why: expect.stringContaining('about 18 minutes for the largest volume, which waiting alone may take 43 for') });
    expect(steps).toEqual(expect.arrayContaining([{ step: 'Read volumes', seconds: 5 }, { step: 'Are volumes warm', seconds: warmUp!.seconds }]));
    expect(warnings).not.toContainEqual(expect.stringContaining('AWS promises no rate'));
    expect(planFor({ ...warmed, ...alone }).warmUp).toMatchObject({ how: 'read' });
  });

  test.each([
    ['that has a rate', { volumeInitializationRate: 200 }, source(), /EBS loads the volumes at 200 MiB\/s/],
    ['that shall wait', { warmUp: 'wait' }, source(), /as the request says/],
    ['of Windows', alone, source({}, { Platform: 'Windows' }), /the source runs Windows/],
    ['of macOS', alone, source({}, { Architecture: 'arm64_mac' }), /macOS/],
    ['that Systems Manager does not manage', alone, unmanaged, /not online in Systems Manager/],
  ])('waits for a clone %s', (_, request, from, why) => {
    expect(planFor({ ...warmed, ...request }, from).warmUp).toMatchObject({ how: 'wait', why: expect.stringMatching(why) });
  });

  test('reads in spite of a rate where the request says so, and refuses to where that can not be', () => {
    expect(planFor({ ...warmed, warmUp: 'read', volumeInitializationRate: 200 }).warmUp).toMatchObject({ how: 'read', why: expect.stringMatching(/^as the request says/) });
    expect(() => planFor({ ...warmed, warmUp: 'read', ...alone }, unmanaged)).toThrow(expect.objectContaining({
      name: 'WarmUpNotPossible', message: 'the clones of i-0123456789abcdef0 can not read their volumes: the source is not online in Systems Manager, by which its clones would be told to read',
    }));
  });

  test('says that it was made for copies where snapshots took their place', () => {
    const plan = { ...planFor(warmed), checks: [] };
    expect(withoutCopies(plan, 'CopyVolumesLimitExceeded', 'five').warmUp!.why).toMatch(/decided before snapshots took the place of copies$/);
  });
});

describe('a reader', () => {
  const [one, two] = ['vol-0000000000000000a', 'vol-0000000000000000b'] as const;
  const said = (...volumes: object[]): CommandResult => ({ succeeded: true, reason: '', answer: { volumes } });
  const of = (volume: string, over: object = {}) => ({ volume, state: 'reading', bytes: 1000, read: 0, hot: null, problem: null, ...over });
  const begun = newReader('i-1', [one, two]);

  test('tells how far it is, and never a hundred before the end', () => {
    const some = nextReader(begun, said(of(one, { read: 1000, hot: { files: 1 } }), of(two, { read: 509 })));
    expect(some).toMatchObject({ volumes: { [one]: 99, [two]: 50 }, hot: false, problem: null, ended: false });
    const all = nextReader(some, said(...[one, two].map(volume => of(volume, { state: 'complete', read: 1000, hot: { files: 0 } }))));
    expect(all).toMatchObject({ volumes: { [one]: 100, [two]: 100 }, hot: true, problem: null, ended: true });
    expect(nextReader(all, undefined)).toBe(all);
  });

  test('that fails at one volume goes on with the others', () => {
    const half = nextReader(begun, said(of(one, { state: 'failed', problem: 'Input/output error' }), of(two, { read: 100 })));
    expect(half).toMatchObject({ problem: `${one}: Input/output error`, ended: false });
    expect(nextReader(half, said(of(one, { state: 'failed' }), of(two, { state: 'complete' })))).toMatchObject({ volumes: { [two]: 100 }, problem: expect.stringContaining(one), ended: true });
  });

  test('that is gone, lost or after a boot, is asked no more', () => {
    expect(nextReader(begun, said(of(one, { state: 'lost' }), of(two)))).toMatchObject({ problem: `the reader of ${one} is gone`, ended: false });
    expect(nextReader({ ...begun, begun: true }, said())).toMatchObject({ problem: `the reader of ${one} is gone; the reader of ${two} is gone`, ended: true });
  });

  test('that has not begun yet when somebody asks is not gone', () => {
    expect(nextReader(begun, said())).toMatchObject({ problem: null, begun: false, ended: false, silent: 1 });
  });

  test('that could not begin says why', () => {
    const result = { succeeded: false, answer: { error: 'NotSupported', message: 'no dd' }, reason: 'NotSupported: no dd' };
    expect(nextReader(begun, result)).toMatchObject({ problem: 'NotSupported: no dd', ended: true });
  });

  test('that is silent is asked on, counts as silent at the fifth time, and not once it answers again', () => {
    const looks = [undefined, { succeeded: false, answer: {}, reason: 'Undeliverable' }, undefined, undefined];
    const nearly = looks.reduce(nextReader, begun);
    expect(nearly).toMatchObject({ silent: 4, problem: null, ended: false });
    const silent = nextReader(nearly, undefined);
    expect(silent).toMatchObject({ problem: 'it does not answer', ended: false });
    expect(nextReader(silent, said(of(one), of(two)))).toMatchObject({ problem: null, silent: 0 });
  });
});
