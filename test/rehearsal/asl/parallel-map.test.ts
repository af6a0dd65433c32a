import { Clock } from '../../../rehearsal/clock';
import type { Execution } from '../../../rehearsal/asl';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { chain, functionArn, only, prepare, refuse, run, Service, times, types } from './machine';

const task = { Type: 'Task', Resource: functionArn };
const wait = (name: string, seconds: number) => chain({ [name]: { Type: 'Wait', Seconds: seconds } });

/** A function that takes as many virtual seconds as its input says, or fails with its name after them. */
function timed(clock: Clock) {
  return new Service(async ({ arguments: args }) => {
    const { seconds, error, value } = args as { seconds: number; error?: string; value?: Json };
    await clock.sleep(seconds * 1000);
    return error ? refuse(error, 'as told') : value ?? seconds;
  });
}

describe('Parallel', () => {
  test('the result is an array in branch order, whoever is first', async () => {
    const { output, stopDate, startDate } = await run(only({ Type: 'Parallel', Branches: [
      chain({ A: { Type: 'Wait', Seconds: 9, Output: 'a' } }), chain({ B: { Type: 'Pass', Output: 'b' } }), chain({ C: { Type: 'Wait', Seconds: 3, Output: 'c' } }),
    ] }));
    expect(output).toEqual(['a', 'b', 'c']);
    expect(stopDate!.getTime() - startDate.getTime()).toBe(9000);
  });

  test('Arguments are the input of every branch', async () => {
    expect((await run(only({ Type: 'Parallel', Arguments: { x: '{% $states.input.y %}' }, Branches: [chain({ A: { Type: 'Pass' } }), chain({ B: { Type: 'Pass' } })] }), { input: { y: 1 } })).output)
      .toEqual([{ x: 1 }, { x: 1 }]);
  });

  test('the first unhandled branch error fails the state and stops the others', async () => {
    const clock = new Clock();
    const service = timed(clock);
    const execution = await run({ StartAt: 'P', States: { P: { Type: 'Parallel', End: true, Branches: [
      wait('W', 100), chain({ F: { ...task, Arguments: { seconds: 5, error: 'Broken' } } }), chain({ T: { ...task, Arguments: { seconds: 50 } } }),
      chain({ M: { Type: 'Map', Items: [1], ItemProcessor: wait('I', 70) } }),
    ] } } }, { clock, integrations: service });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'as told' });
    expect(execution.stopDate!.getTime() - execution.startDate.getTime()).toBe(5000);
    expect(types(execution).slice(types(execution).indexOf('LambdaFunctionFailed'))).toEqual([
      'LambdaFunctionFailed', 'WaitStateAborted', 'TaskStateAborted', 'TaskStateAborted', 'WaitStateAborted', 'MapIterationAborted', 'MapStateAborted',
      'ParallelStateFailed', 'ExecutionFailed',
    ]);
    expect(service.calls.map(({ signal }) => signal.aborted)).toEqual([false, true]);
  });

  test('a branch handles its own errors', async () => {
    const clock = new Clock();
    const { output } = await run(only({ Type: 'Parallel', Branches: [{
      StartAt: 'F', States: { F: { ...task, Arguments: { seconds: 1, error: 'Broken' }, Catch: [{ ErrorEquals: ['Broken'], Next: 'H' }], End: true }, H: { Type: 'Succeed', Output: 'handled' } },
    }, wait('W', 5)] }), { clock, integrations: timed(clock), input: 1 });
    expect(output).toEqual(['handled', 1]);
  });

  test('Retry starts the whole state again, without a second Entered', async () => {
    const service = new Service((_, call) => call < 3 ? refuse('Broken') : 'done');
    const execution = await run(only({ Type: 'Parallel', Branches: [chain({ A: task }), chain({ B: { Type: 'Pass', Output: 'b' } })], Retry: [{ ErrorEquals: ['Broken'] }] }), { integrations: service });
    expect(execution.output).toEqual(['done', 'b']);
    expect(times(execution, 'ParallelStateStarted')).toEqual([0, 1, 3]);
    expect(times(execution, 'ParallelStateEntered')).toEqual([0]);
    expect(times(execution, 'ParallelStateFailed')).toEqual([]);
  });

  test('States.Runtime in a branch ends the execution at once', async () => {
    const execution = await run(only({ Type: 'Parallel', Branches: [chain({ A: task }), wait('W', 9)], Catch: [] }), { integrations: new Service(() => refuse('States.Runtime', 'bad')) });
    expect(execution.error).toBe('States.Runtime');
    expect(types(execution)).not.toContain('ParallelStateFailed');
  });
});

