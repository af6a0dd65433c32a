import { createHash } from 'node:crypto';
import { Clock } from '../../../rehearsal/clock';
import type { Json } from '../../../rehearsal/json';
import { Random } from '../../../rehearsal/random';
import { evaluate, only, run } from './machine';

const failed = (source: string, how: string, field = 'Output') =>
  `An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression '${source}' specified for the field '${field}' ${how}`;

describe('JSONata evaluation', () => {
  test('only a string that starts with {% and ends with %} is an expression, at any depth; everything else is literal', async () => {
    const output = { a: ['{% 1 + 1 %}', ' {% 1 %} ', '{% 1', '$nosuchvar', { b: '{%$states.input.x%}' }], n: null, t: true };
    const { output: result } = await run(only({ Type: 'Pass', Output: output }), { input: { x: [7] } });
    expect(result).toEqual({ a: [2, ' {% 1 %} ', '{% 1', '$nosuchvar', { b: [7] }], n: null, t: true });
  });

  test('a literal string as Output is legal', async () => {
    expect((await run(only({ Type: 'Pass', Output: 'text' }))).output).toBe('text');
  });

  test.each([
    [{ v: '{% $states.input.missing %}' }, 'Output/v'], [{ a: { b: '{% $states.input.missing %}' } }, 'Output/a/b'],
    ['{% $states.input.missing %}', 'Output'], [{ values: ['{% $states.input.missing %}', 1] }, 'Output/values[0]'],
    [{ a: { b: [[1, '{% $states.input.missing %}']] } }, 'Output/a/b[0][1]'],
  ] as [Json, string][])('an expression that yields undefined fails the state: %j names the field %s', async (output, field) => {
    const { status, error, cause, events } = await run(only({ Type: 'Pass', Output: output }));
    expect([status, error, cause]).toEqual(['FAILED', 'States.QueryEvaluationError', failed('$states.input.missing', 'returned nothing (undefined).', field)]);
    expect(events[2]).toMatchObject({
      type: 'EvaluationFailed', previousEventId: 0,
      evaluationFailedEventDetails: { state: 'S', error: 'States.QueryEvaluationError', cause, location: field },
    });
  });

  test.each([
    ["'a' + 1", 'threw an error during evaluation. T2001: The left side of the "+" operator must evaluate to a number'],
    ['$nothing(1)', 'threw an error during evaluation. T1006: Attempted to invoke a non-function'],
    ['$sum(["a"])', 'threw an error during evaluation. T0412: Argument 1 of function "sum" must be an array of "numbers"'],
  ])('the same error for an error inside the expression: %s', async (source, how) => {
    expect(await evaluate(source)).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError', cause: failed(source, how) });
  });

  test('the same error for a wrong result type', async () => {
    const execution = await run(only({ Type: 'Wait', Seconds: "{% 'soon' %}" }));
    expect(execution.cause).toBe(failed("'soon'", "returned an unexpected result type. Expected 'number', but was 'string' for value: \"soon\"", 'Seconds'));
  });

  test.each(['2016-12-05 21:29:29Z', '2016-12-05T21:29:29', '05-12-2016T21:29:29Z'])('and for a value the field refuses: a Wait timestamp %s', async text => {
    const execution = await run(only({ Type: 'Wait', Timestamp: '{% $states.input %}' }), { input: text });
    expect(execution.cause).toBe("An error occurred while executing the state 'S' (entered at the event id #2). "
      + `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`);
    // recorded: in Wait states the failed evaluation follows the entry, elsewhere the event before it
    expect(execution.events[2]).toMatchObject({ type: 'EvaluationFailed', previousEventId: 2 });
  });

  test('inside an object constructor JSONata drops keys whose value is undefined', async () => {
    expect((await evaluate("{'k': $missing, 'l': 1}")).output).toEqual({ l: 1 });
  });

  test('one-element sequences are unwrapped: a filter that matches one item yields the item, none yields undefined', async () => {
    const input = [{ a: 1 }, { a: 2 }];
    expect((await evaluate('$states.input[a = 1]', input)).output).toEqual({ a: 1 });
    expect((await evaluate('[$states.input[a = 1]]', input)).output).toEqual([{ a: 1 }]);
    expect((await evaluate('$states.input[a = 3]', input)).status).toBe('FAILED');
    expect((await evaluate('[$states.input[a = 3]]', input)).output).toEqual([]);
  });

  test('what leaves an expression is plain JSON', async () => {
    const { output } = await evaluate('$states.input.list.a', { list: [{ a: 1 }, { a: 2 }] });
    expect(Object.getOwnPropertyNames(output)).toEqual(['0', '1', 'length']);
    // measured on AWS by users of the service
    expect((await evaluate("[1/0, -1/0, {'k': 0/0}]")).output).toEqual(['Infinity', '-Infinity', { k: 'NaN' }]);
  });

  test.each(['$sum', 'function($x) { $x }', '{"a": [$sum]}', '/a/'])('a function is refused: %s', async source => {
    expect((await evaluate(source)).cause).toBe(failed(source, 'returned a function, which is no JSON value.'));
  });

  test('expressions do not change what they read', async () => {
    const input = { list: [3, 1, 2], one: { a: 1 } };
    const { output } = await evaluate('{"sorted": $sort($states.input.list), "changed": $states.input ~> |one|{"a": 2}|, "read": $states.input}', input);
    expect(output).toEqual({ sorted: [1, 2, 3], changed: { list: [3, 1, 2], one: { a: 2 } }, read: { list: [3, 1, 2], one: { a: 1 } } });
    expect(input).toEqual({ list: [3, 1, 2], one: { a: 1 } });
  });

  test.each(['Pass', 'Wait', 'Choice', 'Fail', 'Succeed'])('in %s it fails the execution', async type => {
    const missing = '{% $missing %}';
    const fields: Record<string, Record<string, Json>> = {
      Wait: { Seconds: missing }, Choice: { Choices: [{ Condition: missing, Next: 'T' }] }, Fail: { Error: missing }, Pass: { Output: missing }, Succeed: { Output: missing },
    };
    const machine = only({ Type: type, ...fields[type] });
    const states = type === 'Choice' ? { ...(machine.States as Record<string, Json>), T: { Type: 'Succeed' } } : machine.States!;
    expect(await run({ ...machine, States: states })).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });
});

