import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { operationSchemas, type Wire, wireOf } from '../../../rehearsal/cloud/schemas';

/** The folder of recorded answers of real AWS accounts; it is not part of the repository. */
export const recordingsDir = join(process.env.RECORDINGS_DIR ?? join(__dirname, '../../../../shared/recordings'), 'ec2');

export const haveRecordings = existsSync(recordingsDir);

export interface Recorded {
  /** Scenario and file. */
  readonly file: string;
  readonly wire: Wire;
  readonly operation: string;
  readonly status: number;
  readonly data: JsonObject;
}

// file names begin with the name of the service's endpoint
const services: Readonly<Record<string, string>> = {
  ec2: 'EC2', monitoring: 'CLOUDWATCH', ssm: 'SSM', states: 'SFN', dynamodb: 'DYNAMODB', iam: 'IAM', sns: 'SNS', sts: 'STS',
  servicequotas: 'SERVICE_QUOTAS', 'service-quotas': 'SERVICE_QUOTAS',
};

/** Reads `<scenario>/<service>.<operation>-<n>.json`, and tells which files are of services or operations without a codec here. */
export function readRecordings(): { ours: Recorded[]; others: string[] } {
  const ours: Recorded[] = [];
  const others: string[] = [];
  const files = readdirSync(recordingsDir, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.json')).sort();
  for (const name of files) {
    const [, prefix = '', kebab = ''] = /([\w-]+)\.([\w-]+?)(?:-\d+)?\.json$/.exec(name) ?? [];
    const service = services[prefix];
    const operation = service && operationNamed(wireOf(service), kebab);
    if (!operation) {
      others.push(name);
      continue;
    }
    const { status, data } = JSON.parse(readFileSync(join(recordingsDir, name), 'utf8')) as { status: number; data: JsonObject };
    ours.push({ file: name, wire: wireOf(service), operation, status, data });
  }
  return { ours, others };
}

/** `describe-instances` is DescribeInstances; the capitals of names such as `DescribeDBInstances` say the schemas. */
function operationNamed(wire: Wire, kebab: string): string | undefined {
  const flat = kebab.replaceAll('-', '');
  return Object.keys(wire.client).find(key => key.endsWith('$') && key.slice(0, -1).toLowerCase() === flat
    && operationSchemas(wire, key.slice(0, -1)))?.slice(0, -1);
}

/** What becomes of a recorded body on the way to the SDK's types. */
export interface Typed {
  readonly value: unknown;
  /** Members that the pinned SDK's schemas do not know, by their paths without indexes. */
  readonly unknown: string[];
  /** Values that were taken over. */
  leaves: number;
}

/** Turns a body as the AWS CLI prints it into the SDK's types. A null is an absent member: XML can not say more. */
export function typed(schema: NormalizedSchema, json: Json): Typed {
  const found: { unknown: string[]; leaves: number } = { unknown: [], leaves: 0 };
  const value = convert(schema, json, '', found);
  return { value, ...found };
}

function convert(schema: NormalizedSchema, json: Json, path: string, found: { unknown: string[]; leaves: number }): unknown {
  if (schema.isStructSchema()) {
    const members = new Map(schema.structIterator());
    const result: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(json as JsonObject)) {
      const member = members.get(name);
      const at = path ? `${path}.${name}` : name;
      if (!member) found.unknown.push(at);
      else if (value !== null) result[name] = convert(member, value, at, found);
    }
    return result;
  }
  if (schema.isListSchema()) return (json as Json[]).map(each => convert(schema.getValueSchema(), each, path, found));
  if (schema.isMapSchema()) {
    return Object.fromEntries(Object.entries(json as JsonObject).map(([key, each]) => [key, convert(schema.getValueSchema(), each, path, found)]));
  }
  found.leaves++;
  // recordings were trimmed and scrubbed by hand: an account id may be a number there, a size a text
  if (schema.isStringSchema() && typeof json !== 'string') return typeof json === 'object' ? JSON.stringify(json) : String(json);
  if (schema.isNumericSchema() && typeof json === 'string') return Number(json);
  if (schema.isBooleanSchema() && typeof json === 'string') return json === 'true';
  if (schema.isTimestampSchema()) return new Date(typeof json === 'number' ? json * 1000 : json as string);
  return schema.isBlobSchema() ? new Uint8Array(Buffer.from(json as string, 'base64')) : json;
}
