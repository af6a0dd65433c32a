import { InvalidDefinition, loadMachine, type Problem, undefinedReferences } from '../../../rehearsal/asl';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { chain, functionArn, invoke, only } from './machine';

/** What is wrong with a JSONata machine, as `message at path`. */
function problems(definition: Json, language: JsonObject = { QueryLanguage: 'JSONata' }): string[] {
  return problemList(typeof definition === 'object' ? { ...language, ...(definition as JsonObject) } : definition).map(({ message, path }) => `${message} at ${path}`);
}

function problemList(definition: Json): readonly Problem[] {
  try {
    loadMachine(definition);
    return [];
  } catch (error) {
    if (error instanceof InvalidDefinition) return error.problems;
    throw error;
  }
}

const task = { Type: 'Task', Resource: invoke, Arguments: { FunctionName: functionArn } };
const pass = { Type: 'Pass' };
const unsupported = (name: string, at = '/States/S') => `Field '${name}' is not supported at ${at}`;

describe('query language', () => {
  test('a JSONPath machine is refused, first of all', () => {
    const found = problemList(only({ ...pass, Surprise: 1 }));
    expect(found[0]).toMatchObject({ path: '/States/S', message: expect.stringContaining('only JSONata state machines can be rehearsed') });
    expect(found[1]).toMatchObject({ message: "Field 'Surprise' is not supported" });
  });

  test('QueryLanguage may be on the machine or on each state', () => {
    expect(problems(only(pass))).toEqual([]);
    expect(problems(only({ ...pass, QueryLanguage: 'JSONata' }), {})).toEqual([]);
    expect(problems(chain({ A: { ...pass, QueryLanguage: 'JSONata' }, B: pass }), {})).toEqual([expect.stringContaining('at /States/B')]);
  });

  test('with top-level JSONata no state may use JSONPath', () => {
    expect(problems(only({ ...pass, QueryLanguage: 'JSONPath' })))
      .toEqual(["'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/S"]);
  });

  test('states inside a Map inherit from the machine, not from the Map', () => {
    const map = { Type: 'Map', QueryLanguage: 'JSONata', ItemProcessor: only(pass) };
    expect(problems({ StartAt: 'M', States: { M: { ...map, End: true } } }, {})).toEqual([expect.stringContaining('at /States/M/ItemProcessor/States/S')]);
  });

  test.each(['InputPath', 'OutputPath', 'ResultPath', 'ResultSelector', 'Parameters', 'Result'])('JSONPath field %s in a JSONata state is a definition error', field => {
    expect(problems(only({ ...task, [field]: '$' })))
      .toEqual([`The QueryLanguage is set to 'JSONata', but field '${field}' is only supported for the 'JSONPath' QueryLanguage at /States/S`]);
  });
});

describe('the definition itself', () => {
  test('object or JSON text', () => {
    const definition = { QueryLanguage: 'JSONata', ...only(pass) };
    expect(loadMachine(JSON.stringify(definition)).states.get('S')).toEqual(loadMachine(definition).states.get('S'));
  });

  test('all problems are told at once', () => {
    expect(problems({ StartAt: 'A', States: { A: { Type: 'Wait', Next: 'Nowhere', Colour: 1 }, B: { Type: 'Sleep' } }, Author: 'me' })).toEqual([
      "Field 'Author' is not supported at /",
      unsupported('Colour', '/States/A'),
      'Exactly one of Seconds and Timestamp is required at /States/A',
      "Value must be one of Pass, Task, Choice, Wait, Succeed, Fail, Parallel, Map, but was 'Sleep' at /States/B/Type",
      "Missing 'Next' target: Nowhere at /States/A/Next",
    ]);
  });

  test('the message of the error reads like that of AWS', () => {
    expect(() => loadMachine({ QueryLanguage: 'JSONata', StartAt: 'A' }))
      .toThrow("Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'");
  });

  test.each([
    ['a field unknown to the machine', { ...only(pass), Timeout: 3 }, ["Field 'Timeout' is not supported at /"]],
    ['a machine timeout that is no positive integer', { ...only(pass), TimeoutSeconds: 0 }, [expect.stringContaining('at /TimeoutSeconds')]],
    ['StartAt that names no state', { StartAt: 'X', States: only(pass).States! }, ["Missing 'Next' target: X at /StartAt"]],
    ['no state at all', { StartAt: 'X', States: {} }, ['At least one state is required at /States']],
  ])('%s is refused', (_, definition, expected) => {
    expect(problems(definition)).toEqual(expected);
  });
});

