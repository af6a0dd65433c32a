import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { invalidValue } from './errors';

/** The values of a record that a filter compares. */
export type Values<T> = (record: T) => readonly (string | undefined)[];

/** The filters of a describing call, by their AWS names. */
export type Filters<T> = Readonly<Record<string, Values<T>>>;

/** A filter on one member. */
export function plain<T>(value: (record: T) => string | number | boolean | Date | undefined): Values<T> {
  return record => {
    const found = value(record);
    return found === undefined ? [] : [found instanceof Date ? found.toISOString() : String(found)];
  };
}

/** The records that pass all filters: any of a filter's values, with `*` and `?` as wildcards. An unknown filter is an error. */
export function filtered<T extends object>(records: readonly T[], filters: readonly Filter[] | undefined, known: Filters<T>): T[] {
  const tests = (filters ?? []).map(filter => test(filter, known));
  return records.filter(record => tests.every(passes => passes(record)));
}

function test<T extends object>({ Name: name = '', Values: wanted = [] }: Filter, known: Filters<T>): (record: T) => boolean {
  const values = known[name] ?? tagValues(name);
  if (!values) throw invalidValue(`The filter '${name}' is invalid`);
  if (wanted.length > 200) throw invalidValue('The maximum number of filter values specified on a single call is 200');
  const patterns = wanted.map(pattern);
  return record => values(record).some(value => value !== undefined && patterns.some(each => each.test(value)));
}

function tagValues(name: string): Values<object> | undefined {
  const tags = (record: { Tags?: Tag[]; TagSet?: Tag[] }) => record.Tags ?? record.TagSet ?? [];
  if (name === 'tag-key') return record => tags(record).map(tag => tag.Key);
  if (name === 'tag-value') return record => tags(record).map(tag => tag.Value);
  if (!name.startsWith('tag:')) return undefined;
  const key = name.slice('tag:'.length);
  return record => tags(record).filter(tag => tag.Key === key).map(tag => tag.Value);
}

/** `*` and `?` are wildcards, a backslash takes their meaning away (EC2 user guide, "List and filter your resources"). */
function pattern(text: string): RegExp {
  const source = text.replace(/\\([*?\\])|([.+^${}()|[\]\\])|(\*)|(\?)/g, (_all, literal?: string, special?: string, star?: string) =>
    literal !== undefined ? `\\${literal}` : special !== undefined ? `\\${special}` : star ? '[^]*' : '[^]');
  return new RegExp(`^${source}$`);
}
