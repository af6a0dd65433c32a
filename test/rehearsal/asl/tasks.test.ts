import { type Execution, lambdaEnvelope, lambdaFailure, lambdaPayload, TaskFailure, TaskTokens } from '../../../rehearsal/asl';
import { Clock } from '../../../rehearsal/clock';
import type { Json } from '../../../rehearsal/json';
import { Random } from '../../../rehearsal/random';
import { functionArn, invoke, only, prepare, refuse, run, Service, types } from './machine';

const never = () => new Service(() => new Promise<never>(() => undefined));
const lambdaTask = { Type: 'Task', Resource: invoke, Arguments: { FunctionName: functionArn } };

describe('Lambda tasks', () => {
  test('lambda:invoke returns an envelope; our output is under $states.result.Payload', async () => {
    const setting = { clock: new Clock(), random: new Random(1) };
    const { output } = await run(only({ ...lambdaTask, Output: '{% $states.result.Payload.ok %}' }), { integrations: new Service(() => lambdaEnvelope({ ok: 1 }, setting)) });
    expect(output).toBe(1);
    expect(Object.keys(lambdaEnvelope({}, setting) as object)).toEqual(['ExecutedVersion', 'Payload', 'SdkHttpMetadata', 'SdkResponseMetadata', 'StatusCode']);
  });

  test('a Payload that is a string is the body itself, and must be JSON', () => {
    expect(lambdaPayload({ FunctionName: 'f', Payload: '"text"' })).toBe('text');
    expect(lambdaPayload({ FunctionName: 'f', Payload: { a: 1 } })).toEqual({ a: 1 });
    expect(lambdaPayload({ FunctionName: 'f' })).toEqual({});
    expect(() => lambdaPayload({ FunctionName: 'f', Payload: 'text' })).toThrow(TaskFailure);
  });

  test('a throwing handler: error = errorType, cause = a JSON string, read with $parse', async () => {
    const service = new Service(() => { throw lambdaFailure({ errorType: 'SourceNotRunning', errorMessage: 'it is stopped', trace: [] }); });
    const { output, events } = await run({
      StartAt: 'T',
      States: { T: { ...lambdaTask, Catch: [{ ErrorEquals: ['SourceNotRunning'], Output: '{% $parse($states.errorOutput.Cause).errorMessage %}', Next: 'E' }], End: true }, E: { Type: 'Succeed' } },
    }, { integrations: service });
    expect(output).toBe('it is stopped');
    expect(events[4]).toMatchObject({ type: 'TaskFailed', taskFailedEventDetails: { resourceType: 'lambda', resource: 'invoke', error: 'SourceNotRunning' } });
  });

  test('the request says who calls, for whom and with what', async () => {
    const service = new Service();
    await run(only({ ...lambdaTask, Credentials: { RoleArn: '{% $states.input.role %}' } }), { input: { role: 'arn:aws:iam::1:role/r' }, integrations: service });
    expect(service.calls[0]).toMatchObject({
      resource: invoke, arguments: { FunctionName: functionArn }, roleArn: 'arn:aws:iam::1:role/r',
      execution: { arn: 'arn:aws:states:us-east-1:111111111111:execution:Machine:run', roleArn: 'arn:aws:iam::111111111111:role/machine' },
    });
  });
});

describe('timeouts and heartbeats', () => {
  test('TimeoutSeconds is the total limit; expiry is TaskTimedOut with error and no cause; the signal is aborted', async () => {
    const service = never();
    const execution = await run(only({ ...lambdaTask, TimeoutSeconds: 7 }), { integrations: service });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Timeout', cause: undefined });
    expect(execution.stopDate!.getTime() - execution.startDate.getTime()).toBe(7000);
    expect(execution.events[4]).toMatchObject({ type: 'TaskTimedOut', taskTimedOutEventDetails: { error: 'States.Timeout', resource: 'invoke', resourceType: 'lambda' } });
    expect(execution.events[4]!.taskTimedOutEventDetails).not.toHaveProperty('cause');
    expect(service.calls[0]!.signal.aborted).toBe(true);
  });

  test('without TimeoutSeconds a task may take any time', async () => {
    const clock = new Clock();
    const { status } = await run(only(lambdaTask), { clock, integrations: new Service(() => clock.sleep(40 * 24 * 3_600_000).then(() => null)) });
    expect(status).toBe('SUCCEEDED');
  });

  test('an answer after the timeout is ignored, even when the task is tried again', async () => {
    const clock = new Clock();
    const service = new Service(async (_, call) => {
      await clock.sleep(call === 1 ? 10_000 : 4_000);
      return call;
    });
    const execution = await run(only({ Type: 'Task', Resource: functionArn, TimeoutSeconds: 5, Retry: [{ ErrorEquals: ['States.Timeout'] }] }), { clock, integrations: service });
    expect(execution.output).toBe(2);
    expect(types(execution).filter(type => type.startsWith('Lambda'))).toEqual([
      'LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionTimedOut', 'LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded']);
  });

  test('HeartbeatSeconds from an expression must be smaller too', async () => {
    expect(await run(only({ ...lambdaTask, TimeoutSeconds: 5, HeartbeatSeconds: '{% 5 %}' }))).toMatchObject({ error: 'States.QueryEvaluationError' });
  });

  test('machine TimeoutSeconds: status TIMED_OUT, event ExecutionTimedOut; can not be caught', async () => {
    const service = never();
    const execution = await run({ TimeoutSeconds: 60, StartAt: 'T', States: { T: { ...lambdaTask, Retry: [{ ErrorEquals: ['States.ALL'] }], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'E' }], End: true }, E: { Type: 'Succeed' } } }, { integrations: service });
    expect(execution).toMatchObject({ status: 'TIMED_OUT', error: undefined, cause: undefined, output: undefined });
    expect(execution.events.at(-1)).toMatchObject({ type: 'ExecutionTimedOut', previousEventId: 0, executionTimedOutEventDetails: { error: 'States.Timeout' } });
    expect(types(execution)).toEqual(['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'ExecutionTimedOut']);
    expect(service.calls[0]!.signal.aborted).toBe(true);
  });
});