describe('transitions', () => {
  test.each([
    ['Next', chain({ A: pass, B: pass }), ['States', 'A', 'Next'], '/States/A/Next'],
    ['Default', { StartAt: 'A', States: { A: { Type: 'Choice', Choices: [{ Condition: true, Next: 'B' }], Default: 'B' }, B: { ...pass, End: true } } }, ['States', 'A', 'Default'], '/States/A/Default'],
    ['Choices[].Next', { StartAt: 'A', States: { A: { Type: 'Choice', Choices: [{ Condition: true, Next: 'B' }], Default: 'B' }, B: { ...pass, End: true } } }, ['States', 'A', 'Choices', '0', 'Next'], '/States/A/Choices[0]/Next'],
    ['Catch[].Next', { StartAt: 'A', States: { A: { ...task, Catch: [{ ErrorEquals: ['E'], Next: 'B' }], Next: 'B' }, B: { ...pass, End: true } } }, ['States', 'A', 'Catch', '0', 'Next'], '/States/A/Catch[0]/Next'],
  ])('a dangling %s is refused', (_, definition, where, path) => {
    const copy = structuredClone(definition) as JsonObject;
    const last = where.pop()!;
    (where.reduce<JsonObject>((value, name) => value[name] as JsonObject, copy))[last] = 'Nowhere';
    expect(problems(definition)).toEqual([]);
    expect(problems(copy)).toContain(`Missing 'Next' target: Nowhere at ${path}`);
  });

  test('an unreachable state is refused', () => {
    expect(problems({ StartAt: 'A', States: { A: { ...pass, End: true }, B: { ...pass, Next: 'A' } } })).toEqual(['State "B" is not reachable. at /States/B']);
  });

  test('a scope without an end is refused, and then nothing is said of reachability', () => {
    expect(problemList({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { ...pass, Next: 'A' }, B: { ...pass, Next: 'A' } } }))
      .toEqual([{ code: 'MISSING_END_STATE', message: 'Workflow has no terminal state', path: '' }]);
  });

  test('exactly one of Next and End', () => {
    const rule = 'Exactly one of Next and End is required at /States/A';
    expect(problems({ StartAt: 'A', States: { A: { ...pass, Next: 'B', End: true }, B: { Type: 'Succeed' } } })).toContain(rule);
    expect(problems({ StartAt: 'A', States: { A: pass } })).toContain(rule);
    expect(problems(only({ ...pass, End: false }))).toEqual([]);
    expect(problems({ StartAt: 'A', States: { A: { ...pass, End: false } } })).toContain('End must be true at /States/A/End');
  });

  test('state names are unique in the whole machine and have 1 to 80 characters', () => {
    expect(problems({ StartAt: 'S', States: { S: { Type: 'Parallel', Branches: [only(pass)], End: true } } }))
      .toEqual(['Duplicate State name: S, also at /States/S at /States/S/Branches[0]/States/S']);
    expect(problems({ StartAt: 'x'.repeat(81), States: { ['x'.repeat(81)]: { ...pass, End: true } } })).toEqual([expect.stringContaining('1 to 80 characters')]);
    expect(problems({ StartAt: 'x'.repeat(80), States: { ['x'.repeat(80)]: { ...pass, End: true } } })).toEqual([]);
  });
});

