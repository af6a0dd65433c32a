import type { NormalizedSchema } from '@smithy/core/schema';

/** Writes what is inside an answer's element, by the schema of the operation's output. Absent members are left out. */
export function writeXml(schema: NormalizedSchema, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (schema.isStructSchema()) {
    const record = value as Readonly<Record<string, unknown>>;
    let xml = '';
    for (const [name, member] of schema.structIterator()) {
      if (record[name] === undefined || record[name] === null) continue;
      const { xmlName = name, xmlFlattened } = member.getMemberTraits() as { xmlName?: string; xmlFlattened?: 1 };
      // a flattened list has no element of its own: each entry stands under the member's name
      if (xmlFlattened === 1) xml += (record[name] as readonly unknown[]).map(each => element(xmlName, writeXml(member.getValueSchema(), each))).join('');
      else xml += element(xmlName, writeXml(member, record[name]));
    }
    return xml;
  }
  if (schema.isListSchema()) {
    const entry = schema.getValueSchema();
    const name = entry.getMergedTraits().xmlName ?? 'member';
    return (value as readonly unknown[]).map(each => element(name, writeXml(entry, each))).join('');
  }
  if (schema.isMapSchema()) {
    const key = schema.getKeySchema();
    const entry = schema.getValueSchema();
    return Object.entries(value as object).map(([name, each]) => element('entry',
      element(key.getMergedTraits().xmlName ?? 'key', escapeXml(name))
      + element(entry.getMergedTraits().xmlName ?? 'value', writeXml(entry, each)))).join('');
  }
  if (schema.isTimestampSchema()) return (value as Date).toISOString();
  if (schema.isBlobSchema()) return Buffer.from(value as Uint8Array).toString('base64');
  return escapeXml(String(value));
}

export function element(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

/** Text as XML holds it; a carriage return would otherwise come back as a line feed. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, character => escapes[character]!);
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' };
