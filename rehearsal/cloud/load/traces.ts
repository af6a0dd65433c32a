import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Background, seriesBackground } from '../links/background';
import type { Load } from './load';

/** Real loads and links, from a folder in the layout that `npm run bench:planning -- --traces` reads. */
export interface Traces {
  readonly loads: readonly (Load & { readonly id: string })[];
  /** For a link of that many bits per second, in use for that part of it on average. */
  readonly links: readonly ((capacity: number, mean: number) => Background)[];
}

/** Quarter hours; day 0 is 2013-07-01, midnight in the Netherlands. */
const quarter = 900;
const dayZero = 1_372_629_600_000;

/** Reads `bitbrains…/q15_cpu_pct…`, `bitbrains…/q15_disk_write_KBps…` and `link…/*.csv`, packed or not. */
export function readTraces(root: string): Traces {
  const cpu = rows(root, 'q15_cpu_pct');
  const writes = rows(root, 'q15_disk_write_KBps');
  const loads = [...cpu].flatMap(([id, busy]) => {
    const written = writes.get(id);
    return written ? [{ id, cpu: busy, writes: (time: number) => 1000 * written(time) }] : [];
  });
  const links = files(root, 'link', /\.csv(\.gz)?$/).map(path => linkOf(path));
  if (loads.length === 0) throw new Error(`there are no loads in ${root}: it should hold a folder bitbrains… with q15_cpu_pct… and q15_disk_write_KBps…`);
  return { loads, links };
}

function rows(root: string, prefix: string): Map<string, (time: number) => number> {
  const found = new Map<string, (time: number) => number>();
  for (const path of files(root, 'bitbrains', new RegExp(`^${prefix}.*\\.csv(\\.gz)?$`))) {
    const start = dayZero + Number(/day(\d+)/.exec(path)?.[1] ?? 0) * 86_400_000;
    for (const line of text(path).split('\n').slice(1)) {
      const [vm, ...cells] = line.trim().split(',');
      if (!vm) continue;
      found.set(vm, seriesBackground({ start, stepSeconds: quarter, values: Float64Array.from(cells, cell => cell === '' ? NaN : Number(cell)) }));
    }
  }
  return found;
}

/** Bytes per five minutes, of which only the relations mean something. */
function linkOf(path: string): (capacity: number, mean: number) => Background {
  const points = text(path).split('\n').slice(1).filter(line => line.includes(',')).map(line => line.trim().split(',') as [string, string]);
  const values = Float64Array.from(points, ([, value]) => Number(value));
  const average = values.reduce((sum, value) => sum + (value || 0), 0) / values.length;
  const start = Date.parse(`${points[0]![0].replace(' ', 'T')}Z`);
  return (capacity, mean) => {
    const series = seriesBackground({ start, stepSeconds: 300, values: values.map(value => value / average * mean * capacity) });
    return time => Math.min(capacity, series(time));
  };
}

function files(root: string, folder: string, pattern: RegExp): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true }).filter(entry => entry.isDirectory() && entry.name.startsWith(folder))
    .flatMap(entry => readdirSync(join(root, entry.name)).filter(name => pattern.test(name)).sort().map(name => join(root, entry.name, name)));
}

function text(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}