describe('fields by type', () => {
  test.each(['Pass', 'Wait', 'Choice', 'Succeed', 'Fail'])('Retry, Catch and TimeoutSeconds are refused on %s', type => {
    const states: Record<string, JsonObject> = {
      Wait: { Type: 'Wait', Seconds: 1 }, Choice: { Type: 'Choice', Choices: [{ Condition: true, Next: 'T' }] },
    };
    const state = { ...(states[type] ?? { Type: type }), Retry: [], Catch: [], TimeoutSeconds: 1 };
    const found = problems({ ...only(state), States: { ...(only(state).States as JsonObject), T: { Type: 'Succeed' } } });
    expect(found).toEqual(expect.arrayContaining(['Retry', 'Catch', 'TimeoutSeconds'].map(name => unsupported(name))));
  });

  test.each(['Map', 'Parallel'])('TimeoutSeconds is refused on %s', type => {
    const state: JsonObject = type === 'Map' ? { Type: 'Map', ItemProcessor: chain({ I: pass }) } : { Type: 'Parallel', Branches: [chain({ I: pass })] };
    expect(problems(only(state))).toEqual([]);
    expect(problems(only({ ...state, TimeoutSeconds: 1 }))).toEqual([unsupported('TimeoutSeconds')]);
  });

  test('Output on all but Fail; Assign on all but Succeed and Fail; Arguments on Task and Parallel only', () => {
    expect(problems(only({ Type: 'Fail', Output: 1, Assign: { a: 1 }, Arguments: 1 }))).toEqual(['Output', 'Assign', 'Arguments'].map(name => unsupported(name)));
    expect(problems(only({ Type: 'Succeed', Output: 1, Assign: { a: 1 } }))).toEqual([unsupported('Assign')]);
    expect(problems(only({ ...pass, Output: 1, Assign: { a: 1 }, Arguments: 1 }))).toEqual([unsupported('Arguments')]);
    expect(problems(only({ Type: 'Map', ItemProcessor: chain({ I: pass }), Arguments: 1 }))).toEqual([unsupported('Arguments')]);
  });

  test('Wait takes exactly one of Seconds and Timestamp', () => {
    const rule = 'Exactly one of Seconds and Timestamp is required at /States/S';
    expect(problems(only({ Type: 'Wait' }))).toEqual([rule]);
    expect(problems(only({ Type: 'Wait', Seconds: 1, Timestamp: '2030-01-01T00:00:00Z' }))).toEqual([rule]);
    expect(problems(only({ Type: 'Wait', Seconds: -1 }))).toEqual([expect.stringContaining('/States/S/Seconds')]);
    expect(problems(only({ Type: 'Wait', Seconds: '5' }))).toEqual([expect.stringContaining('/States/S/Seconds')]);
    expect(problems(only({ Type: 'Wait', Seconds: '{% 5 %}' }))).toEqual([]);
  });

  test.each(['2016-03-05T21:29:29Z', '2016-03-05T21:29:29.243167252Z', '2016-03-05T21:29:29+02:00', '2024-02-29T00:00:00Z'])('Timestamp %s is accepted', text => {
    expect(problems(only({ Type: 'Wait', Timestamp: text }))).toEqual([]);
  });

  test.each(['2016-03-05', '2016-03-05T21:29:29', '2016-03-05 21:29:29Z', '2023-02-29T00:00:00Z', '2016-03-05T24:00:00Z', '2016-03-05T21:60:00Z', 'tomorrow'])('Timestamp %s is refused', text => {
    expect(problems(only({ Type: 'Wait', Timestamp: text }))).toEqual(['String does not match RFC3339 timestamp at /States/S/Timestamp']);
  });

  test('HeartbeatSeconds must be smaller than TimeoutSeconds; both are positive integers', () => {
    expect(problems(only({ ...task, TimeoutSeconds: 10, HeartbeatSeconds: 9 }))).toEqual([]);
    expect(problems(only({ ...task, TimeoutSeconds: 10, HeartbeatSeconds: 10 }))).toEqual(['HeartbeatSeconds must be smaller than TimeoutSeconds at /States/S/HeartbeatSeconds']);
    expect(problems(only({ ...task, TimeoutSeconds: 0, HeartbeatSeconds: -1.5 }))).toEqual([expect.stringContaining('/TimeoutSeconds'), expect.stringContaining('/HeartbeatSeconds')]);
  });

  test.each([
    functionArn, `${functionArn}:live`, invoke, `${invoke}.waitForTaskToken`, 'arn:aws-us-gov:states:::states:startExecution.sync:2',
    'arn:aws:states:::aws-sdk:ec2:describeInstances', 'arn:aws-cn:states:::sns:publish',
  ])('Resource %s is accepted', resource => {
    expect(problems(only({ Type: 'Task', Resource: resource }))).toEqual([]);
  });

  test.each(['f', 'arn:aws:states:us-east-1:111111111111:activity:a', 'arn:aws:sqs:us-east-1:111111111111:queue', '{% $f %}', 'arn:aws:states:::lambda:invoke.sync:3'])('Resource %s is refused', resource => {
    expect(problems(only({ Type: 'Task', Resource: resource }))).toEqual([`'${resource}' is neither a Lambda function nor a service integration at /States/S/Resource`]);
  });

  test('arguments that an optimised integration does not have are refused', () => {
    expect(problems(only({ Type: 'Task', Resource: invoke, Arguments: { Payload: {}, Timeout: 1 } }))).toEqual([
      "The field 'Timeout' is not supported by Step Functions at /States/S/Arguments",
      "The field 'FunctionName' is required but was missing at /States/S/Arguments",
    ]);
  });

  test('a Condition is a boolean or an expression', () => {
    const choice = (condition: Json) => ({ StartAt: 'C', States: { C: { Type: 'Choice', Choices: [{ Condition: condition, Next: 'E' }] }, E: { Type: 'Succeed' } } });
    expect(problems(choice(true))).toEqual([]);
    expect(problems(choice('{% true %}'))).toEqual([]);
    expect(problems(choice('yes'))).toEqual(['Expected a boolean or a JSONata expression at /States/C/Choices[0]/Condition']);
  });

  test('a distributed Map names its ExecutionType; only it has Label and ItemBatcher; S3 is refused', () => {
    const map = (config: JsonObject, more: JsonObject = {}) => only({ Type: 'Map', ItemProcessor: { ProcessorConfig: config, ...chain({ I: pass }) }, ...more });
    expect(problems(map({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, { Label: 'a', ItemBatcher: { MaxItemsPerBatch: 2 } }))).toEqual([]);
    expect(problems(map({ Mode: 'DISTRIBUTED' }))).toEqual([expect.stringContaining('ExecutionType is required')]);
    expect(problems(map({ Mode: 'INLINE' }, { Label: 'a' }))).toEqual([expect.stringContaining("Field 'Label'")]);
    expect(problems(map({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, { ItemReader: {} }))).toEqual([expect.stringContaining('reads or writes S3')]);
  });

  test('ToleratedFailurePercentage is 0 to 100', () => {
    const map = (percentage: number) => only({ Type: 'Map', ItemProcessor: chain({ I: pass }), ToleratedFailurePercentage: percentage });
    expect(problems(map(33.3))).toEqual([]);
    expect(problems(map(101))).toEqual([expect.stringContaining('/ToleratedFailurePercentage')]);
  });
});

describe('Retry and Catch', () => {
  const retry = (...retriers: JsonObject[]) => problems(only({ ...task, Retry: retriers }));

  test('States.ALL is alone in its list and in the last retrier', () => {
    expect(retry({ ErrorEquals: ['A'] }, { ErrorEquals: ['States.ALL'] })).toEqual([]);
    expect(retry({ ErrorEquals: ['States.ALL', 'A'] })).toEqual(['States.ALL must appear alone at /States/S/Retry[0]/ErrorEquals']);
    expect(retry({ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] })).toEqual(['States.ALL must be in the last retrier or catcher at /States/S/Retry[0]/ErrorEquals']);
  });

  test('custom names must not start with States.', () => {
    expect(retry({ ErrorEquals: ['States.Whatever'] })).toEqual(["'States.Whatever' is no error name of the States Language at /States/S/Retry[0]/ErrorEquals"]);
  });

  test.each([
    [{ IntervalSeconds: 0 }, 'IntervalSeconds'], [{ IntervalSeconds: 1.5 }, 'IntervalSeconds'], [{ MaxAttempts: -1 }, 'MaxAttempts'],
    [{ BackoffRate: 0.9 }, 'BackoffRate'], [{ MaxDelaySeconds: '5' }, 'MaxDelaySeconds'], [{ MaxDelaySeconds: 31_622_400 }, 'MaxDelaySeconds'],
    [{ IntervalSeconds: 5, MaxDelaySeconds: 5 }, 'MaxDelaySeconds'], [{ JitterStrategy: 'HALF' }, 'JitterStrategy'], [{ IntervalSeconds: '{% 1 %}' }, 'IntervalSeconds'],
  ])('a retrier with %j is refused', (fields, field) => {
    expect(retry({ ErrorEquals: ['A'], ...fields })).toEqual([expect.stringContaining(`at /States/S/Retry[0]/${field}`)]);
  });

  test('a retrier or catcher needs names, a catcher needs Next', () => {
    expect(retry({})).toEqual(["The field 'ErrorEquals' is required but was missing at /States/S/Retry[0]"]);
    expect(retry({ ErrorEquals: [] })).toEqual([expect.stringContaining('non-empty')]);
    expect(problems(only({ ...task, Catch: [{ ErrorEquals: ['A'] }] }))).toEqual(["The field 'Next' is required but was missing at /States/S/Catch[0]"]);
    expect(retry({ ErrorEquals: ['A'], Times: 3 })).toEqual([unsupported('Times', '/States/S/Retry[0]')]);
  });
});

describe('expressions', () => {
  test.each([['1 +', 'Unexpected end of expression'], ['"open', 'String literal must be terminated by a matching quote'], ['$x :=', 'Unexpected end of expression']])('a syntax error is refused: %s', (source, message) => {
    expect(problemList({ QueryLanguage: 'JSONata', ...only({ ...pass, Output: { a: [`{% ${source} %}`] } }) }))
      .toEqual([{ code: 'INVALID_JSONATA_EXPRESSION', message, path: '/States/S/Output/a[0]' }]);
  });

  test.each([['phone', 'phone'], ['$', '$'], ['$$', '$$'], ['$uppercase(phone)', 'phone'], ['$states.input.a = b', 'b'], ['{"a": b.c}', 'b'], ['*', '*']])('no input document: %s at the top level is forbidden', (source, name) => {
    expect(problemList({ QueryLanguage: 'JSONata', ...only({ ...pass, Output: `{% ${source} %}` }) }))
      .toContainEqual({ code: 'UNSUPPORTED_JSONATA_EXPRESSION', message: `Reference to '${name}' at the top level is not supported.`, path: '/States/S/Output' });
  });

  test.each(['$states.input.list[price > 3].name', '$states.input.($.a)', '$map($states.input, function($v) { $v.a })', '$states.input.list.{"a": b}', '$states.input^(price)', '$states.input{name: $sum(price)}'])('nested inside a path or predicate names mean the context value: %s', source => {
    expect(problems(only({ ...pass, Output: `{% ${source} %}` }))).toEqual([]);
  });

  test('$states.errorOutput is for catchers only', () => {
    expect(problems(only({ ...pass, Output: '{% $states.errorOutput %}' }))).toEqual(["Reference to '$states.errorOutput' in this field is not supported. at /States/S/Output"]);
    expect(problems({ StartAt: 'S', States: { S: { ...task, Catch: [{ ErrorEquals: ['A'], Output: '{% $states.errorOutput %}', Next: 'E' }], Next: 'E' }, E: { Type: 'Succeed' } } })).toEqual([]);
  });

  test('what is never assigned and what does not exist is found without running', () => {
    const definition = {
      QueryLanguage: 'JSONata',
      ...chain({
        A: { ...pass, Assign: { known: 1 }, Output: '{% $known + $unknown + $sum([1]) + $hash("a", "MD5") + $eval("1") + ($own := 2; $own) %}' },
        M: { Type: 'Map', Items: '{% $known %}', ItemProcessor: chain({ I: { ...pass, Output: '{% [$known, $mine] %}', Assign: { mine: 1 } } }) },
        D: { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...chain({ J: { ...pass, Output: '{% $known %}' } }) } },
        B: { Type: 'Wait', Seconds: '{% $mine %}' },
      }),
    };
    expect(undefinedReferences(loadMachine(definition))).toEqual([
      { path: '/States/A/Output', name: 'unknown' }, { path: '/States/A/Output', name: 'eval' },
      { path: '/States/B/Seconds', name: 'mine' }, { path: '/States/D/ItemProcessor/States/J/Output', name: 'known' },
    ]);
  });
});

