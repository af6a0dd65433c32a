import type { NormalizedSchema } from '@smithy/core/schema';
import type { Json } from '../../json';
import { httpOperations, type Wire } from '../schemas';
import { AwsError } from '../service';
import { readBindings } from './bindings';
import { readJson } from './json';

/** A request of a REST service: method and path say which operation is meant, and hold a part of its input. */
export interface RestRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The body as it came, where it may be anything but text. */
  readonly bytes?: Uint8Array;
}

interface Route {
  readonly operation: string;
  /** The texts that stand in the path in the place of `{Name}`, still encoded. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The operation whose method, path template and fixed query parameters a request fits; of several the one that fixes most. */
export function routeOf(wire: Wire, { method, url }: Pick<RestRequest, 'method' | 'url'>): Route | undefined {
  const [whole, queryText = ''] = url.split('?') as [string, string?];
  const query = new URLSearchParams(queryText);
  // the bucket is the first part of the path, though the model has it in the host's name
  const bucket = wire.bucketInPath ? whole.split('/')[1] ?? '' : undefined;
  const path = (bucket === undefined ? whole : `/${whole.split('/').slice(2).join('/')}`).split('/');
  const found = httpOperations(wire).flatMap(({ operation, method: wanted, path: template }) => {
    const [templatePath, templateQuery = ''] = template.split('?') as [string, string?];
    const fixed = [...new URLSearchParams(templateQuery)];
    const labels = wanted === method && fixed.every(([name, value]) => query.get(name) === value) ? labelsIn(templatePath.split('/'), path) : undefined;
    return labels ? [{ operation, labels: bucket === undefined ? labels : { ...labels, Bucket: bucket }, fixed: fixed.length }] : [];
  });
  return found.sort((a, b) => b.fixed - a.fixed)[0];
}

/** The texts in the place of a template's labels, or undefined where the path is another. `{Key+}` stands for the rest of the path. */
function labelsIn(template: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const [, label, greedy] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
    const text = greedy ? path.slice(index).join('/') : path[index];
    if (label === undefined ? part !== text : !text) return undefined;
    if (label !== undefined) labels[label] = text!;
    if (greedy) return labels;
  }
  return template.length === path.length ? labels : undefined;
}

/** The input of an operation: some members from path, query and headers, the rest from the body. */
export function readRest(wire: Wire, schema: NormalizedSchema, request: RestRequest): object {
  if (schema.isUnitSchema()) return {};
  const { input, inBody } = readBindings(wire, schema, request);
  if (inBody.length === 0) return input;
  return { ...readJson(schema, parse(request.body)) as object, ...input };
}

function parse(body: string): Record<string, Json> {
  if (body === '') return {};
  try {
    return JSON.parse(body) as Record<string, Json>;
  } catch {
    throw new AwsError('SerializationException', 'the body of the request is not JSON');
  }
}
