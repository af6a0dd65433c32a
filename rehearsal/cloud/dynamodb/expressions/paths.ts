import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { invalid, type Item } from '../values';

/** A document path: `Pictures[0].Title` is ['Pictures', 0, 'Title']. */
export type Path = readonly [string, ...(string | number)[]];

export function get(item: Item, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined = { M: item };
  for (const part of path) {
    value = typeof part === 'string' ? (value?.M && own(value.M, part)) : value?.L?.[part];
    if (value === undefined) return undefined;
  }
  return value;
}

/** Sets a value in place. Only the last part of a path may be new; a list grows at its end, wherever the index points. */
export function set(item: Item, path: Path, value: AttributeValue): void {
  const [container, last] = parentOf(item, path);
  if (typeof last === 'string' && container?.M) container.M[last] = value;
  else if (typeof last === 'number' && container?.L) container.L[Math.min(last, container.L.length)] = value;
  else throw invalid('The document path provided in the update expression is invalid for update');
}

/** Removes what paths lead to; entries of a list all by the indexes of before. */
export function remove(item: Item, paths: readonly Path[]): void {
  const emptied = new Set<AttributeValue[]>();
  for (const path of paths) {
    const [container, last] = parentOf(item, path);
    if (!container) throw invalid('The document path provided in the update expression is invalid for update');
    if (typeof last === 'string' && container.M) delete container.M[last];
    if (typeof last === 'number' && container.L && last < container.L.length) {
      delete container.L[last];
      emptied.add(container.L);
    }
  }
  for (const list of emptied) list.splice(0, list.length, ...list.filter(entry => entry !== undefined));
}

/** The parts of an item that a projection names; entries of lists close up. */
export function project(item: Item, paths: readonly Path[]): Item {
  const result: Item = {};
  for (const path of [...paths].sort(byIndexes)) {
    const value = get(item, path);
    if (value !== undefined) graft(result, item, path, value);
  }
  return result;
}

function byIndexes(a: Path, b: Path): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (typeof part === 'number' && typeof other === 'number' && part !== other) return part - other;
  }
  return 0;
}

// where an entry of a list of the source has come to lie in the projection
const positions = new WeakMap<AttributeValue[], Map<number, number>>();

function graft(result: Item, source: Item, path: Path, value: AttributeValue): void {
  let target: AttributeValue = { M: result };
  let from: AttributeValue = { M: source };
  for (const [depth, part] of path.entries()) {
    from = (typeof part === 'string' ? from.M?.[part] : from.L?.[part])!;
    const next: AttributeValue = depth === path.length - 1 ? value : from.L ? { L: [] } : { M: {} };
    if (typeof part === 'string') {
      target = target.M![part] ??= next;
    } else {
      const list: AttributeValue[] = target.L!;
      const known = positions.get(list) ?? new Map<number, number>();
      positions.set(list, known);
      const at = known.get(part) ?? list.length;
      known.set(part, at);
      target = list[at] ??= next;
    }
  }
}

function parentOf(item: Item, path: Path): [AttributeValue | undefined, string | number] {
  const parent = path.slice(0, -1);
  return [parent.length === 0 ? { M: item } : get(item, parent as unknown as Path), path[path.length - 1]!];
}

function own(record: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Refuses paths of which one lies within another. */
export function checkOverlap(kind: string, paths: readonly Path[]): void {
  for (const [index, path] of paths.entries()) {
    for (const other of paths.slice(index + 1)) {
      const length = Math.min(path.length, other.length);
      if (path.slice(0, length).every((part, at) => part === other[at])) {
        throw invalid(`Invalid ${kind}: Two document paths overlap with each other; must remove or rewrite one of these paths; `
          + `path one: ${text(path)}, path two: ${text(other)}`);
      }
    }
  }
}

function text(path: Path): string {
  return `[${path.map(part => (typeof part === 'number' ? `[${part}]` : part)).join(', ')}]`;
}
