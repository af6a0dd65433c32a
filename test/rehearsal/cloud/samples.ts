import type { NormalizedSchema } from '@smithy/core/schema';

/** Text with everything that XML, forms and JSON have to escape. */
const text = 'a&b <c> "d" \'e\' ü + % = \\ ; \u{1F600}';

/** A value with every member of a schema, lists of two; structures within themselves are left out. */
export function sample(schema: NormalizedSchema, within: readonly unknown[] = []): unknown {
  const definition = schema.getSchema();
  if (within.includes(definition)) return undefined;
  const deeper = typeof definition === 'object' ? [...within, definition] : within;
  if (schema.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const value = sample(member, deeper);
      if (value !== undefined) result[name] = value;
      // a union has one member
      if (schema.isUnionSchema() && value !== undefined) break;
    }
    return result;
  }
  if (schema.isListSchema()) {
    const value = sample(schema.getValueSchema(), deeper);
    return value === undefined ? undefined : [value, value];
  }
  if (schema.isMapSchema()) {
    const value = sample(schema.getValueSchema(), deeper);
    return value === undefined ? undefined : { one: value, 'two & three': value };
  }
  if (schema.isTimestampSchema()) return new Date('2026-03-04T05:06:07.000Z');
  if (schema.isBlobSchema()) return new Uint8Array([0, 1, 254, 255]);
  if (schema.isBooleanSchema()) return true;
  return schema.isNumericSchema() ? 42 : text;
}
