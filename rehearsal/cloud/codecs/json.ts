import type { NormalizedSchema } from '@smithy/core/schema';
import type { Json } from '../../json';
import { AwsError } from '../service';

/** How a date is written: as seconds since 1970 on the wire, as ISO 8601 where people and state machines read it. */
export type DateStyle = 'seconds' | 'iso';

/** Writes a value of the SDK as JSON, by its schema. */
export function writeJson(schema: NormalizedSchema, value: unknown, dates: DateStyle = 'seconds'): Json {
  if (schema.isStructSchema()) {
    const record = value as Readonly<Record<string, unknown>>;
    const result: Record<string, Json> = {};
    for (const [name, member] of schema.structIterator()) {
      if (record[name] !== undefined && record[name] !== null) result[name] = writeJson(member, record[name], dates);
    }
    return result;
  }
  if (schema.isListSchema()) return (value as readonly unknown[]).map(each => writeJson(schema.getValueSchema(), each, dates));
  if (schema.isMapSchema()) {
    return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, writeJson(schema.getValueSchema(), each, dates)]));
  }
  if (schema.isTimestampSchema()) return dates === 'iso' ? (value as Date).toISOString() : (value as Date).getTime() / 1000;
  if (schema.isBlobSchema()) return Buffer.from(value as Uint8Array).toString('base64');
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value as Json;
}

/** Reads JSON by its schema; unknown members and wrong types are refused. Dates may be seconds or ISO 8601. */
export function readJson(schema: NormalizedSchema, json: Json, path = ''): unknown {
  if (schema.isDocumentSchema()) return json;
  if (schema.isStructSchema()) return readStructure(schema, json, path);
  if (schema.isListSchema()) {
    if (!Array.isArray(json)) throw wrongType(path, 'a list', json);
    return json.map((each, index) => readJson(schema.getValueSchema(), each, `${path}[${index}]`));
  }
  if (schema.isMapSchema()) {
    if (!isObject(json)) throw wrongType(path, 'a map', json);
    return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, readJson(schema.getValueSchema(), each, join(path, key))]));
  }
  return readScalar(schema, json, path);
}

function readStructure(schema: NormalizedSchema, json: Json, path: string): object {
  if (!isObject(json)) throw wrongType(path, 'a structure', json);
  const result: Record<string, unknown> = {};
  const unread = new Set(Object.keys(json));
  for (const [name, member] of schema.structIterator()) {
    const value = json[name];
    if (unread.delete(name) && value !== undefined && value !== null) result[name] = readJson(member, value, join(path, name));
  }
  for (const name of unread) {
    // AWS ignores what it does not know; here it is a mistake that must show
    throw new AwsError('ValidationException', `The parameter ${join(path, name)} is not recognized`);
  }
  return result;
}

function readScalar(schema: NormalizedSchema, json: Json, path: string): unknown {
  if (schema.isTimestampSchema()) {
    const date = new Date(typeof json === 'number' ? json * 1000 : typeof json === 'string' ? json : NaN);
    if (Number.isNaN(date.getTime())) throw wrongType(path, 'a timestamp', json);
    return date;
  }
  if (schema.isBlobSchema()) {
    if (typeof json !== 'string') throw wrongType(path, 'base64 text', json);
    return new Uint8Array(Buffer.from(json, 'base64'));
  }
  if (schema.isNumericSchema()) {
    if (typeof json === 'number') return json;
    if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json);
    throw wrongType(path, 'a number', json);
  }
  if (schema.isBooleanSchema() ? typeof json !== 'boolean' : schema.isStringSchema() && typeof json !== 'string') {
    throw wrongType(path, schema.isBooleanSchema() ? 'a boolean' : 'a string', json);
  }
  return json;
}

function wrongType(path: string, wanted: string, got: Json): AwsError {
  return new AwsError('SerializationException', `${path || 'the request'} must be ${wanted}, but is ${JSON.stringify(got)}`);
}

function isObject(json: Json): json is { [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}
