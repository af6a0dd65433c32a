import { Random } from '../../../rehearsal/random';
import type { JsonObject } from '../../../rehearsal/json';
import { functionArn, only, refuse, run, Service, times, types } from './machine';

const task = { Type: 'Task', Resource: functionArn };
const fails = (error: string, count = Infinity) => new Service((_, call) => call <= count ? refuse(error, `call ${call}`) : 'done');
const caught = (names: string[], state: JsonObject = task) => ({
  StartAt: 'T', States: { T: { ...state, Catch: [{ ErrorEquals: names, Next: 'Caught' }], Next: 'Missed' }, Caught: { Type: 'Succeed' }, Missed: { Type: 'Succeed' } },
});

describe('names of errors', () => {
  test.each([
    ['States.ALL', 'Broken', true], ['States.TaskFailed', 'Broken', true], ['Broken', 'Broken', true], ['broken', 'Broken', false],
    ['States.ALL', 'States.Runtime', false], ['States.TaskFailed', 'States.Runtime', false], ['States.Runtime', 'States.Runtime', false],
    ['States.TaskFailed', 'States.Permissions', true], ['States.Timeout', 'Broken', false],
  ])('%s catches %s: %s', async (name, error, expected) => {
    const execution = await run(caught([name]), { integrations: fails(error) });
    expect(execution.status).toBe(expected ? 'SUCCEEDED' : 'FAILED');
    if (!expected) expect(execution.error).toBe(error);
  });

  test('States.TaskFailed matches any error but States.Timeout', async () => {
    const slow = { ...task, TimeoutSeconds: 5 };
    const never = () => new Service(() => new Promise<never>(() => undefined));
    expect((await run(caught(['States.TaskFailed'], slow), { integrations: never() })).status).toBe('FAILED');
    expect((await run(caught(['States.Timeout'], slow), { integrations: never() })).trace).toEqual(['T', 'Caught']);
    expect((await run(caught(['States.ALL'], slow), { integrations: never() })).output).toEqual({ Error: 'States.Timeout', Cause: '' });
  });

  test.each(['States.Timeout', 'States.HeartbeatTimeout', 'States.ALL'])('a missed heartbeat is matched by %s', async name => {
    const never = new Service(() => new Promise<never>(() => undefined));
    expect((await run(caught([name], { ...task, TimeoutSeconds: 50, HeartbeatSeconds: 5 }), { integrations: never })).trace).toEqual(['T', 'Caught']);
  });

  test('States.QueryEvaluationError of a Task, Parallel or Map can be caught and retried', async () => {
    const execution = await run(caught(['States.QueryEvaluationError'], { ...task, Arguments: '{% $missing %}', Retry: [{ ErrorEquals: ['States.QueryEvaluationError'], MaxAttempts: 1 }] }));
    expect(execution.trace).toEqual(['T', 'Caught']);
    expect(types(execution).slice(1, 5)).toEqual(['TaskStateEntered', 'EvaluationFailed', 'EvaluationFailed', 'TaskStateExited']);
  });

  test('an error that is the rehearsal’s ends as States.Runtime, and is kept', async () => {
    const execution = await run(caught(['States.ALL']), { integrations: new Service(() => { throw new TypeError('no such service'); }) });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: 'TypeError: no such service', fault: expect.any(TypeError) });
  });
});

