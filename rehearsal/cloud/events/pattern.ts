import type { Json, JsonObject } from '../../json';

/** An event pattern that EventBridge would not take, or that the rehearsal does not know. */
export class InvalidEventPattern extends Error {
  override readonly name = 'InvalidEventPatternException';
}

type Test = (value: Json) => boolean;

/**
 * Makes a predicate of an event pattern (EventBridge user guide, "Comparison operators for use in event patterns"). What
 * the rehearsal does not know is refused when the rule is made, not left unmatched.
 */
export function eventPattern(pattern: Json): (event: Json) => boolean {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) throw new InvalidEventPattern('an event pattern must be an object with fields');
  return objectPattern(pattern, '$');
}

function objectPattern(pattern: JsonObject, path: string): (event: Json) => boolean {
  const fields = Object.entries(pattern).map(([name, value]) => {
    if (name === '$or') {
      if (!Array.isArray(value)) throw new InvalidEventPattern(`${path}.$or must be a list`);
      const choices = value.map(each => {
        if (!isObject(each)) throw new InvalidEventPattern(`${path}.$or must list objects`);
        return objectPattern(each, path);
      });
      return (event: JsonObject) => choices.some(choice => choice(event));
    }
    if (Array.isArray(value)) {
      const tests = fieldTests(value, `${path}.${name}`);
      return (event: JsonObject) => tests(event[name]);
    }
    if (!isObject(value)) throw new InvalidEventPattern(`${path}.${name} must be a list of values or an object`);
    const nested = objectPattern(value, `${path}.${name}`);
    return (event: JsonObject) => nested(event[name] ?? {});
  });
  // where an event holds a list of objects, one of them has to match
  return event => (Array.isArray(event) ? event.some(each => isObject(each) && fields.every(field => field(each)))
    : isObject(event) && fields.every(field => field(event)));
}

/** A list in a pattern: one of its entries has to match the value, or one of the values where the event holds a list. */
function fieldTests(entries: readonly Json[], path: string): (value: Json | undefined) => boolean {
  if (entries.length === 0) throw new InvalidEventPattern(`${path} must not be empty`);
  const matchers = entries.map(entry => {
    if (isObject(entry) && 'exists' in entry) {
      if (typeof entry.exists !== 'boolean') throw new InvalidEventPattern(`${path}: exists must be true or false`);
      return (value: Json | undefined) => (value !== undefined) === entry.exists;
    }
    const test = valueTest(entry, path);
    return (value: Json | undefined) => value !== undefined && (Array.isArray(value) ? value.some(test) : test(value));
  });
  return value => matchers.some(matches => matches(value));
}

function valueTest(entry: Json, path: string): Test {
  if (!isObject(entry)) return value => value === entry;
  const [operator, ...others] = Object.keys(entry);
  if (operator === undefined || others.length > 0) throw new InvalidEventPattern(`${path} must hold one operator each`);
  const operand = entry[operator]!;
  switch (operator) {
    case 'prefix': case 'suffix': return textTest(operator, operand, path);
    case 'equals-ignore-case': case 'wildcard': return textTest(operator, operand, path);
    case 'anything-but': return anythingBut(operand, path);
    case 'numeric': return numeric(operand, path);
    default: throw new InvalidEventPattern(`${path}: the rehearsal does not know the operator ${operator}`);
  }
}

function textTest(operator: 'prefix' | 'suffix' | 'equals-ignore-case' | 'wildcard', operand: Json, path: string): Test {
  const ignoreCase = isObject(operand) && (operator === 'prefix' || operator === 'suffix');
  const text = ignoreCase ? operand['equals-ignore-case'] : operand;
  if (typeof text !== 'string') throw new InvalidEventPattern(`${path}: ${operator} needs a string`);
  const fold = ignoreCase || operator === 'equals-ignore-case' ? (value: string) => value.toLowerCase() : (value: string) => value;
  const wanted = fold(text);
  const wild = operator === 'wildcard' ? new RegExp(`^${text.split('*').map(escapeRegExp).join('[^]*')}$`) : undefined;
  return value => {
    if (typeof value !== 'string') return false;
    if (wild) return wild.test(value);
    if (operator === 'prefix') return fold(value).startsWith(wanted);
    return operator === 'suffix' ? fold(value).endsWith(wanted) : fold(value) === wanted;
  };
}

function anythingBut(operand: Json, path: string): Test {
  if (isObject(operand)) {
    // {"anything-but": {"prefix": "a"}} or a list of prefixes
    const [operator] = Object.keys(operand);
    const texts = operand[operator ?? ''];
    const tests = (Array.isArray(texts) ? texts : [texts ?? null]).map(text => valueTest({ [operator ?? '']: text }, path));
    return value => !tests.some(test => test(value));
  }
  const values = Array.isArray(operand) ? operand : [operand];
  return value => !values.includes(value);
}

/** `["numeric", [">", 0, "<=", 5]]`: all of the comparisons hold. */
function numeric(operand: Json, path: string): Test {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) {
    throw new InvalidEventPattern(`${path}: numeric needs pairs of a comparison and a number`);
  }
  const comparisons: [string, number][] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const [operator, number] = [operand[index], operand[index + 1]];
    if (typeof operator !== 'string' || !['<', '<=', '=', '>=', '>'].includes(operator) || typeof number !== 'number') {
      throw new InvalidEventPattern(`${path}: numeric does not know ${JSON.stringify(operator)} ${JSON.stringify(number)}`);
    }
    comparisons.push([operator, number]);
  }
  return value => typeof value === 'number' && comparisons.every(([operator, number]) => {
    switch (operator) {
      case '<': return value < number;
      case '<=': return value <= number;
      case '>=': return value >= number;
      case '>': return value > number;
      default: return value === number;
    }
  });
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
