import jsonata from 'jsonata';
import type { Json } from '../json';
import { registerFunctions } from './functions';

/** A JSON value whose strings `{% … %}` are JSONata, compiled once. */
export type Template =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'array'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [string, Template])[] };

/** What an expression can see: variables by name, without the dollar sign. */
export type Bindings = Readonly<Record<string, unknown>>;

/** Why the value of a field could not be had; the state adds its name and event. */
export class EvaluationError extends Error {
  constructor(readonly field: string | undefined, message: string) {
    super(message);
    this.name = 'EvaluationError';
  }
}

/** Only a string that starts with `{%` and ends with `%}` is an expression; with blanks around it, it is a literal. */
export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 4 && value.startsWith('{%') && value.endsWith('%}');
}

/** Compiled expressions hold nothing of an evaluation, and the same machine is deployed many times. */
const compiled = new Map<string, jsonata.Expression>();
/** Several machines' worth of them. */
const MOST_COMPILED = 10_000;

function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known) return known;
  const expression = jsonata(source);
  registerFunctions(expression);
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(source, expression);
  return expression;
}

export class Expression {
  readonly source: string;
  private readonly compiled: jsonata.Expression;

  /** Throws JSONata's own error when the syntax is wrong. */
  constructor(text: string) {
    this.source = text.slice(2, -2).trim();
    this.compiled = compile(this.source);
  }

  ast(): jsonata.ExprNode {
    return this.compiled.ast();
  }

  /** There is no input document: an expression sees its variables and nothing else. */
  async evaluate(bindings: Bindings, field: string): Promise<Json> {
    let result: unknown;
    try {
      result = await this.compiled.evaluate(undefined, bindings);
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      // with a JSONata code the sentence ends and the message follows, without one a colon joins them
      throw this.failed(field, `threw an error during evaluation${code ? `. ${code}` : ''}: ${message}`);
    }
    const value = plain(result);
    if (value === undefined) throw this.failed(field, 'returned nothing (undefined).');
    if (value === notJson) throw this.failed(field, 'returned a function, which is no JSON value.');
    return value;
  }

  failed(field: string, how: string): EvaluationError {
    return new EvaluationError(field, `The JSONata expression '${this.source}' specified for the field '${field}' ${how}`);
  }
}

export function compileTemplate(value: Json, compile: (text: string, path: string) => Template, path: string): Template {
  if (isExpression(value)) return compile(value, path);
  if (typeof value !== 'object' || value === null) return { kind: 'literal', value };
  if (Array.isArray(value)) {
    const items = value.map((item, index) => compileTemplate(item, compile, `${path}[${index}]`));
    return items.every(item => item.kind === 'literal') ? { kind: 'literal', value } : { kind: 'array', items };
  }
  const fields = Object.entries(value).map(([name, field]) => [name, compileTemplate(field, compile, `${path}/${name}`)] as const);
  return fields.every(([, field]) => field.kind === 'literal') ? { kind: 'literal', value } : { kind: 'object', fields };
}

/** Fills a template; `field` is its place in the state, as error texts name it: `Output/a/b[0]`. */
export async function evaluateTemplate(template: Template, bindings: Bindings, field: string): Promise<Json> {
  switch (template.kind) {
    case 'literal': return template.value;
    case 'expression': return template.expression.evaluate(bindings, field);
    case 'array': {
      const items: Json[] = [];
      for (const [index, item] of template.items.entries()) items.push(await evaluateTemplate(item, bindings, `${field}[${index}]`));
      return items;
    }
    case 'object': {
      const entries: [string, Json][] = [];
      for (const [name, value] of template.fields) entries.push([name, await evaluateTemplate(value, bindings, `${field}/${name}`)]);
      return Object.fromEntries(entries);
    }
  }
}

/** The expressions inside a template. */
export function expressionsOf(template: Template): Expression[] {
  switch (template.kind) {
    case 'literal': return [];
    case 'expression': return [template.expression];
    case 'array': return template.items.flatMap(expressionsOf);
    case 'object': return template.fields.flatMap(([, field]) => expressionsOf(field));
  }
}

/** The names that error texts have for types. */
export function typeName(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const notJson = Symbol('no JSON');

/** JSONata's arrays carry hidden markers and may hold functions; what leaves an expression is plain JSON. */
function plain(value: unknown): Json | undefined | typeof notJson {
  if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  // measured on AWS (floci-io/floci#2783): [1/0] is ["Infinity"]
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return notJson;
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value) {
      const converted = plain(item);
      if (converted === notJson) return notJson;
      items.push(converted ?? null);
    }
    return items;
  }
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) return notJson;
  const entries: [string, Json][] = [];
  for (const [name, field] of Object.entries(value)) {
    const converted = plain(field);
    if (converted === notJson) return notJson;
    if (converted !== undefined) entries.push([name, converted]);
  }
  return Object.fromEntries(entries);
}
