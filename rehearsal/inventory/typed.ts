import { NormalizedSchema } from '@smithy/core/schema';
import type { Json } from '../json';

export type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

/**
 * What the AWS CLI printed, as the SDK would have given it: times become dates, and fields that the SDK of this rehearsal
 * does not know are left out and named. Throws where a value can not be what the field says.
 */
export function typed<T>(schema: SchemaRef, printed: Json, unknown: Set<string>): T {
  return convert(NormalizedSchema.of(schema), printed, '', unknown) as T;
}

/** The names that a structure's members have. */
export function memberNames(schema: SchemaRef): string[] {
  return [...NormalizedSchema.of(schema).structIterator()].map(([name]) => name);
}

function convert(schema: NormalizedSchema, value: Json, path: string, unknown: Set<string>): unknown {
  if (value === null) return undefined;
  if (schema.isStructSchema()) {
    if (typeof value !== 'object' || Array.isArray(value)) throw new TypeError(`${path || 'the document'} is not an object`);
    const members = new Map([...schema.structIterator()]);
    const struct: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(value)) {
      const of = members.get(name);
      if (!of) unknown.add(`${schema.getName()}.${name}`);
      else if (member !== null) struct[name] = convert(of, member, path ? `${path}.${name}` : name, unknown);
    }
    return struct;
  }
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw new TypeError(`${path} is not a list`);
    return value.map((item, index) => convert(schema.getValueSchema(), item, `${path}[${index}]`, unknown));
  }
  if (schema.isMapSchema()) {
    if (typeof value !== 'object' || Array.isArray(value)) throw new TypeError(`${path} is not an object`);
    return Object.fromEntries(Object.entries(value).map(([key, item]) =>
      [key, convert(schema.getValueSchema(), item, `${path}.${key}`, unknown)]));
  }
  if (schema.isTimestampSchema()) return date(value, path);
  return scalar(schema, value, path);
}

/** Version 1 of the AWS CLI prints some times as seconds since 1970, version 2 all of them as text. */
function date(value: Json, path: string): Date {
  const parsed = typeof value === 'number' ? new Date(value * 1000) : new Date(String(value));
  if (Number.isNaN(parsed.getTime())) throw new TypeError(`${path} is not a time: ${JSON.stringify(value)}`);
  return parsed;
}

function scalar(schema: NormalizedSchema, value: Json, path: string): Json {
  const expected = schema.isNumericSchema() ? 'number' : schema.isBooleanSchema() ? 'boolean' : 'string';
  if (typeof value !== expected) throw new TypeError(`${path} is not a ${expected}: ${JSON.stringify(value)}`);
  return value;
}