describe('variables', () => {
  test('names are Unicode identifiers of at most 80 characters; states is reserved', () => {
    const assign = (name: string) => problems(only({ ...pass, Assign: { [name]: 1 } }));
    expect(assign('größe_1')).toEqual([]);
    expect(assign('x'.repeat(80))).toEqual([]);
    expect(assign('x'.repeat(81))).toEqual([expect.stringContaining('is no variable name')]);
    expect(assign('1st')).toEqual([expect.stringContaining('is no variable name')]);
    expect(assign('a b')).toEqual([expect.stringContaining('is no variable name')]);
    expect(assign('states')).toEqual(["The variable name 'states' is reserved at /States/S/Assign"]);
  });

  test('an inner scope must not assign an outer name, wherever the outer scope assigns it', () => {
    const inner = (name: string) => ({ StartAt: 'P', States: {
      P: { Type: 'Parallel', Branches: [chain({ I: { ...pass, Assign: { [name]: 1 } } })], Catch: [{ ErrorEquals: ['A'], Assign: { outer: 1 }, Next: 'E' }], Next: 'E' },
      E: { Type: 'Succeed' },
    } });
    expect(problems(inner('own'))).toEqual([]);
    expect(problems(inner('outer'))).toEqual(["The variable 'outer' belongs to an outer scope and can not be assigned here at /States/P/Branches[0]/States/I/Assign"]);
  });

  test('sibling scopes may use the same name', () => {
    const branch = (state: string) => chain({ [state]: { ...pass, Assign: { same: 1 } } });
    expect(problems(only({ Type: 'Parallel', Branches: [branch('A'), branch('B')] }))).toEqual([]);
  });
});
