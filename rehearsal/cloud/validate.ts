import type { NormalizedSchema } from '@smithy/core/schema';
import { requiredMembers, type Wire } from './schemas';
import { AwsError } from './service';

/** Refuses input with members that the operation's schema does not know, or without those that it requires. */
export function validate(wire: Wire, schema: NormalizedSchema, input: unknown, path = ''): void {
  if (input === undefined || input === null) return;
  if (schema.isStructSchema()) {
    const record = input as Readonly<Record<string, unknown>>;
    for (const name of requiredMembers(schema)) {
      if (record[name] === undefined || record[name] === null) throw missing(wire, path + name);
    }
    const unknown = new Set(Object.keys(record));
    for (const [name, member] of schema.structIterator()) {
      if (unknown.delete(name)) validate(wire, member, record[name], `${path}${name}.`);
    }
    for (const name of unknown) {
      throw new AwsError(wire.protocol === 'ec2' ? 'UnknownParameter' : invalidIn(wire),
        `The parameter ${path}${name} is not recognized`);
    }
  } else if (schema.isListSchema()) {
    if (!Array.isArray(input)) throw wrongType(wire, path);
    input.forEach((each, index) => validate(wire, schema.getValueSchema(), each, `${path}${index + 1}.`));
  } else if (schema.isMapSchema()) {
    for (const [key, each] of Object.entries(input)) validate(wire, schema.getValueSchema(), each, `${path}${key}.`);
  } else if (schema.isStringSchema() && typeof input !== 'string' || schema.isBooleanSchema() && typeof input !== 'boolean') {
    throw wrongType(wire, path);
  }
}

function missing(wire: Wire, name: string): AwsError {
  if (wire.protocol === 'ec2') return new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
  return new AwsError(invalidIn(wire),
    `1 validation error detected: Value null at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: `
    + 'Member must not be null');
}

/** What a service calls input that is not as its model wants it. */
function invalidIn({ protocol }: Wire): string {
  return protocol === 'query' ? 'ValidationError' : protocol === 'rest-xml' ? 'InvalidInput' : 'ValidationException';
}

function wrongType({ protocol }: Wire, path: string): AwsError {
  const name = path.replace(/\.$/, '');
  return protocol === 'json'
    ? new AwsError('SerializationException', `${name} has the wrong type`)
    : new AwsError('InvalidParameterValue', `The value for parameter ${name} has the wrong type`);
}
