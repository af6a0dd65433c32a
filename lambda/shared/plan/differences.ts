import type { Instance } from '@aws-sdk/client-ec2';
import type { Json, Plain } from '../json';
import { type Fate, FATES } from './fates';
import type { Launch } from './launch-input';
import type { Difference } from './plan';

/** At most so many values of one attribute (of many volumes, say) are written out. */
const SHOWN = 3;

/**
 * Walks through the whole answer of DescribeInstances: what is not carried over is listed, and what nobody has thought of is listed as lost.
 * What a request chooses otherwise is not found here: the parts of the plan say it themselves.
 */
export function inventoryDifferences(instance: Plain<Instance>, launch: Launch): Difference[] {
  const values = new Map<string, Json[]>();
  collect(instance as Json, '', values);
  return [...values].flatMap(([attribute, all]): Difference[] => {
    if (attribute === 'Placement.HostId' && launch.Placement?.HostId) return [];
    const fate = fateOf(attribute);
    if (fate === 'carried') return [];
    if (fate && 'nature' in fate) return [{ attribute, source: shown(all), clone: null, kind: 'nature', why: fate.nature }];
    const telling = all.filter(value => !fate?.unless?.includes(value));
    const why = fate?.lost ?? 'this version of the library does not know the attribute';
    return telling.length === 0 ? [] : [{ attribute, source: shown(telling), clone: null, kind: 'lost', why }];
  });
}

/** Every value by its path; the elements of a list share one path. */
function collect(value: Json, path: string, values: Map<string, Json[]>): void {
  if (Array.isArray(value)) {
    for (const element of value) collect(element, `${path}[]`, values);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) collect(part, path ? `${path}.${key}` : key, values);
  } else if (value !== null && value !== '') {
    values.set(path, [...values.get(path) ?? [], value]);
  }
}

function fateOf(path: string): Fate | undefined {
  const found = path.replaceAll('[]', '').split('.').reduce<unknown>(
    (table, key) => (typeof table === 'object' && table !== null && Object.hasOwn(table, key) ? (table as Record<string, unknown>)[key] : undefined), FATES);
  return found === 'carried' || (typeof found === 'object' && found !== null && ('nature' in found || 'lost' in found)) ? found as Fate : undefined;
}

function shown(values: readonly Json[]): Json {
  const different = [...new Set(values)];
  if (different.length === 1) return different[0] ?? null;
  return different.length <= SHOWN ? different : [...different.slice(0, SHOWN), `and ${different.length - SHOWN} more`];
}