describe('Retry', () => {
  const retrying = (retriers: JsonObject[], service: Service, more: JsonObject = {}) =>
    run(only({ ...task, Retry: retriers, ...more }), { integrations: service });

  test('defaults: IntervalSeconds 1, MaxAttempts 3, BackoffRate 2.0', async () => {
    const execution = await retrying([{ ErrorEquals: ['Broken'] }], fails('Broken'));
    expect(times(execution, 'LambdaFunctionScheduled')).toEqual([0, 1, 3, 7]);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'call 4' });
  });

  test('delay n = min(MaxDelay, Interval · Backoff^(n−1))', async () => {
    const execution = await retrying([{ ErrorEquals: ['Broken'], IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 4 }], fails('Broken'));
    expect(times(execution, 'LambdaFunctionScheduled')).toEqual([0, 2, 8, 18, 28]);
  });

  test('MaxAttempts 0 means never', async () => {
    expect(times(await retrying([{ ErrorEquals: ['Broken'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }], fails('Broken')), 'LambdaFunctionScheduled')).toEqual([0]);
  });

  test('JitterStrategy FULL is uniform between 0 and the interval, and seeded', async () => {
    const service = () => fails('Broken');
    const delays = async (seed: number) => times(await run(only({ ...task, Retry: [{ ErrorEquals: ['Broken'], IntervalSeconds: 100, BackoffRate: 1, MaxAttempts: 5, JitterStrategy: 'FULL' }] }),
      { integrations: service(), random: new Random(seed) }), 'LambdaFunctionScheduled').map((time, index, all) => index === 0 ? 0 : time - all[index - 1]!).slice(1);
    const first = await delays(1);
    expect(first).toEqual(await delays(1));
    expect(first).not.toEqual(await delays(2));
    expect(new Set(first).size).toBe(5);
    for (const delay of first) expect(delay).toBeGreaterThanOrEqual(0);
    for (const delay of first) expect(delay).toBeLessThan(100);
  });

  test('counters belong to each retrier', async () => {
    const alternating = new Service((_, call) => refuse(call % 2 === 1 ? 'Odd' : 'Even'));
    const execution = await retrying([{ ErrorEquals: ['Odd'], MaxAttempts: 2, BackoffRate: 1 }, { ErrorEquals: ['Even'], IntervalSeconds: 10, MaxAttempts: 1 }], alternating);
    // 1 Odd +1s, 2 Even +10s, 3 Odd +1s, 4 Even: exhausted
    expect(times(execution, 'LambdaFunctionScheduled')).toEqual([0, 1, 11, 12]);
    expect(execution.error).toBe('Even');
  });

  test('counters reset when the machine leaves the state', async () => {
    let visits = 0;
    const execution = await run({
      StartAt: 'T',
      States: {
        T: { ...task, Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 1 }], Catch: [{ ErrorEquals: ['Broken'], Next: 'C' }], Next: 'E' },
        C: { Type: 'Choice', Choices: [{ Condition: '{% $count($states.context.Execution.Input) > 0 %}', Next: 'T' }] },
        E: { Type: 'Succeed' },
      },
    }, { input: [1], integrations: new Service(() => ++visits < 6 ? refuse('Broken') : 'done') });
    expect(execution.trace).toEqual(['T', 'C', 'T', 'C', 'T', 'E']);
    expect(visits).toBe(6);
  });

  test('retriers first, catchers after exhaustion; the first catcher that matches', async () => {
    const service = fails('Broken');
    const execution = await run({
      StartAt: 'T',
      States: {
        T: { ...task, Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 2 }], Catch: [{ ErrorEquals: ['Other'], Next: 'A' }, { ErrorEquals: ['Broken'], Next: 'B' }, { ErrorEquals: ['States.ALL'], Next: 'A' }], Next: 'A' },
        A: { Type: 'Succeed' }, B: { Type: 'Succeed' },
      },
    }, { integrations: service });
    expect(service.calls).toHaveLength(3);
    expect(execution.trace).toEqual(['T', 'B']);
  });

  test('State.RetryCount counts the attempts, and Arguments are evaluated anew', async () => {
    const service = fails('Broken', 2);
    await retrying([{ ErrorEquals: ['Broken'] }], service, { Arguments: '{% $states.context.State.RetryCount %}' });
    expect(service.calls.map(call => call.arguments)).toEqual([0, 1, 2]);
  });

  test('a retry that succeeds leaves no trace in the outcome', async () => {
    expect(await retrying([{ ErrorEquals: ['States.ALL'] }], fails('Broken', 3))).toMatchObject({ status: 'SUCCEEDED', output: 'done', error: undefined });
  });

  test('a failed Output of a Task is caught; a failed Output of a catcher is not', async () => {
    expect((await run(caught(['States.ALL'], { ...task, Output: '{% $missing %}' }))).trace).toEqual(['T', 'Caught']);
    const catcher = await run({ StartAt: 'T', States: { T: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $missing %}', Next: 'E' }], Next: 'E' }, E: { Type: 'Succeed' } } }, { integrations: fails('Broken') });
    expect(catcher).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError', cause: expect.stringContaining("for the field 'Catch[0]/Output' returned nothing") });
  });
});
