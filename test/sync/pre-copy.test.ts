/** Blocks that go before the switch. */
import type { Execution } from '../../rehearsal/asl';
import { expectSuccess } from '../support/rehearse';
import { rehearseSync, type SyncBench, synthesizedSync } from '../support/sync';

jest.setTimeout(120_000);

const full = synthesizedSync();
const ahead = { copy: 'pre-copy' };
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;

const within = ({ trace }: Execution, bracket: string, next: string): string[] => {
  const states = trace.slice(trace.indexOf(bracket) + 1, trace.indexOf(next));
  return states.filter((state, index) => states.indexOf(state) === index && !/: (answered\?|wait)$|^(Is|Are) |^Wait /.test(state));
};
const sent = ({ account }: SyncBench): string[] => account.calls.filter(({ operation }) => operation === 'SendCommand').map(({ input }) => (input as Any).DocumentName as string);

test('the target has every block before it takes over: two short pauses, and nothing is read over the way', () => rehearseSync(full, async bench => {
  let left: number | undefined;
  let servedBySource = false;
  bench.once('Switch source', () => {
    left = bench.pair.blocksLeft;
    servedBySource = bench.serving().join() === 'source';
  });
  const run = await bench.run(ahead);
  expectSuccess(run);
  expect(within(run, 'Switch', 'Serve')).toEqual([
    'Mark switching', 'Copy ahead?', 'Mirror target', 'Mirror source', 'Begin pre-copy', 'Ask for pre-copy', 'Pre-copied?', 'Needs take-over approval?',
    'Switch source', 'Switch target', 'Mark serving', 'Switched',
  ]);
  expect({ left, servedBySource }).toEqual({ left: 0, servedBySource: true });
  const { pauseSeconds, preCopy } = run.output as Any;
  expect(preCopy).toMatchObject({ percent: 100, bytesLeft: 0, pauseSeconds: expect.any(Number) });
  expect(Date.parse(preCopy.endedAt)).toBeGreaterThan(Date.parse(preCopy.beganAt));
  expect(Math.abs(Math.max(pauseSeconds, preCopy.pauseSeconds) - bench.pair.application.longestPause() / 1000)).toBeLessThan(5);
  await bench.expectServed('target');
  expect(bench.pair.blocksLeft).toBe(0);
  bench.expectNothingLeft(run);
}));

test('when it is time to switch the target takes over, and what it lacks follows', () => rehearseSync(full, async bench => {
  let left = 0;
  bench.once('Switch source', () => { left = bench.pair.blocksLeft; });
  bench.once('Begin pre-copy', ({ input }) => { expect((input as Any).switchBy).toBeDefined(); });
  for (const disk of bench.account.ec2.instanceStores.of(bench.sourceInstanceId)) Object.assign(disk, { bytes: 64 * disk.bytes });
  const switchBy = new Date(bench.account.clock.now() + 900_000).toISOString();
  const run = await bench.run({ ...ahead, switchBy });
  expectSuccess(run);
  expect(left).toBeGreaterThan(0);
  const { preCopy, switchedAt } = run.output as Any;
  expect(preCopy.percent).toBeGreaterThan(0);
  expect(preCopy.percent).toBeLessThan(100);
  expect(Date.parse(switchedAt) - Date.parse(switchBy)).toBeLessThan(180_000);
  await bench.expectServed('target');
  expect(bench.pair.blocksLeft).toBe(0);
  bench.expectNothingLeft(run);
}));

describe('somebody approves the switch', () => {
  const answer = (bench: SyncBench, operation: 'SendTaskSuccess' | 'SendTaskFailure', more: object) => bench.once('Await take-over approval', () => {
    bench.account.clock.after(3_600_000, () => {
      const taskToken = /--task-token '?([^\s']+)/.exec(bench.account.sns.published.at(-1)!.message)![1]!;
      void bench.account.call('SFN', operation, { taskToken, ...more }, { callerArn: 'arn:aws:iam::111122223333:user/operator' });
    });
  });

  test('when the target has all, not before it is launched', () => rehearseSync(full, async bench => {
    answer(bench, 'SendTaskSuccess', { output: '{}' });
    let left: number | undefined;
    bench.once('Await take-over approval', () => { left = bench.pair.blocksLeft; });
    const run = await bench.run({ ...ahead, approve: ['switch'] });
    expectSuccess(run);
    expect(run.trace).not.toContain('Await switch approval');
    expect({ left, asked: bench.account.sns.published.length }).toEqual({ left: 0, asked: 1 });
    expect(bench.account.sns.published[0]!.message).toContain('100 % of the blocks');
    await bench.expectServed('target');
  }));

  test('or refuses it: the source serves as before, and the target goes', () => rehearseSync(full, async bench => {
    answer(bench, 'SendTaskFailure', { error: 'SyncRefused', cause: 'not today' });
    const run = await bench.run({ ...ahead, approve: ['switch'] });
    expect(run).toMatchObject({ status: 'FAILED', error: 'SyncRefused' });
    await bench.expectServed('source');
    expect(bench.others()).toEqual([]);
    await bench.expectNothingHappened(run);
  }));
});

test.each([['target', 'pre-copy'], ['source', 'pre-copy'], ['source', 'switch-source'], ['target', 'switch-target']] as const)('on the %s %s fails: the source serves, and nothing is left', (side, step) => rehearseSync(full, async bench => {
  bench.pair.fail(side, step, { status: 6, error: 'EngineFailed', message: 'ordered' });
  const run = await bench.run(ahead);
  expect(run).toMatchObject({ status: 'FAILED', error: 'EngineFailed' });
  expect(JSON.parse(run.cause!)).toMatchObject({ phase: 'switching' });
  await bench.expectServed('source');
  expect(bench.others()).toEqual([]);
  await bench.expectNothingHappened(run);
}));

test('an engine that can not copy ahead: refused where it was asked for, and told where it was left open', () => rehearseSync(full, async bench => {
  const target = { instanceId: bench.addTarget() };
  const wrong = await bench.run({ ...ahead, engine: 'md', target });
  expect(wrong).toMatchObject({ status: 'FAILED', error: 'InvalidRequest', cause: expect.stringContaining('can not copy ahead') });
  const run = await bench.run({ copy: 'auto', engine: 'md', target });
  expectSuccess(run);
  expect(run.trace).not.toContain('Mirror source');
  expect((run.output as Any).preCopy).toBeNull();
  expect(sent(bench).some(name => name.includes('PreCopy'))).toBe(false);
  await bench.expectServed('target');
}, {}, undefined, { engine: 'md' }));
