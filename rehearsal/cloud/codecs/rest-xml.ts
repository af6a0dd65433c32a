import type { NormalizedSchema } from '@smithy/core/schema';
import type { Wire } from '../schemas';
import { AwsError } from '../service';
import { type RestRequest, routeOf } from './rest';
import { type Element, readXml } from './xml-reader';

/** The input of an operation: labels from the path, some members from the query, the rest from the XML body (Smithy, "AWS restXml protocol"). */
export function readRestXml(wire: Wire, schema: NormalizedSchema, request: RestRequest): object {
  if (schema.isUnitSchema()) return {};
  const labels = routeOf(wire, request)?.labels ?? {};
  const query = new URLSearchParams(request.url.split('?')[1] ?? '');
  const input: Record<string, unknown> = {};
  const inBody = new Map<string, [name: string, member: NormalizedSchema]>();
  for (const [name, member] of schema.structIterator()) {
    const { httpQuery, httpLabel, xmlName } = member.getMergedTraits() as { httpQuery?: string; httpLabel?: 1; xmlName?: string };
    const text = httpLabel === 1 ? decodeURIComponent(labels[name] ?? '') : httpQuery === undefined ? null : query.get(httpQuery);
    if (text !== null) input[name] = scalar(member, text, name);
    else if (httpQuery === undefined) inBody.set(xmlName ?? name, [name, member]);
  }
  const known = [...schema.structIterator()].flatMap(([, member]) => (member.getMergedTraits() as { httpQuery?: string }).httpQuery ?? []);
  for (const name of query.keys()) if (!known.includes(name)) throw unknown(name);
  return request.body === '' ? input : { ...input, ...structure(inBody, parse(request.body), '') };
}

function parse(body: string): Element {
  try {
    return readXml(body);
  } catch (error) {
    throw new AwsError('InvalidInput', `Invalid XML ; ${(error as Error).message}`);
  }
}

function structure(members: ReadonlyMap<string, readonly [string, NormalizedSchema]>, { children }: Element, path: string): object {
  const result: Record<string, unknown> = {};
  for (const child of children) {
    const member = members.get(child.name);
    if (!member) throw unknown(path + child.name);
    result[member[0]] = read(member[1], child, `${path}${child.name}.`);
  }
  return result;
}

function read(schema: NormalizedSchema, element: Element, path: string): unknown {
  if (schema.isStructSchema()) {
    const members = [...schema.structIterator()].map(([name, member]): [string, [string, NormalizedSchema]] =>
      [(member.getMergedTraits() as { xmlName?: string }).xmlName ?? name, [name, member]]);
    return structure(new Map(members), element, path);
  }
  if (schema.isListSchema()) {
    const entry = schema.getValueSchema();
    const name = entry.getMergedTraits().xmlName ?? 'member';
    return element.children.map(child => {
      if (child.name !== name) throw unknown(path + child.name);
      return read(entry, child, `${path}${name}.`);
    });
  }
  if (schema.isMapSchema()) throw new AwsError('NotEmulated', `the rehearsal reads no maps in XML: ${path}`, 501);
  const [child] = element.children;
  if (child) throw unknown(path + child.name);
  return scalar(schema, element.text, path);
}

function scalar(schema: NormalizedSchema, text: string, path: string): unknown {
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

function unknown(name: string): AwsError {
  return new AwsError('InvalidInput', `The parameter ${name} is not recognized`);
}

function invalid(path: string, text: string): AwsError {
  return new AwsError('InvalidInput', `Value (${text}) for parameter ${path.replace(/\.$/, '')} is invalid.`);
}
