import type { Side } from './host';

/** The names that differ from pair to pair. A recording holds placeholders for them, such as `${source.address}`. */
export interface PairNames {
  readonly session: string;
  /** Mount points and services in the order in which the steps were given them. */
  readonly mounts: readonly string[];
  readonly services: readonly string[];
  readonly source: HostNames;
  readonly target: HostNames;
}

export interface HostNames {
  readonly address: string;
  /** Paths of the instance-store disks, such as `/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS…`. */
  readonly disks: readonly string[];
}

/** As `date -u` writes an instant to the millisecond. */
const instant = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g;
const placeholder = /\$\{([a-z]+(?:\.[a-z0-9]+)*|at[+-]\d+\.\d{3})\}/g;

function named({ session, mounts, services, ...hosts }: PairNames): ReadonlyMap<string, string> {
  const list = (prefix: string, values: readonly string[]) => values.map((value, index): [string, string] => [`${prefix}.${index}`, value]);
  return new Map([
    ['session', session], ...list('mount', mounts), ...list('service', services),
    ...(['source', 'target'] as const satisfies readonly Side[]).flatMap(side =>
      [[`${side}.address`, hosts[side].address] as const, ...list(`${side}.disk`, hosts[side].disks)]),
  ]);
}

/** A text with placeholders in the place of names, and of instants, which become seconds since the command's start. */
export function withPlaceholders(text: string, names: PairNames, startedAt: number): string {
  if (text.includes('${')) throw new Error('a text that has placeholders already can not be recorded');
  // the longest first: a mount point may be a part of another
  const byLength = [...named(names)].filter(([, value]) => value !== '').sort(([, a], [, b]) => b.length - a.length);
  const marked = byLength.reduce((result, [name, value]) => result.replaceAll(value, `\${${name}}`), text);
  return marked.replace(instant, time => {
    const seconds = (Date.parse(time) - startedAt) / 1000;
    return `\${at${seconds < 0 ? '-' : '+'}${Math.abs(seconds).toFixed(3)}}`;
  });
}

/** A recorded text with the names of another pair. */
export function withNames(text: string, names: PairNames, startedAt: number): string {
  const values = named(names);
  return text.replace(placeholder, (_all, name: string) => {
    if (name.startsWith('at')) return new Date(startedAt + Number(name.slice(2)) * 1000).toISOString();
    const value = values.get(name);
    if (value === undefined) throw new Error(`the recording names \${${name}}, which the rehearsal's pair does not have`);
    return value;
  });
}
