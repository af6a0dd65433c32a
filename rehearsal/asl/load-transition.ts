import type { Transition } from './definition';
import type { Reader } from './reader';
import { isObject } from './reader';

/** `Next`, `Output` and `Assign` of a state, a Choice rule or a catcher. */
export function readTransition(reader: Reader, inCatcher = false, nextField = 'Next'): Transition {
  const next = reader.string(nextField);
  const output = reader.template('Output', inCatcher);
  return {
    ...(next === undefined ? {} : { next }),
    ...(output === undefined ? {} : { output }),
    ...readAssign(reader, inCatcher),
  };
}

/** A Unicode identifier of at most 80 characters (States Language, "Variables"). */
const variableName = /^[\p{ID_Start}_][\p{ID_Continue}\u200C\u200D]{0,79}$/u;

function readAssign(reader: Reader, inCatcher: boolean): Pick<Transition, 'assign'> {
  const value = reader.value.Assign;
  if (value === undefined) return {};
  if (!isObject(value)) {
    reader.problem('Expected an object of variables', 'Assign');
    return {};
  }
  for (const name of Object.keys(value)) {
    if (name === 'states') reader.problem("The variable name 'states' is reserved", 'Assign');
    else if (!variableName.test(name)) reader.problem(`'${name}' is no variable name: a Unicode identifier of at most 80 characters`, 'Assign');
  }
  return { assign: reader.template('Assign', inCatcher) };
}
