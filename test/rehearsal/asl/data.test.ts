import type { Json, JsonObject } from '../../../rehearsal/json';
import { chain, functionArn, invoke, only, refuse, run, Service } from './machine';

const task = { Type: 'Task', Resource: functionArn };
const failing = new Service(() => refuse('Broken', 'because'));

describe('$states, Arguments, Output, Assign', () => {
  test('$states.input and $states.context are defined in every field that takes JSONata', async () => {
    const service = new Service();
    const { output } = await run(chain({
      T: { ...task, Arguments: { a: '{% $states.input.x %}' }, Output: '{% $states.input %}', TimeoutSeconds: '{% $states.input.x %}' },
      W: { Type: 'Wait', Seconds: '{% $states.input.x %}', Output: '{% $states.context.State.Name & $states.context.Execution.Name %}' },
    }), { input: { x: 3 }, integrations: service });
    expect(service.calls[0]!.arguments).toEqual({ a: 3 });
    expect(output).toBe('Wrun');
  });

  test('$states.result is defined in Output and Assign of Task, Parallel and Map', async () => {
    const fields = { Output: '{% $states.result %}', Assign: { seen: '{% $states.result %}' } };
    const { output } = await run(chain({
      T: { ...task, ...fields, Arguments: 'task' },
      P: { Type: 'Parallel', Branches: [chain({ A: { Type: 'Pass', Output: 1 } })], Output: '{% [$seen, $states.result] %}' },
      M: { Type: 'Map', ItemProcessor: chain({ I: { Type: 'Pass' } }), Output: '{% [$states.result] %}' },
    }));
    expect(output).toEqual(['task', 1]);
    expect(await run(only({ Type: 'Pass', Output: '{% $states.result %}' }))).toMatchObject({ error: 'States.QueryEvaluationError' });
  });

  test('$states.errorOutput is {Error, Cause} in Output and Assign of a Catcher', async () => {
    const { output } = await run({
      StartAt: 'T',
      States: {
        T: { ...task, Catch: [{ ErrorEquals: ['Broken'], Output: '{% $states.errorOutput %}', Assign: { why: '{% $states.errorOutput.Cause %}' }, Next: 'C' }], Next: 'C' },
        C: { Type: 'Pass', Output: '{% [$states.input, $why] %}', End: true },
      },
    }, { integrations: failing });
    expect(output).toEqual([{ Error: 'Broken', Cause: 'because' }, 'because']);
  });

  test('default Arguments: the state input; default Output: the result, the error output, otherwise the input', async () => {
    const service = new Service(() => 'result');
    expect((await run(only(task), { input: { x: 1 }, integrations: service })).output).toBe('result');
    expect(service.calls[0]!.arguments).toEqual({ x: 1 });
    for (const state of [{ Type: 'Pass' }, { Type: 'Wait', Seconds: 0 }, { Type: 'Succeed' }] as JsonObject[]) {
      expect((await run(only(state), { input: { x: 1 } })).output).toEqual({ x: 1 });
    }
    const caught = await run({ StartAt: 'T', States: { T: { ...task, Catch: [{ ErrorEquals: ['Broken'], Next: 'E' }], End: true }, E: { Type: 'Succeed' } } }, { integrations: failing });
    expect(caught.output).toEqual({ Error: 'Broken', Cause: 'because' });
  });

  describe('Choice', () => {
    const choice = (input: Json, rules: JsonObject[], more: JsonObject = {}) => run({
      StartAt: 'C',
      States: {
        C: { Type: 'Choice', Choices: rules, ...more },
        ...Object.fromEntries(['One', 'Two', 'Other'].filter(name => JSON.stringify([rules, more]).includes(`"${name}"`))
          .map(name => [name, { Type: 'Pass', Output: `{% [$states.context.State.Name, $states.input, $exists($rule) ? $rule : null, $exists($state) ? $state : null] %}`, End: true }])),
      },
    }, { input });
    const one = { Condition: '{% $states.input.x = 1 %}', Next: 'One', Output: 'rule output', Assign: { rule: 1 } };
    const two = { Condition: '{% $states.input.x < 3 %}', Next: 'Two' };
    const ofState = { Default: 'Other', Output: 'state output', Assign: { state: 1 } };

    test('rules in order, the first true wins', async () => {
      expect((await choice({ x: 1 }, [one, two], { Default: 'Other' })).trace).toEqual(['C', 'One']);
      expect((await choice({ x: 2 }, [one, two], { Default: 'Other' })).trace).toEqual(['C', 'Two']);
      expect((await choice({ x: 3 }, [one, two], { Default: 'Other' })).trace).toEqual(['C', 'Other']);
    });

    test("a chosen rule uses its own Assign and Output, the state's only apply with Default", async () => {
      expect((await choice({ x: 1 }, [one, two], ofState)).output).toEqual(['One', 'rule output', 1, null]);
      expect((await choice({ x: 2 }, [one, two], ofState)).output).toEqual(['Two', { x: 2 }, null, null]);
      expect((await choice({ x: 3 }, [one, two], ofState)).output).toEqual(['Other', 'state output', null, 1]);
    });

    test('no match and no Default → States.NoChoiceMatched', async () => {
      expect(await choice({ x: 3 }, [one, two])).toMatchObject({
        status: 'FAILED', error: 'States.NoChoiceMatched', fault: undefined,
        cause: "An error occurred while executing the state 'C' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state.",
      });
    });

    test('Condition must be a boolean; the field is named with its rule', async () => {
      expect((await choice({ x: 'yes' }, [{ Condition: false, Next: 'One' }, { Condition: '{% $states.input.x %}', Next: 'Two' }])).cause)
        .toContain("'$states.input.x' specified for the field 'Choices[1]/Condition' returned an unexpected result type. Expected 'boolean', but was 'string' for value: \"yes\"");
      expect((await choice({}, [{ ...one, Condition: true, Output: { v: '{% $missing %}' } }])).cause).toContain("for the field 'Choices[0]/Output/v' returned nothing");
      expect((await choice({}, [{ ...one, Condition: true, Assign: { x: '{% $missing %}' } }])).cause).toContain("for the field 'Choices[0]/Assign/x' returned nothing");
    });
  });

  test("a matching Catcher's Assign replaces the state-level one", async () => {
    const { events } = await run({
      StartAt: 'T',
      States: { T: { ...task, Assign: { a: 1 }, Catch: [{ ErrorEquals: ['Broken'], Assign: { b: 2 }, Next: 'E' }], End: true }, E: { Type: 'Succeed' } },
    }, { integrations: failing });
    expect(events.find(({ type }) => type === 'TaskStateExited')!.stateExitedEventDetails!.assignedVariables).toEqual({ b: '2' });
  });

  test('also JSONata: HeartbeatSeconds, Timestamp, Error, Cause, Items, MaxConcurrency, ToleratedFailureCount', async () => {
    const { error, cause, startDate, stopDate, events } = await run({
      StartAt: 'W',
      States: {
        W: { Type: 'Wait', Timestamp: '{% $fromMillis($millis() + 90000) %}', Next: 'T' },
        T: { Type: 'Task', Resource: invoke, Arguments: { FunctionName: 'f' }, TimeoutSeconds: '{% 20 %}', HeartbeatSeconds: '{% 10 %}', Next: 'M' },
        M: { Type: 'Map', Items: '{% [1, 2] %}', MaxConcurrency: '{% 1 %}', ToleratedFailureCount: '{% 1 %}', ItemProcessor: chain({ I: { Type: 'Pass' } }), Next: 'F' },
        F: { Type: 'Fail', Error: "{% 'My' & 'Error' %}", Cause: '{% $string($states.input) %}' },
      },
    });
    expect([error, cause]).toEqual(['MyError', '[1,2]']);
    expect(stopDate!.getTime() - startDate.getTime()).toBe(90_000);
    expect(events.find(({ type }) => type === 'TaskScheduled')!.taskScheduledEventDetails).toMatchObject({ timeoutInSeconds: 20, heartbeatInSeconds: 10 });
  });

  test('Seconds must be at least 0', async () => {
    expect(await run(only({ Type: 'Wait', Seconds: '{% -1 %}' }))).toMatchObject({ error: 'States.QueryEvaluationError', cause: expect.stringContaining('The Seconds field must be at least 0') });
  });

  test('input or output above 262,144 bytes of UTF-8 is States.DataLimitExceeded', async () => {
    const text = (bytes: number) => `{% $pad("", ${(bytes - 2) / 2}, "ä") %}`;
    expect((await run(only({ Type: 'Pass', Output: text(262_144) }))).status).toBe('SUCCEEDED');
    expect(await run(only({ Type: 'Pass', Output: text(262_146) }))).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    const large = new Service(() => 'x'.repeat(262_143));
    expect(await run(only(task), { integrations: large })).toMatchObject({ error: 'States.DataLimitExceeded' });
    await expect(run(only({ Type: 'Pass' }), { input: 'x'.repeat(262_143) })).rejects.toThrow('larger than 262144 bytes');
  });

  test('States.DataLimitExceeded is not matched by States.ALL, but by its name', async () => {
    const large = new Service(() => 'x'.repeat(262_143));
    const caught = (name: string) => run({ StartAt: 'T', States: { T: { ...task, Catch: [{ ErrorEquals: [name], Next: 'E' }], End: true }, E: { Type: 'Succeed' } } }, { integrations: large });
    expect((await caught('States.ALL')).status).toBe('FAILED');
    expect((await caught('States.TaskFailed')).status).toBe('FAILED');
    expect((await caught('States.DataLimitExceeded')).status).toBe('SUCCEEDED');
  });
});

