import type { State } from './definition';
import { readCatchers, readRetriers } from './load-errors';
import { readMap } from './load-map';
import { readTransition } from './load-transition';
import { type Reader, isObject } from './reader';
import type { ScopeLoader } from './load';
import { argumentProblems, parseResource } from './resource';
import { isExpression } from './expression';
import { parseTimestamp } from './timestamp';

export const longest = 99_999_999;
const common = ['Type', 'Comment', 'QueryLanguage'];
const flowing = [...common, 'Next', 'End', 'Output', 'Assign'];
export const catching = [...flowing, 'Retry', 'Catch'];

type Builder = (name: string, reader: Reader, loader: ScopeLoader) => State;

const builders: Readonly<Record<State['type'], Builder>> = {
  Pass: (name, reader) => {
    reader.only(...flowing);
    return { type: 'Pass', name, ...readFlow(reader) };
  },
  Task: readTask,
  Choice: readChoice,
  Wait: readWait,
  Succeed: (name, reader) => {
    reader.only(...common, 'Output');
    return { type: 'Succeed', name, ...present({ output: reader.template('Output') }) };
  },
  Fail: (name, reader) => {
    reader.only(...common, 'Error', 'Cause');
    reader.string('Error');
    reader.string('Cause');
    return { type: 'Fail', name, ...present({ error: reader.template('Error'), cause: reader.template('Cause') }) };
  },
  Parallel: (name, reader, loader) => {
    reader.only(...catching, 'Branches', 'Arguments');
    reader.require('Branches');
    if (Array.isArray(reader.value.Branches) && reader.value.Branches.length === 0) reader.problem('At least one branch is required', 'Branches');
    const branches = reader.objects('Branches').map(branch => {
      branch.only('StartAt', 'States', 'Comment');
      return loader.scope(branch);
    });
    return { type: 'Parallel', name, branches, ...present({ arguments: reader.template('Arguments') }), ...readCatching(reader) };
  },
  Map: readMap,
};

export function readState(name: string, reader: Reader, loader: ScopeLoader): State | undefined {
  const type = reader.require('Type') ? reader.oneOf('Type', Object.keys(builders)) : undefined;
  reader.string('Comment');
  return type === undefined ? undefined : builders[type as State['type']](name, reader, loader);
}

function readTask(name: string, reader: Reader): State {
  reader.only(...catching, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds', 'Credentials');
  const arn = reader.require('Resource') ? reader.string('Resource') : undefined;
  const resource = arn === undefined ? undefined : parseResource(arn);
  if (arn !== undefined && !resource) reader.problem(`'${arn}' is neither a Lambda function nor a service integration`, 'Resource');
  if (resource && isObject(reader.value.Arguments)) {
    for (const problem of argumentProblems(resource, Object.keys(reader.value.Arguments))) reader.problem(problem, 'Arguments');
  }
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = reader.value;
  if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
    reader.problem('HeartbeatSeconds must be smaller than TimeoutSeconds', 'HeartbeatSeconds');
  }
  const credentials = reader.object('Credentials');
  credentials?.require('RoleArn');
  if (credentials?.has('RoleArn')) {
    credentials.only('RoleArn');
    credentials.string('RoleArn');
  }
  return {
    type: 'Task',
    name,
    resource: resource ?? { arn: '', resourceType: '', resource: '', pattern: 'requestResponse' },
    ...present({
      arguments: reader.template('Arguments'),
      timeoutSeconds: reader.numberOrExpression('TimeoutSeconds', { min: 1, max: longest }),
      heartbeatSeconds: reader.numberOrExpression('HeartbeatSeconds', { min: 1, max: longest }),
      roleArn: credentials?.template('RoleArn'),
    }),
    ...readCatching(reader),
  };
}

function readChoice(name: string, reader: Reader): State {
  reader.only(...common, 'Choices', 'Default', 'Output', 'Assign');
  reader.require('Choices');
  if (Array.isArray(reader.value.Choices) && reader.value.Choices.length === 0) reader.problem('At least one rule is required', 'Choices');
  const choices = reader.objects('Choices').map(rule => {
    rule.only('Condition', 'Next', 'Output', 'Assign', 'Comment');
    rule.require('Next');
    const condition = rule.require('Condition') ? rule.value.Condition : true;
    if (typeof condition !== 'boolean' && !isExpression(condition)) rule.problem('Expected a boolean or a JSONata expression', 'Condition');
    return { condition: rule.template('Condition') ?? { kind: 'literal' as const, value: true }, ...readTransition(rule) };
  });
  return { type: 'Choice', name, choices, ...readTransition(reader, false, 'Default') };
}

function readWait(name: string, reader: Reader): State {
  reader.only(...flowing, 'Seconds', 'Timestamp');
  if (reader.has('Seconds') === reader.has('Timestamp')) reader.problem('Exactly one of Seconds and Timestamp is required');
  const timestamp = reader.string('Timestamp');
  if (timestamp !== undefined && !isExpression(timestamp) && parseTimestamp(timestamp) === undefined) {
    reader.problem('String does not match RFC3339 timestamp', 'Timestamp');
  }
  return {
    type: 'Wait',
    name,
    ...present({ seconds: reader.numberOrExpression('Seconds', { min: 0, max: longest }), timestamp: reader.template('Timestamp') }),
    ...readFlow(reader),
  };
}

function readFlow(reader: Reader) {
  if (reader.has('End') && reader.value.End !== true) reader.problem('End must be true', 'End');
  if (reader.has('Next') === reader.has('End')) reader.problem('Exactly one of Next and End is required');
  return readTransition(reader);
}

export function readCatching(reader: Reader) {
  return { ...readFlow(reader), retry: readRetriers(reader), catch: readCatchers(reader) };
}

/** Drops what is undefined, so that optional fields are absent. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
