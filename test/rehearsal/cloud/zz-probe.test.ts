import type { NormalizedSchema } from '@smithy/core/schema';
import { operationSchemas, wireOf } from '../../../rehearsal/cloud/schemas';
import { connect, Echo } from './clients';
import { isDeepStrictEqual, inspect } from 'node:util';
import { writeFileSync, appendFileSync } from 'node:fs';
const out = '/tmp/probe/codec.txt'; writeFileSync(out, '');
let n = 0;
const texts = ['x', '', ' lead and trail ', 'a&b<c>"d\'', 'line\nfeed', 'cr\r\nlf', 'ünïcødé 😀', '123', '007', 'true', 'i-1234abcd', '1e5', '\ttab', ']]>', '&amp;', '<!-- x -->', '0x1f', '+1', 'null', '12345678901234567890'];
const dates = [new Date(0), new Date('2016-02-29T23:59:59.000Z'), new Date('2021-07-01T12:00:00.123Z'), new Date('2015-01-01T00:00:00.000Z')];
const numbers = [0, -1, 1, 65535, 2147483647, 1.5, 0.1, 1e-7, 9007199254740991];
function gen(s: NormalizedSchema, depth: number, seen: string[], list: 'full'|'empty'): unknown {
  n++;
  if (s.isDocumentSchema()) return undefined;
  if (s.isStructSchema()) {
    const name = s.getName() ?? '';
    if (seen.filter(x => x === name).length > 1 || depth > 9) return undefined;
    const o: any = {};
    const members = [...s.structIterator()];
    const union = (s.getSchema() as any)[0] === 4;
    for (const [k, m] of union ? [members[n % members.length]!] : members) { const v = gen(m, depth + 1, [...seen, name], list); if (v !== undefined) o[k] = v; }
    return o;
  }
  if (s.isListSchema()) { if (list === 'empty') return []; const v = [0, 1, 2].map(() => gen(s.getValueSchema(), depth + 1, seen, list)).filter(x => x !== undefined); return v; }
  if (s.isMapSchema()) { const a = gen(s.getValueSchema(), depth + 1, seen, list); return a === undefined ? {} : { 'k &1': a, 'K': gen(s.getValueSchema(), depth + 1, seen, list) }; }
  if (s.isTimestampSchema()) return dates[n % dates.length];
  if (s.isBlobSchema()) return new Uint8Array([n % 256, 0, 255]);
  if (s.isBooleanSchema()) return n % 2 === 0;
  if (s.isNumericSchema()) { const v = numbers[n % numbers.length]!; const raw = s.getSchema() as any; return v; }
  return texts[n % texts.length];
}
test('outputs', async () => {
  const account = new Echo(); const c = await connect({}, account);
  let ok = 0; const bad: string[] = [];
  for (const id of ['EC2', 'IAM', 'STS', 'SNS', 'SSM', 'DYNAMODB', 'SFN', 'SERVICE_QUOTAS', 'CLOUDWATCH']) {
    const wire = wireOf(id);
    for (const key of Object.keys(wire.client).filter(k => k.endsWith('$')).map(k => k.slice(0, -1))) {
      const schemas = operationSchemas(wire, key); if (!schemas) continue;
      for (const mode of ['full', 'empty'] as const) {
        const value = schemas.output.isUnitSchema() ? {} : gen(schemas.output, 0, [], mode) as object;
        account.reply = () => value;
        try {
          const inp: any = key === 'CopySnapshot' ? { SourceRegion: 'us-east-1', SourceSnapshotId: 's' } : {};
          const got = await c.send(id, key, inp);
          const strip = (v: any): any => v instanceof Date || v instanceof Uint8Array ? v : Array.isArray(v) ? v.map(strip) : v && typeof v === 'object' ? Object.fromEntries(Object.entries(v).filter(([, x]) => x !== undefined).map(([k, x]) => [k, strip(x)])) : v;
          const a = strip(JSON.parse(JSON.stringify(got))), b = strip(JSON.parse(JSON.stringify(value)));
          if (isDeepStrictEqual(a, b)) ok++; else bad.push(`${id} ${key} ${mode} ${diff(a, b, '')}`);
        } catch (e) { bad.push(`${id} ${key} ${mode} THROWN ${String(e).slice(0, 200)}`); }
      }
    }
  }
  appendFileSync(out, `ok ${ok} bad ${bad.length}\n${bad.join('\n')}\n`);
  await c.close();
}, 600000);
function diff(a: any, b: any, p: string): string {
  if (typeof a !== typeof b || a === null || typeof a !== 'object' || b === null) return isDeepStrictEqual(a, b) ? '' : `${p}: got ${inspect(a)?.slice(0, 80)} want ${inspect(b)?.slice(0, 80)}; `;
  let s = ''; for (const k of new Set([...Object.keys(a), ...Object.keys(b)])) { if (s.length > 300) break; s += diff(a[k], b[k], `${p}.${k}`); } return s;
}