describe('variables', () => {
  test('all references in a state see the values at state entry; new values take effect in the next state', async () => {
    const { output } = await run(chain({
      A: { Type: 'Pass', Assign: { x: 1 } },
      B: { Type: 'Pass', Assign: { x: 42, y: '{% $x %}' }, Output: '{% $x %}' },
      C: { Type: 'Pass', Output: '{% [$states.input, $x, $y] %}' },
    }));
    expect(output).toEqual([1, 42, 1]);
  });

  test('a branch or iteration reads outer variables; its own vanish at its end', async () => {
    const inner = (name: string) => chain({ [`${name}1`]: { Type: 'Pass', Assign: { own: '{% $outer + 1 %}' } }, [`${name}2`]: { Type: 'Pass', Output: '{% $own %}' } });
    const { output } = await run(chain({
      A: { Type: 'Pass', Assign: { outer: 1 } },
      P: { Type: 'Parallel', Branches: [inner('B'), inner('C')], Assign: { parallel: '{% $states.result %}' } },
      M: { Type: 'Map', Items: [0, 0], ItemProcessor: inner('I'), Assign: { map: '{% $states.result %}' } },
      Z: { Type: 'Pass', Output: '{% [$parallel, $map, $exists($own)] %}' },
    }));
    expect(output).toEqual([2, 2, 2, 2, false]);
  });

  test('branches do not see each other', async () => {
    const { output } = await run(only({ Type: 'Parallel', Branches: [
      chain({ A1: { Type: 'Pass', Assign: { v: 'a' } }, A2: { Type: 'Wait', Seconds: 2 }, A3: { Type: 'Pass', Output: '{% $v %}' } }),
      chain({ B1: { Type: 'Wait', Seconds: 1 }, B2: { Type: 'Pass', Output: '{% $exists($v) %}', Assign: { v: 'b' } } }),
    ] }));
    expect(output).toEqual(['a', false]);
  });

  test('distributed Map children can not read outer variables', async () => {
    const { output } = await run(chain({
      A: { Type: 'Pass', Assign: { outer: 1 } },
      M: { Type: 'Map', Items: [0], ItemSelector: { passed: '{% $outer %}' }, ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...chain({ I: { Type: 'Pass', Output: '{% [$states.input.passed, $exists($outer)] %}' } }) } },
    }));
    expect(output).toEqual([[1, false]]);
  });

  test('variables set inside an expression never reach the machine', async () => {
    const { output } = await run(chain({ A: { Type: 'Pass', Output: '{% ($x := 5; $x) %}' }, B: { Type: 'Pass', Output: '{% [$states.input, $exists($x)] %}' } }));
    expect(output).toEqual([5, false]);
  });

  test('256 KiB per variable and per Assign, 10 MiB stored per execution', async () => {
    const text = 'x'.repeat(200_000);
    const assign = (values: Json) => run(only({ Type: 'Pass', Assign: values }));
    expect((await assign({ a: text })).status).toBe('SUCCEEDED');
    expect(await assign({ a: text, b: text })).toMatchObject({ error: 'States.DataLimitExceeded' });
    const filling = (count: number, name: (index: number) => string) => run(chain(Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`S${index}`, { Type: 'Pass', Assign: { [name(index)]: text } }]))));
    expect((await filling(52, index => `v${index}`)).status).toBe('SUCCEEDED');
    expect(await filling(53, index => `v${index}`)).toMatchObject({ error: 'States.DataLimitExceeded' });
    expect((await filling(53, () => 'same')).status).toBe('SUCCEEDED');
  });
});