describe('Map, inline', () => {
  const map = (more: JsonObject, processor: JsonObject = chain({ T: { ...task } })) => only({ Type: 'Map', Items: '{% $states.input %}', ItemProcessor: processor, ...more });

  test('Items must be an array', async () => {
    expect((await run(only({ Type: 'Map', Items: '{% "a" %}', ItemProcessor: chain({ I: { Type: 'Pass' } }) }))).cause).toContain("Expected 'array', but was 'string' for value: \"a\"");
    expect((await run(only({ Type: 'Map', ItemProcessor: chain({ I: { Type: 'Pass' } }) }), { input: 'a' })).cause).toContain('Map state input must be an array but was: "a"');
  });

  test('ItemSelector sees Map.Item.Index, from 0, and .Value; so do the states of the iteration', async () => {
    const { output } = await run(map({ ItemSelector: '{% $states.context.Map.Item %}' }, chain({ I: { Type: 'Pass', Output: '{% [$states.input, $states.context.Map.Item.Index] %}' } })), { input: ['a', 'b'] });
    expect(output).toEqual([[{ Index: 0, Value: 'a' }, 0], [{ Index: 1, Value: 'b' }, 1]]);
  });

  test('results are in item order; MaxConcurrency 1 is strictly sequential, 0 unlimited', async () => {
    const items = [5, 1, 3].map(seconds => ({ seconds }));
    const running = async (concurrency: number) => {
      const clock = new Clock();
      const execution = await run(map({ MaxConcurrency: concurrency }), { clock, input: items, integrations: timed(clock) });
      expect(execution.output).toEqual([5, 1, 3]);
      return [times(execution, 'MapIterationStarted'), times(execution, 'MapIterationSucceeded')];
    };
    expect(await running(1)).toEqual([[0, 5, 6], [5, 6, 9]]);
    expect(await running(2)).toEqual([[0, 0, 1], [1, 4, 5]]);
    expect(await running(0)).toEqual([[0, 0, 0], [1, 3, 5]]);
  });

  test('inline runs at most 40 iterations at once', async () => {
    const clock = new Clock();
    const execution = await run(map({ MaxConcurrency: 100 }), { clock, input: Array.from({ length: 41 }, () => ({ seconds: 2 })), integrations: timed(clock) });
    expect(times(execution, 'MapIterationStarted').filter(time => time === 0)).toHaveLength(40);
    expect(times(execution, 'MapIterationStarted').at(-1)).toBe(2);
  });

  test('no items, no iterations', async () => {
    const execution = await run(map({}), { input: [] });
    expect(execution.output).toEqual([]);
    expect(types(execution)).toEqual(['ExecutionStarted', 'MapStateEntered', 'MapStateStarted', 'MapStateSucceeded', 'MapStateExited', 'ExecutionSucceeded']);
  });

  test('an unhandled iteration error fails the Map and aborts the rest', async () => {
    const clock = new Clock();
    const execution = await run(map({ MaxConcurrency: 2 }), { clock, input: [{ seconds: 9 }, { seconds: 2, error: 'Broken' }, { seconds: 1 }], integrations: timed(clock) });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'as told' });
    expect(types(execution).slice(-6)).toEqual(['LambdaFunctionFailed', 'MapIterationFailed', 'TaskStateAborted', 'MapIterationAborted', 'MapStateFailed', 'ExecutionFailed']);
    expect(execution.events.at(-3)!.mapIterationAbortedEventDetails).toEqual({ index: 0, name: 'S' });
    expect(execution.trace).toEqual(['S', 'T', 'T']);
  });

  test('Retry on Map starts the whole state again: MapIterationFailed → MapStateStarted, without a second MapStateEntered', async () => {
    const service = new Service((_, call) => call === 2 ? refuse('Broken') : call);
    const execution = await run(map({ MaxConcurrency: 1, Retry: [{ ErrorEquals: ['Broken'] }] }), { input: [0, 0], integrations: service });
    expect(execution.output).toEqual([3, 4]);
    const all = types(execution);
    expect(all.filter(type => type === 'MapStateEntered')).toHaveLength(1);
    expect(all[all.indexOf('MapIterationFailed') + 1]).toBe('MapStateStarted');
    const failed = execution.events[all.indexOf('MapIterationFailed')]!;
    expect(execution.events[failed.id!]!.previousEventId).toBe(failed.previousEventId);
  });

  test('an ItemSelector that fails, fails the Map', async () => {
    const execution = await run(map({ ItemSelector: { a: '{% $missing %}' } }), { input: [1, 2] });
    expect(execution).toMatchObject({ status: 'FAILED', cause: expect.stringContaining("the state 'S'") });
    expect(execution.cause).toContain("for the field 'ItemSelector/a'");
    expect(types(execution).slice(-3)).toEqual(['EvaluationFailed', 'MapStateFailed', 'ExecutionFailed']);
  });

  test('a Map that failed can be caught', async () => {
    const execution = await run({
      StartAt: 'M', States: { M: { Type: 'Map', ItemProcessor: chain({ F: { Type: 'Pass', Output: '{% $missing %}' } }), Catch: [{ ErrorEquals: ['States.ALL'], Next: 'E' }], End: true }, E: { Type: 'Succeed' } },
    }, { input: [1] });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'States.QueryEvaluationError' } });
    expect(types(execution).slice(-6, -3)).toEqual(['MapIterationFailed', 'MapStateFailed', 'MapStateExited']);
  });
});

