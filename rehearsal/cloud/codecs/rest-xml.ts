import type { NormalizedSchema } from '@smithy/core/schema';
import { fixedQueryNames, type Wire } from '../schemas';
import { AwsError } from '../service';
import { queryNames, readBindings, scalar } from './bindings';
import type { RestRequest } from './rest';
import { type Element, readXml } from './xml-reader';

/** The input of an operation: some members from path, query and headers, the rest from the XML body (Smithy, "AWS restXml protocol"). */
export function readRestXml(wire: Wire, schema: NormalizedSchema, request: RestRequest): object {
  if (schema.isUnitSchema()) return {};
  const { input, inBody } = readBindings(wire, schema, request);
  const known = [...queryNames(schema), ...fixedQueryNames(wire)];
  for (const name of new URLSearchParams(request.url.split('?')[1] ?? '').keys()) if (!known.includes(name)) throw unknown(name);
  if (request.body === '' || inBody.length === 0) return input;
  const members = new Map(inBody.map(([name, member]) => [(member.getMergedTraits() as { xmlName?: string }).xmlName ?? name, [name, member] as const]));
  return { ...input, ...structure(members, parse(request.body), '') };
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

function unknown(name: string): AwsError {
  return new AwsError('InvalidInput', `The parameter ${name} is not recognized`);
}
