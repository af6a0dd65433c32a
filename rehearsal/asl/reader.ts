import type { Json, JsonObject } from '../json';
import { compileTemplate, Expression, isExpression, type Template } from './expression';
import type { Problems } from './problems';
import { referencesOf } from './references';

/** The fields that JSONPath states have and JSONata states have not. */
const jsonPathFields = [
  'InputPath', 'OutputPath', 'ResultPath', 'ResultSelector', 'Parameters', 'Result', 'ItemsPath', 'TimeoutSecondsPath', 'HeartbeatSecondsPath',
  'SecondsPath', 'TimestampPath', 'ErrorPath', 'CausePath', 'MaxConcurrencyPath', 'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath', 'MaxItemsPerBatchPath', 'MaxInputBytesPerBatchPath', 'Variable', 'Iterator',
];

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface NumberRule {
  readonly min: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** Reads one object of a definition and notes all that is wrong with it. */
export class Reader {
  constructor(readonly value: JsonObject, readonly path: string, readonly problems: Problems) {}

  has(name: string): boolean {
    return Object.hasOwn(this.value, name);
  }

  problem(message: string, field?: string): void {
    this.problems.add(field === undefined ? this.path || '/' : `${this.path}/${field}`, message);
  }

  /** Every field must be known; what is unknown would silently not happen. */
  only(...names: string[]): void {
    for (const name of Object.keys(this.value)) {
      if (names.includes(name)) continue;
      this.problem(jsonPathFields.includes(name)
        ? `The QueryLanguage is set to 'JSONata', but field '${name}' is only supported for the 'JSONPath' QueryLanguage`
        : `Field '${name}' is not supported`);
    }
  }

  require(name: string): boolean {
    if (this.has(name)) return true;
    this.problem(`The field '${name}' is required but was missing`);
    return false;
  }

  string(name: string): string | undefined {
    const value = this.value[name];
    if (value === undefined || typeof value === 'string') return value;
    this.problem('Expected a string', name);
    return undefined;
  }

  oneOf(name: string, values: readonly string[]): string | undefined {
    const value = this.string(name);
    if (value === undefined || values.includes(value)) return value;
    this.problem(`Value must be one of ${values.join(', ')}, but was '${value}'`, name);
    return undefined;
  }

  number(name: string, rule: NumberRule): number | undefined {
    const value = this.value[name];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && (rule.integer === false || Number.isInteger(value)) && value >= rule.min && value <= (rule.max ?? Infinity)) {
      return value;
    }
    const kind = rule.integer === false ? 'a number' : 'an integer';
    this.problem(`Expected ${kind} of at least ${rule.min}${rule.max === undefined ? '' : ` and at most ${rule.max}`}`, name);
    return undefined;
  }

  numberOrExpression(name: string, rule: NumberRule): Template | undefined {
    if (isExpression(this.value[name])) return this.template(name);
    const value = this.number(name, rule);
    return value === undefined ? undefined : { kind: 'literal', value };
  }

  object(name: string): Reader | undefined {
    const value = this.value[name];
    if (value === undefined) return undefined;
    if (isObject(value)) return new Reader(value, `${this.path}/${name}`, this.problems);
    this.problem('Expected an object', name);
    return undefined;
  }

  /** The objects of an array. */
  objects(name: string): Reader[] {
    const value = this.value[name];
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.problem('Expected an array', name);
      return [];
    }
    return value.flatMap((item, index) => {
      if (isObject(item)) return [new Reader(item, `${this.path}/${name}[${index}]`, this.problems)];
      this.problem('Expected an object', `${name}[${index}]`);
      return [];
    });
  }

  /** A value that may hold expressions at any depth. */
  template(name: string, inCatcher = false): Template | undefined {
    const value: Json | undefined = this.value[name];
    if (value === undefined) return undefined;
    return compileTemplate(value, (text, path) => this.expression(text, path, inCatcher), `${this.path}/${name}`);
  }

  private expression(text: string, path: string, inCatcher: boolean): Template {
    let expression: Expression;
    try {
      expression = new Expression(text);
    } catch (error) {
      this.problems.add(path, (error as Error).message, 'INVALID_JSONATA_EXPRESSION');
      return { kind: 'literal', value: null };
    }
    // AWS refuses these when the machine is created (measured by users of the service)
    const { contextual, states } = referencesOf(expression);
    const unsupported = [...contextual, ...states.filter(name => name === 'errorOutput' && !inCatcher).map(name => `$states.${name}`)];
    for (const name of unsupported) {
      this.problems.add(path, `Reference to '${name}' ${name.startsWith('$states') ? 'in this field' : 'at the top level'} is not supported.`,
        'UNSUPPORTED_JSONATA_EXPRESSION');
    }
    return { kind: 'expression', expression };
  }
}
