import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../service';

/** The two families of form encoded requests: EC2's own, and the one of IAM, STS and SNS. */
export type QueryDialect = 'ec2' | 'query';

/** A parameter, or a part of one: `Filter.1.Name` is three nodes deep. */
interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

/**
 * Reads a form (`Filter.1.Name=…`) by the schema of the operation's input. EC2 flattens lists (`Filter.1`); the older
 * protocol names their members (`Tags.member.1`). What the schema does not know is refused, where AWS would often ignore it.
 */
export function readQuery(dialect: QueryDialect, schema: NormalizedSchema, form: URLSearchParams): object {
  const root: Node = { children: new Map() };
  for (const [name, value] of form) {
    if (name === 'Action' || name === 'Version') continue;
    insert(root, name, value);
  }
  return readStructure(dialect, schema, root, '');
}

function insert(root: Node, name: string, value: string): void {
  let node = root;
  for (const part of name.split('.')) {
    let child = node.children.get(part);
    if (!child) node.children.set(part, child = { children: new Map() });
    node = child;
  }
  node.value = value;
}

function read(dialect: QueryDialect, schema: NormalizedSchema, node: Node, path: string): unknown {
  if (schema.isStructSchema()) return readStructure(dialect, schema, node, path);
  if (schema.isListSchema()) return readList(dialect, schema, node, path);
  if (schema.isMapSchema()) return readMap(dialect, schema, node, path);
  for (const key of node.children.keys()) throw unknown(dialect, `${path}.${key}`);
  return readScalar(schema, node.value ?? '', path);
}

function readStructure(dialect: QueryDialect, schema: NormalizedSchema, node: Node, path: string): object {
  const members = membersOf(dialect, schema);
  const result: Record<string, unknown> = {};
  for (const [key, child] of node.children) {
    const member = members.get(key);
    if (!member) throw unknown(dialect, path + key);
    result[member.name] = read(dialect, member.schema, child, `${path}${key}.`);
  }
  return result;
}

function readList(dialect: QueryDialect, schema: NormalizedSchema, node: Node, path: string): unknown[] {
  const value = schema.getValueSchema();
  const entries = dialect === 'ec2' ? node : node.children.get(value.getMergedTraits().xmlName ?? 'member');
  // an empty list is written `Tags=`
  if (!entries) return [];
  return inOrder(entries, path).map(([index, child]) => read(dialect, value, child, `${path}${index}.`));
}

function readMap(dialect: QueryDialect, schema: NormalizedSchema, node: Node, path: string): object {
  const entries = node.children.get('entry');
  if (!entries) return {};
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const value = schema.getValueSchema();
  const valueName = value.getMergedTraits().xmlName ?? 'value';
  return Object.fromEntries(inOrder(entries, path).map(([index, { children }]) => {
    const key = children.get(keyName)?.value;
    const child = children.get(valueName);
    if (key === undefined || !child) throw new AwsError('MalformedQueryString', `${path}entry.${index} is not an entry of a map`);
    return [key, read(dialect, value, child, `${path}entry.${index}.${valueName}.`)];
  }));
}

function inOrder(node: Node, path: string): [number, Node][] {
  return [...node.children].map(([key, child]): [number, Node] => {
    if (!/^[1-9]\d*$/.test(key)) throw new AwsError('MalformedQueryString', `${path}${key} is not the number of a list's entry`);
    return [Number(key), child];
  }).sort(([a], [b]) => a - b);
}

function readScalar(schema: NormalizedSchema, text: string, path: string): unknown {
  const name = path.replace(/\.$/, '');
  if (schema.isBooleanSchema()) {
    if (text !== 'true' && text !== 'false') throw invalid(name, text);
    return text === 'true';
  }
  if (schema.isNumericSchema()) {
    const number = Number(text);
    if (text === '' || Number.isNaN(number)) throw invalid(name, text);
    return number;
  }
  if (schema.isTimestampSchema()) {
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) throw invalid(name, text);
    return date;
  }
  return schema.isBlobSchema() ? new Uint8Array(Buffer.from(text, 'base64')) : text;
}

interface Member {
  readonly name: string;
  readonly schema: NormalizedSchema;
}

const memberCaches = { ec2: new WeakMap<object, Map<string, Member>>(), query: new WeakMap<object, Map<string, Member>>() };

/** The members of a structure by the names that requests give them. */
function membersOf(dialect: QueryDialect, schema: NormalizedSchema): Map<string, Member> {
  const cache = memberCaches[dialect];
  const definition = schema.getSchema();
  if (typeof definition !== 'object') return new Map();
  let members = cache.get(definition);
  if (!members) {
    members = new Map();
    for (const [name, member] of schema.structIterator()) members.set(queryName(dialect, name, member), { name, schema: member });
    cache.set(definition, members);
  }
  return members;
}

/** How a request names a member. EC2: its own query name, else the capitalised XML name; others: XML name or member name. */
function queryName(dialect: QueryDialect, name: string, member: NormalizedSchema): string {
  const { ec2QueryName, xmlName } = member.getMergedTraits() as { ec2QueryName?: string; xmlName?: string };
  const key = xmlName ?? name;
  if (dialect === 'query') return key;
  return ec2QueryName ?? key.charAt(0).toUpperCase() + key.slice(1);
}

function unknown(dialect: QueryDialect, name: string): AwsError {
  return new AwsError(dialect === 'ec2' ? 'UnknownParameter' : 'ValidationError', `The parameter ${name} is not recognized`);
}

function invalid(name: string, text: string): AwsError {
  return new AwsError('InvalidParameterValue', `Value (${text}) for parameter ${name} is invalid.`);
}