describe('task tokens', () => {
  const waiting = { Type: 'Task', Resource: `${invoke}.waitForTaskToken`, Arguments: { FunctionName: functionArn, Payload: { token: '{% $states.context.Task.Token %}' } } };

  function setting() {
    const clock = new Clock();
    const random = new Random(3);
    const tokens = new TaskTokens(random);
    return { clock, random, tokens };
  }

  /** Runs a machine whose task is answered by what `answer` does with the token, `after` seconds later. */
  async function answered(answer: (tokens: TaskTokens, token: string) => void, state: Record<string, Json> = {}, after = 30): Promise<Execution> {
    const { clock, ...own } = setting();
    const service = new Service(({ token }) => {
      clock.after(after * 1000, () => answer(own.tokens, token!));
      return 'ignored';
    });
    return run(only({ ...waiting, ...state }), { clock, ...own, integrations: service });
  }

  test('the token is in $states.context.Task.Token; the return value is ignored; TaskSubmitted follows TaskStarted', async () => {
    let seen: Json = null;
    const { clock, ...own } = setting();
    const execution = await run(only(waiting), { clock, ...own, integrations: new Service(({ token, arguments: args }) => {
      seen = args;
      clock.after(1000, () => own.tokens.succeed(token!, '{"approved":true}'));
      return 'ignored';
    }) });
    expect(seen).toMatchObject({ Payload: { token: expect.stringMatching(/^AQC/) } });
    expect(execution.output).toEqual({ approved: true });
    expect(types(execution).slice(2, 7)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded', 'TaskStateExited']);
    expect(execution.events[4]!.taskSubmittedEventDetails).toMatchObject({ resource: 'invoke.waitForTaskToken', resourceType: 'lambda', output: '"ignored"' });
  });

  test('an answer may come before the call has returned', async () => {
    const { clock, ...own } = setting();
    const execution = await run(only(waiting), { clock, ...own, integrations: new Service(async ({ token }) => {
      own.tokens.succeed(token!, '1');
      await clock.sleep(500);
      return null;
    }) });
    expect(execution.output).toBe(1);
    expect(types(execution)).toContain('TaskSubmitted');
  });

  test('SendTaskFailure fails the task by name', async () => {
    expect(await answered((tokens, token) => tokens.fail(token, 'Rejected', 'too costly'))).toMatchObject({ status: 'FAILED', error: 'Rejected', cause: 'too costly' });
  });

  test('SendTaskFailure may omit error and cause', async () => {
    const execution = await answered((tokens, token) => tokens.fail(token));
    expect(execution).toMatchObject({ status: 'FAILED', error: undefined, cause: undefined });
    expect(execution.events.at(-1)!.executionFailedEventDetails).toEqual({});
  });

  test('a call that fails fails the task, and closes the token', async () => {
    const { clock, ...own } = setting();
    let token = '';
    const execution = await run(only(waiting), { clock, ...own, integrations: new Service(request => {
      token = request.token!;
      return refuse('SNS.NotFound');
    }) });
    expect(execution.error).toBe('SNS.NotFound');
    expect(() => own.tokens.succeed(token, '1')).toThrow(expect.objectContaining({ name: 'TaskTimedOut' }));
  });

  test('SendTaskHeartbeat resets only the heartbeat clock, never the total timeout, and writes no event', async () => {
    const beating = (seconds: number, until: number) => {
      const { clock, ...own } = setting();
      const service = new Service(({ token }) => {
        const beat = () => {
          if (clock.now() >= start + until * 1000) return;
          own.tokens.heartbeat(token!);
          clock.after(seconds * 1000, beat);
        };
        const start = clock.now();
        clock.after(seconds * 1000, beat);
        return null;
      });
      return run(only({ ...waiting, TimeoutSeconds: 100, HeartbeatSeconds: 10 }), { clock, ...own, integrations: service });
    };
    const duration = ({ startDate, stopDate }: Execution) => (stopDate!.getTime() - startDate.getTime()) / 1000;
    expect(duration(await beating(8, 50))).toBe(58); // last beat at 48
    expect(duration(await beating(12, 500))).toBe(10);
    const total = await beating(8, 99);
    expect(duration(total)).toBe(100);
    expect(types(total)).toEqual(['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskTimedOut', 'ExecutionFailed']);
  });

  test('SendTaskSuccess takes a JSON string', async () => {
    const execution = await answered((tokens, token) => {
      expect(() => tokens.succeed(token, '{not json')).toThrow(expect.objectContaining({ name: 'InvalidOutput' }));
      tokens.succeed(token, 'null');
    });
    expect(execution.output).toBeNull();
  });

  test('a token of a finished task is refused, so is one that never was', async () => {
    const kept: [TaskTokens, string][] = [];
    await answered((tokens, token) => {
      kept.push([tokens, token]);
      tokens.succeed(token, '1');
      expect(() => tokens.heartbeat(token)).toThrow(expect.objectContaining({ name: 'TaskTimedOut' }));
    });
    await answered((tokens, token) => { kept.push([tokens, token]); }, { TimeoutSeconds: 5 }, 6).catch(() => undefined);
    const [tokens, token] = kept[0]!;
    expect(() => tokens.fail(token)).toThrow(expect.objectContaining({ name: 'TaskTimedOut' }));
    expect(() => tokens.fail(`${token.slice(0, -1)}g`)).toThrow(expect.objectContaining({ name: 'TaskDoesNotExist' }));
    expect(() => tokens.fail('nonsense')).toThrow(expect.objectContaining({ name: 'InvalidToken' }));
  });

  test('each attempt has a token of its own', async () => {
    const { clock, ...own } = setting();
    const service = new Service(({ token }, call) => {
      clock.after(1000, () => call === 1 ? own.tokens.fail(token!, 'Again') : own.tokens.succeed(token!, '2'));
      return null;
    });
    await run(only({ ...waiting, Retry: [{ ErrorEquals: ['Again'] }] }), { clock, ...own, integrations: service });
    expect(new Set(service.calls.map(({ token }) => token)).size).toBe(2);
  });
});

describe('startExecution', () => {
  const start = (suffix: string, more: Record<string, Json> = {}) =>
    only({ Type: 'Task', Resource: `arn:aws:states:::states:startExecution${suffix}`, Arguments: { StateMachineArn: 'child', Input: { n: 1 }, Name: 'c' }, ...more });

  function withChild(child: Record<string, Json>, clock = new Clock()) {
    const started: Execution[] = [];
    const machine = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, Next: 'X' }, X: child } };
    return { clock, started, startExecution: ({ name, input }: { name?: string; input: Json }) => {
      const execution = prepare(machine, { clock, input, name: name! });
      started.push(execution);
      execution.start();
      return execution;
    } };
  }

  test('startExecution does not wait', async () => {
    const setting = withChild({ Type: 'Succeed' });
    const execution = await run(start(''), setting);
    expect(execution.output).toMatchObject({ ExecutionArn: 'arn:aws:states:us-east-1:111111111111:execution:Machine:c', StartDate: expect.any(Number) });
    expect(setting.started[0]!.status).toBe('RUNNING');
  });

  test('startExecution.sync:2 waits and answers the output as JSON; .sync as text', async () => {
    const succeeding = { Type: 'Succeed', Output: { twice: '{% $states.input.n * 2 %}' } };
    const execution = await run(start('.sync:2'), withChild(succeeding));
    expect(execution.output).toMatchObject({ Status: 'SUCCEEDED', Input: { n: 1 }, Output: { twice: 2 }, Name: 'c' });
    expect(types(execution).slice(2, 6)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
    expect(execution.events[2]!.taskScheduledEventDetails).toMatchObject({ resourceType: 'states', resource: 'startExecution.sync:2' });
    expect((await run(start('.sync'), withChild(succeeding))).output).toMatchObject({ Output: '{"twice":2}' });
  });

  test('a child that fails fails the task with States.TaskFailed and its description as cause', async () => {
    const { error, cause } = await run(start('.sync:2'), withChild({ Type: 'Fail', Error: 'Inner', Cause: 'why' }));
    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause!)).toMatchObject({ Status: 'FAILED', Error: 'Inner', Cause: 'why' });
  });

  test('a timeout or stop of the parent stops the child', async () => {
    const timed = withChild({ Type: 'Succeed' });
    await run(start('.sync:2', { TimeoutSeconds: 10 }), timed);
    expect(timed.started[0]!.status).toBe('ABORTED');
    const stopped = withChild({ Type: 'Succeed' });
    const parent = prepare(start('.sync:2'), stopped);
    parent.start();
    stopped.clock.after(5000, () => parent.stop());
    await stopped.clock.run(parent.done);
    expect(stopped.started[0]!.status).toBe('ABORTED');
  });

  test('without startExecution the integrations are asked', async () => {
    const service = new Service();
    await run(start(''), { integrations: service });
    expect(service.calls[0]!.resource).toBe('arn:aws:states:::states:startExecution');
  });
});
