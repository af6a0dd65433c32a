import type { NormalizedSchema } from '@smithy/core/schema';
import type { Json } from '../../json';
import { httpOperations, type Wire } from '../schemas';
import { AwsError } from '../service';
import { readJson } from './json';

/** A request of a REST service: method and path say which operation is meant, and hold a part of its input. */
export interface RestRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
}

interface Route {
  readonly operation: string;
  /** The texts that stand in the path in the place of `{Name}`, still encoded. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The operation whose method and path template a request fits. */
export function routeOf(wire: Wire, { method, url }: RestRequest): Route | undefined {
  const path = url.split('?')[0]!.split('/');
  for (const { operation, method: wanted, path: template } of httpOperations(wire)) {
    const parts = template.split('/');
    if (wanted !== method || parts.length !== path.length) continue;
    const labels: Record<string, string> = {};
    const fits = parts.every((part, index) => {
      const label = /^\{(\w+)\}$/.exec(part)?.[1];
      if (label === undefined) return part === path[index];
      labels[label] = path[index]!;
      return path[index] !== '';
    });
    if (fits) return { operation, labels };
  }
  return undefined;
}

/** The input of an operation: labels from the path, some members from the query, the rest from the body (Smithy, "HTTP bindings"). */
export function readRest(wire: Wire, schema: NormalizedSchema, request: RestRequest): object {
  if (schema.isUnitSchema()) return {};
  const labels = routeOf(wire, request)?.labels ?? {};
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  const json = parse(request.body);
  for (const [name, member] of schema.structIterator()) {
    const { httpQuery } = member.getMergedTraits() as { httpQuery?: string };
    const text = labels[name] !== undefined ? decodeURIComponent(labels[name]) : httpQuery === undefined ? null : query.get(httpQuery);
    if (text !== null) json[name] = member.isNumericSchema() ? Number(text) : text;
  }
  return readJson(schema, json) as object;
}

function parse(body: string): Record<string, Json> {
  if (body === '') return {};
  try {
    return JSON.parse(body) as Record<string, Json>;
  } catch {
    throw new AwsError('SerializationException', 'the body of the request is not JSON');
  }
}
