import type { NormalizedSchema } from '@smithy/core/schema';
import type { Wire } from '../schemas';
import { AwsError } from '../service';
import { type RestRequest, routeOf } from './rest';

/** Where Smithy's HTTP bindings put a member, by its traits. */
interface Traits {
  readonly httpLabel?: 1;
  readonly httpQuery?: string;
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpPayload?: 1;
}

type Members = readonly (readonly [name: string, member: NormalizedSchema])[];

export interface Bound {
  /** What stands outside of the body. */
  readonly input: Record<string, unknown>;
  /** The members that the body holds. */
  readonly inBody: Members;
}

const traitsOf = (member: NormalizedSchema): Traits => member.getMergedTraits() as Traits;

/** Reads the members of an input that stand in path, query and headers, and a body that is one member itself (Smithy, "HTTP bindings"). */
export function readBindings(wire: Wire, schema: NormalizedSchema, request: RestRequest): Bound {
  const labels = routeOf(wire, request)?.labels ?? {};
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  const input: Record<string, unknown> = {};
  const inBody: [string, NormalizedSchema][] = [];
  for (const [name, member] of schema.structIterator()) {
    const { httpLabel, httpQuery, httpHeader, httpPrefixHeaders, httpPayload } = traitsOf(member);
    if (httpPayload === 1) input[name] = payload(member, request);
    else if (httpPrefixHeaders !== undefined) input[name] = prefixed(httpPrefixHeaders, request);
    else if (httpLabel === 1 || httpQuery !== undefined || httpHeader !== undefined) {
      const text = httpLabel === 1 ? decodeURIComponent(labels[name] ?? '')
        : httpQuery !== undefined ? query.get(httpQuery)
          : request.headers[httpHeader!.toLowerCase()]?.toString() ?? null;
      if (text !== null) input[name] = scalar(member, text, name);
    } else inBody.push([name, member]);
  }
  return { input, inBody };
}

function payload(member: NormalizedSchema, { body, bytes }: RestRequest): unknown {
  if (member.isBlobSchema()) return new Uint8Array(bytes ?? Buffer.from(body));
  if (member.isStringSchema()) return body;
  throw new AwsError('NotEmulated', 'the rehearsal reads no structure that is a whole body', 501);
}

function prefixed(prefix: string, { headers }: RestRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), String(value)]));
}

/** The names of the query parameters that an operation knows. */
export function queryNames(schema: NormalizedSchema): string[] {
  return [...schema.structIterator()].flatMap(([, member]) => traitsOf(member).httpQuery ?? []);
}

/** A value that stands as text in path, query or header. */
export function scalar(schema: NormalizedSchema, text: string, path: string): unknown {
  if (schema.isBooleanSchema()) {
    if (text !== 'true' && text !== 'false') throw invalid(path, text);
    return text === 'true';
  }
  if (schema.isNumericSchema()) {
    const number = Number(text);
    if (text === '' || Number.isNaN(number)) throw invalid(path, text);
    return number;
  }
  if (schema.isTimestampSchema()) {
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) throw invalid(path, text);
    return date;
  }
  return schema.isBlobSchema() ? new Uint8Array(Buffer.from(text, 'base64')) : text;
}

export interface BoundOutput {
  readonly headers: Record<string, string>;
  /** The body, where one member is the whole of it. */
  readonly payload?: Uint8Array | string;
  /** The other members, for the body. */
  readonly rest: object;
}

/** Splits an output into what goes into headers and what is left for the body. */
export function writeBindings(schema: NormalizedSchema, output: object): BoundOutput {
  const record = output as Readonly<Record<string, unknown>>;
  const headers: Record<string, string> = {};
  const rest: Record<string, unknown> = {};
  let whole: Uint8Array | string | undefined;
  for (const [name, member] of schema.structIterator()) {
    const value = record[name];
    if (value === undefined || value === null) continue;
    const { httpHeader, httpPrefixHeaders, httpPayload } = traitsOf(member);
    if (httpPayload === 1) whole = value as Uint8Array | string;
    else if (httpHeader !== undefined) headers[httpHeader.toLowerCase()] = member.isTimestampSchema() ? (value as Date).toUTCString() : String(value);
    else if (httpPrefixHeaders !== undefined) for (const [key, text] of Object.entries(value as object)) headers[httpPrefixHeaders + key] = String(text);
    else rest[name] = value;
  }
  return { headers, rest, ...whole !== undefined && { payload: whole } };
}

function invalid(path: string, text: string): AwsError {
  return new AwsError('InvalidInput', `Value (${text}) for parameter ${path.replace(/\.$/, '')} is invalid.`);
}