describe('Map, distributed', () => {
  const config = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } };
  const map = (more: JsonObject = {}) => only({ Type: 'Map', Items: '{% $states.input %}', ItemProcessor: { ...config, ...chain({ T: task }) }, ...more });
  const running = async (definition: JsonObject, input: Json) => {
    const clock = new Clock();
    const children: Execution[] = [];
    const execution = await run(definition, { clock, input, integrations: timed(clock), onChild: child => { children.push(child); } });
    return { execution, children };
  };

  test('each child is its own execution with its own history; the parent tells only of the run', async () => {
    const { execution, children } = await running(map({ Label: 'each' }), [{ seconds: 3 }, { seconds: 1 }]);
    expect(execution.output).toEqual([3, 1]);
    expect(types(execution)).toEqual(['ExecutionStarted', 'MapStateEntered', 'MapStateStarted', 'MapRunStarted', 'MapRunSucceeded', 'MapStateSucceeded', 'MapStateExited', 'ExecutionSucceeded']);
    expect(execution.events[3]!.mapRunStartedEventDetails!.mapRunArn).toMatch(/^arn:aws:states:us-east-1:111111111111:mapRun:Machine\/each:[0-9a-f-]{36}$/);
    expect(children.map(({ arn }) => arn)).toEqual([expect.stringMatching(/:execution:Machine\/each:[0-9a-f-]{36}$/), expect.stringMatching(/:execution:Machine\/each:/)]);
    expect(types(children[0]!)).toEqual(['ExecutionStarted', 'TaskStateEntered', 'LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded', 'TaskStateExited', 'ExecutionSucceeded']);
  });

  test.each([[{}, false], [{ ToleratedFailureCount: 1 }, true], [{ ToleratedFailurePercentage: 24 }, false], [{ ToleratedFailurePercentage: 25 }, true],
    [{ ToleratedFailureCount: 0, ToleratedFailurePercentage: 100 }, false], [{ ToleratedFailureCount: '{% 4 %}', ToleratedFailurePercentage: 10 }, false],
  ])('one of four failed, tolerated with %j: %s', async (fields, tolerated) => {
    const { execution } = await running(map(fields), [{ seconds: 1 }, { seconds: 2, error: 'Broken' }, { seconds: 3 }, { seconds: 4 }]);
    if (tolerated) {
      expect(execution.output).toEqual([1, 3, 4]);
    } else {
      expect(execution).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
      expect(types(execution).slice(-3)).toEqual(['MapRunFailed', 'MapStateFailed', 'ExecutionFailed']);
    }
  });

  test('order select → batch → child input', async () => {
    const { children } = await running(only({ Type: 'Map', Items: '{% $states.input %}', ItemSelector: { n: '{% $states.context.Map.Item.Value %}' },
      ItemBatcher: { MaxItemsPerBatch: '{% 2 %}', BatchInput: { all: '{% $count($states.input) %}' } }, ItemProcessor: { ...config, ...chain({ I: { Type: 'Pass' } }) } }), [1, 2, 3]);
    const BatchInput = { all: 3 };
    expect(children.map(({ input }) => input)).toEqual([{ BatchInput, Items: [{ n: 1 }, { n: 2 }] }, { BatchInput, Items: [{ n: 3 }] }]);
  });

  test('batches are cut by their bytes', async () => {
    const { children } = await running(only({ Type: 'Map', Items: '{% $states.input %}', ItemBatcher: { MaxInputBytesPerBatch: 30 }, ItemProcessor: { ...config, ...chain({ I: { Type: 'Pass' } }) } }), ['x'.repeat(10), 'y'.repeat(5), 'z'.repeat(5)]);
    expect(children.map(({ input }) => input)).toEqual([{ Items: ['x'.repeat(10)] }, { Items: ['y'.repeat(5), 'z'.repeat(5)] }]);
  });

  test('MaxConcurrency holds for children; a failed run stops those that still run', async () => {
    const { execution, children } = await running(map({ MaxConcurrency: 2 }), [{ seconds: 9 }, { seconds: 2, error: 'Broken' }, { seconds: 1 }]);
    expect(children.map(({ status }) => status)).toEqual(['ABORTED', 'FAILED']);
    expect(execution.stopDate!.getTime() - execution.startDate.getTime()).toBe(2000);
  });

  test('stopping the parent stops the children', async () => {
    const clock = new Clock();
    const children: Execution[] = [];
    const execution = prepare(map(), { clock, input: [{ seconds: 9 }], integrations: timed(clock), onChild: child => { children.push(child); } });
    execution.start();
    clock.after(1000, () => execution.stop());
    await clock.run(execution.done);
    expect(children.map(({ status }) => status)).toEqual(['ABORTED']);
    expect(types(execution).slice(-2)).toEqual(['MapStateAborted', 'ExecutionAborted']);
  });

  test('an EXPRESS child ends after five minutes', async () => {
    const { children } = await running(only({ Type: 'Map', Items: [0], ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }, ...wait('W', 301) } }), null);
    expect(children[0]!.status).toBe('TIMED_OUT');
  });
});
