import { Clock } from '../../../rehearsal/clock';
import type { Execution } from '../../../rehearsal/asl';
import { traceOf } from '../../../rehearsal/asl';
import type { JsonObject } from '../../../rehearsal/json';
import { chain, functionArn, invoke, only, prepare, refuse, run, Service, types } from './machine';

const start = 'ExecutionStarted';
const lambda = { Type: 'Task', Resource: invoke, Arguments: { FunctionName: functionArn } };

describe('history events', () => {
  test.each(['Pass', 'Wait', 'Succeed'])('%s: Entered, Exited', async type => {
    expect(types(await run(only(type === 'Wait' ? { Type: type, Seconds: 1 } : { Type: type })))).toEqual([start, `${type}StateEntered`, `${type}StateExited`, 'ExecutionSucceeded']);
  });

  test('Choice: Entered, Exited', async () => {
    const execution = await run({ StartAt: 'C', States: { C: { Type: 'Choice', Choices: [{ Condition: true, Next: 'E' }] }, E: { Type: 'Succeed' } } });
    expect(types(execution).slice(1, 3)).toEqual(['ChoiceStateEntered', 'ChoiceStateExited']);
  });

  test('Fail: FailStateEntered, then the failure of the scope; no Exited', async () => {
    expect(types(await run(only({ Type: 'Fail', Error: 'E' })))).toEqual([start, 'FailStateEntered', 'ExecutionFailed']);
  });

  test('Task, service integration: Entered, Scheduled, Started, Succeeded, Exited', async () => {
    expect(types(await run(only(lambda)))).toEqual([start, 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited', 'ExecutionSucceeded']);
  });

  test('the events of an aws-sdk integration name service and action', async () => {
    const { events } = await run(only({ Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:ec2:describeInstances', Arguments: { InstanceIds: ['i-1'] } }));
    expect(events[2]!.taskScheduledEventDetails).toEqual({ resourceType: 'aws-sdk:ec2', resource: 'describeInstances', region: 'us-east-1', parameters: '{"InstanceIds":["i-1"]}' });
  });

  test('Task, retried: Failed, Scheduled, Started; no Exited, no Entered', async () => {
    const execution = await run(only({ ...lambda, Retry: [{ ErrorEquals: ['A'] }] }), { integrations: new Service((_, call) => call === 1 ? refuse('A') : 1) });
    expect(types(execution).slice(1, -1)).toEqual(['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskFailed', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited']);
  });

  test('Task, caught: Failed, Exited with the error output, next state; uncaught: Failed, ExecutionFailed', async () => {
    const failing = new Service(() => refuse('A', 'c'));
    const caught = await run({ StartAt: 'T', States: { T: { ...lambda, Catch: [{ ErrorEquals: ['A'], Next: 'E' }], End: true }, E: { Type: 'Succeed' } } }, { integrations: failing });
    expect(types(caught).slice(4, 7)).toEqual(['TaskFailed', 'TaskStateExited', 'SucceedStateEntered']);
    expect(caught.events[5]!.stateExitedEventDetails!.output).toBe('{"Error":"A","Cause":"c"}');
    expect(types(await run(only(lambda), { integrations: failing })).slice(4)).toEqual(['TaskFailed', 'ExecutionFailed']);
  });

  test('Lambda by function ARN: LambdaFunctionScheduled, …Started, …Succeeded / Failed / TimedOut', async () => {
    const task = only({ Type: 'Task', Resource: functionArn, TimeoutSeconds: 2 });
    const answers = [() => 1, () => refuse('A'), () => new Promise<never>(() => undefined)];
    const ends = await Promise.all(answers.map(async answer => types(await run(task, { integrations: new Service(answer) }))));
    expect(ends.map(all => all.slice(2, 5))).toEqual(['Succeeded', 'Failed', 'TimedOut'].map(end => ['LambdaFunctionScheduled', 'LambdaFunctionStarted', `LambdaFunction${end}`]));
  });

  test('event ids rise from 1; previousEventId links within a branch', async () => {
    const { events } = await run(only({ Type: 'Parallel', Branches: [chain({ A: { Type: 'Wait', Seconds: 2 }, A2: { Type: 'Pass' } }), chain({ B: { Type: 'Wait', Seconds: 1 } })] }));
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    const link = (type: string, name: string) =>
      events.find(event => event.type === type && (event.stateEnteredEventDetails ?? event.stateExitedEventDetails)?.name === name)!;
    for (const name of ['A', 'B']) {
      expect(link('WaitStateEntered', name).previousEventId).toBe(3);
      expect(link('WaitStateExited', name).previousEventId).toBe(link('WaitStateEntered', name).id);
    }
    expect(link('PassStateEntered', 'A2').previousEventId).toBe(link('WaitStateExited', 'A').id);
    const [succeeded, exited] = events.slice(-3);
    expect([succeeded!.type, succeeded!.previousEventId, exited!.previousEventId]).toEqual(['ParallelStateSucceeded', link('PassStateExited', 'A2').id, link('PassStateExited', 'A2').id]);
  });

  test('a Wait + Task + Choice loop is 2 + 5 + 2 = 9 events per turn', async () => {
    let turns = 0;
    const execution = await run({
      StartAt: 'W',
      States: {
        W: { Type: 'Wait', Seconds: 10, Next: 'T' }, T: { ...lambda, Next: 'C' },
        C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input %}', Next: 'E' }], Default: 'W' }, E: { Type: 'Succeed' },
      },
    }, { integrations: new Service(() => ++turns === 7) });
    expect(execution.events).toHaveLength(1 + 7 * 9 + 2 + 1);
  });

  test('the 25,000th event is the failure', async () => {
    const execution = await run({ StartAt: 'C', States: { C: { Type: 'Choice', Choices: [{ Condition: false, Next: 'E' }], Default: 'C' }, E: { Type: 'Succeed' } } });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: 'The execution reached the maximum number of history events (25000).' });
    expect(execution.events).toHaveLength(25_000);
    expect(execution.events.at(-1)).toMatchObject({ type: 'ExecutionFailed', id: 25_000, previousEventId: 24_999 });
  });

  test('timestamps are virtual, and the trace names the states entered', async () => {
    const execution = await run(chain({ A: { Type: 'Wait', Seconds: 3600 }, B: { Type: 'Pass' } }));
    expect(execution.events.at(-1)!.timestamp!.getTime() - execution.events[0]!.timestamp!.getTime()).toBe(3_600_000);
    expect(traceOf(execution)).toEqual(['A', 'B']);
  });
});

describe('StopExecution', () => {
  const silent = () => new Service(() => new Promise<never>(() => undefined));

  async function stopped(definition: JsonObject, seconds: number, service = silent()): Promise<Execution> {
    const clock = new Clock();
    const execution = prepare(definition, { clock, integrations: service });
    execution.start();
    clock.after(seconds * 1000, () => execution.stop('Manual', 'by hand'));
    await clock.run(execution.done);
    return execution;
  }

  test('ABORTED with error and cause; the open states are told, the signal is aborted', async () => {
    const service = silent();
    const execution = await stopped(only(lambda), 5, service);
    expect(execution).toMatchObject({ status: 'ABORTED', error: 'Manual', cause: 'by hand' });
    expect(types(execution).slice(-2)).toEqual(['TaskStateAborted', 'ExecutionAborted']);
    expect(execution.events.at(-1)!.executionAbortedEventDetails).toEqual({ error: 'Manual', cause: 'by hand' });
    expect(service.calls[0]!.signal.aborted).toBe(true);
  });

  test('innermost first', async () => {
    const processor = chain({ P: { Type: 'Parallel', Branches: [chain({ W: { Type: 'Wait', Seconds: 99 } })] } });
    const execution = await stopped(only({ Type: 'Map', Items: [1, 2], ItemProcessor: processor }), 5);
    expect(types(execution).slice(-8)).toEqual([
      'WaitStateAborted', 'ParallelStateAborted', 'MapIterationAborted', 'WaitStateAborted', 'ParallelStateAborted', 'MapIterationAborted', 'MapStateAborted', 'ExecutionAborted']);
  });

  test('while it waits for a retry', async () => {
    const execution = await stopped(only({ ...lambda, Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 60 }] }), 5, new Service(() => refuse('A')));
    expect(types(execution).slice(-3)).toEqual(['TaskFailed', 'TaskStateAborted', 'ExecutionAborted']);
  });

  test('an answer that comes later changes nothing', async () => {
    const clock = new Clock();
    const execution = prepare(only(lambda), { clock, integrations: new Service(() => clock.sleep(10_000).then(() => 1)) });
    execution.start();
    clock.after(5000, () => execution.stop());
    await clock.run(execution.done);
    const before = execution.events.length;
    await clock.advance(60_000);
    execution.stop('again');
    expect(execution).toMatchObject({ status: 'ABORTED', error: undefined });
    expect(execution.events).toHaveLength(before);
  });

  test('a stop in the middle of an event is a stop', async () => {
    const execution: Execution = prepare(chain({ A: { Type: 'Pass' }, B: { Type: 'Pass' } }), { listener: event => { if (event.type === 'PassStateExited') execution.stop(); } });
    execution.start();
    await execution.clock.run(execution.done);
    expect(types(execution)).toEqual([start, 'PassStateEntered', 'PassStateExited', 'ExecutionAborted']);
  });
});

describe('context object', () => {
  test('Execution, StateMachine and State; times are ISO 8601 in UTC', async () => {
    const clock = new Clock(new Date('2026-05-06T07:08:09Z'));
    const { output } = await run(chain({ W: { Type: 'Wait', Seconds: 60 }, P: { Type: 'Pass', Output: '{% $states.context %}' } }), { clock, input: { x: 1 } });
    expect(output).toEqual({
      Execution: {
        Id: 'arn:aws:states:us-east-1:111111111111:execution:Machine:run', Input: { x: 1 }, Name: 'run', RoleArn: 'arn:aws:iam::111111111111:role/machine',
        StartTime: '2026-05-06T07:08:09.000Z', RedriveCount: 0,
      },
      StateMachine: { Id: 'arn:aws:states:us-east-1:111111111111:stateMachine:Machine', Name: 'Machine' },
      State: { Name: 'P', EnteredTime: '2026-05-06T07:09:09.000Z' },
    });
  });

  test('RetryCount on states that can retry; Token in token tasks only', async () => {
    const service = new Service();
    await run(only({ ...lambda, Arguments: { FunctionName: 'f', Payload: '{% $states.context %}' } }), { integrations: service });
    const { Payload: context } = service.calls[0]!.arguments as unknown as { Payload: { State: object } };
    expect(context.State).toMatchObject({ RetryCount: 0 });
    expect(context).not.toHaveProperty('Task');
  });

  test("Execution.Input stays the execution's input inside Map and Parallel", async () => {
    const inner = (name: string) => chain({ [name]: { Type: 'Pass', Output: '{% $states.context.Execution.Input.x %}' } });
    const { output } = await run(chain({ A: { Type: 'Pass', Output: [0] }, M: { Type: 'Map', ItemProcessor: inner('I') }, P: { Type: 'Parallel', Branches: [inner('B')] } }), { input: { x: 'start' } });
    expect(output).toEqual(['start']);
  });
});