describe('functions that Step Functions adds', () => {
  test.each([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]], ['$partition([], 2)', []], ['$range(0, 6, 2)', [0, 2, 4, 6]], ['$range(1, 9, 3)', [1, 4, 7]],
    ['$range(5, 1, -2)', [5, 3, 1]], ['$range(1, 1, 1)', [1]], ['$range(3, 1, 1)', []], ['$parse("{\\"a\\": [1, null]}")', { a: [1, null] }],
    ['$parse("null")', null], ['$hash("input", "SHA-1")', '140f86aae51ab9e1cda9b4254fe98a74eb54c1a1'], ['$random(42)', 0.7275636800328681],
    ['$map(["1", "true"], $parse)', [1, true]], ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]], ['$partition([1,2,3], 2.9)', [[1, 2], [3]]],
    ['$count($range(1, 200000, 1))', 200_000], ['$range(9, 1, -4)', [9, 5, 1]],
  ] as [string, Json][])('%s', async (source, value) => {
    expect((await evaluate(source)).output).toEqual(value);
  });

  test.each(['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'])('$hash knows %s', async algorithm => {
    expect((await evaluate(`$hash("größe", "${algorithm}")`)).output).toBe(createHash(algorithm.replace('-', '')).update('größe').digest('hex'));
  });

  test.each(['$partition([1], 0)', '$partition([1], 0.5)', '$partition($missing, 1)', '$partition([1], $missing)', '$range(1, 2, 0)', '$range(1, $missing, 1)'])(
    '%s yields nothing', async source => {
      expect((await evaluate(source)).cause).toBe(failed(source, 'returned nothing (undefined).'));
    });

  test('a range that takes too much memory fails', async () => {
    expect((await evaluate('$range(1, 100000000, 1)')).cause).toBe(failed('$range(1, 100000000, 1)',
      'threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage'));
  });

  test.each(['$partition([1], -1)', '$hash("a", "CRC32")', '$parse("{")', '$partition("a", "b")', '$range(1)', '$eval("1+1")'])('%s fails', async source => {
    const { error, cause } = await evaluate(source);
    expect(error).toBe('States.QueryEvaluationError');
    expect(cause).toContain('threw an error during evaluation');
  });

  test('$eval does not exist', async () => {
    expect((await evaluate('$eval("1+1")')).cause).toBe(failed('$eval("1+1")', 'threw an error during evaluation. T1006: Attempted to invoke a non-function'));
  });

  test('chance is seeded: one seed, one result', async () => {
    const source = '[$random(), $uuid(), $shuffle([1..20])]';
    const output = async (seed: number) => (await run(only({ Type: 'Pass', Output: `{% ${source} %}` }), { random: new Random(seed) })).output as Json[];
    expect(await output(5)).toEqual(await output(5));
    expect(await output(5)).not.toEqual(await output(6));
    expect((await output(5))[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('time is virtual', async () => {
    const clock = new Clock(new Date('2031-02-03T04:05:06.789Z'));
    const { output } = await run(only({ Type: 'Pass', Output: '{% [$now(), $now("[Y0001]/[M01]"), $string($millis())] %}' }), { clock });
    expect(output).toEqual(['2031-02-03T04:05:06.789Z', '2031/02', String(Date.UTC(2031, 1, 3, 4, 5, 6, 789))]);
  });
});
