import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Series } from '../../lambda/planning/forecast/series';

export const SLOT = 900;
export const PER_DAY = 96;

/** One virtual machine: CPU percent and bytes written per second, means of 15 minutes. */
export interface Machine { readonly id: string; readonly cpu: Series; readonly writes: Series }
export interface Named { readonly name: string; readonly series: Series }

export interface Traces {
  readonly machines: readonly Machine[];
  /** Other single series, at 15 minutes (CloudWatch). */
  readonly others: readonly Named[];
  /** Links, hourly. */
  readonly links: readonly Named[];
  /** Series without a daily pattern. */
  readonly controls: readonly Named[];
}

function text(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Files of a folder, or of the folders whose name begins so. */
function files(root: string, folder: string, pattern: RegExp): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true }).filter(entry => entry.isDirectory() && entry.name.startsWith(folder))
    .flatMap(entry => readdirSync(join(root, entry.name)).filter(name => pattern.test(name)).sort().map(name => join(root, entry.name, name)));
}

/** Day 0 of the Bitbrains trace: 2013-07-01, midnight in the Netherlands. Columns are quarter hours. */
const DAY_0 = 1_372_629_600;

function rowsOf(path: string, factor: number): Map<string, Series> {
  const firstDay = Number(/day(\d+)/.exec(path)?.[1] ?? 32);
  const rows = new Map<string, Series>();
  for (const line of text(path).split('\n').slice(1)) {
    const [vm, ...cells] = line.trim().split(',');
    if (!vm) continue;
    rows.set(vm, { start: DAY_0 + firstDay * 86_400, step: SLOT, values: Float64Array.from(cells, cell => cell === '' ? NaN : Number(cell) * factor) });
  }
  return rows;
}

/** Readings at odd times, on a regular grid: means per step, gaps of one step bridged. */
function regular(points: readonly (readonly [time: number, value: number])[], step: number): Series {
  const start = Math.ceil(points[0]![0] / step) * step;
  const length = Math.floor((points.at(-1)![0] - start) / step);
  const sum = new Float64Array(length);
  const count = new Float64Array(length);
  for (const [time, value] of points) {
    const slot = Math.floor((time - start) / step);
    if (slot < 0 || slot >= length || !Number.isFinite(value)) continue;
    sum[slot] = sum[slot]! + value;
    count[slot] = count[slot]! + 1;
  }
  const values = sum.map((each, slot) => count[slot]! > 0 ? each / count[slot]! : NaN);
  for (let slot = 1; slot + 1 < length; slot++) if (Number.isNaN(values[slot]!)) values[slot] = 0.5 * (values[slot - 1]! + values[slot + 1]!);
  return { start, step, values };
}

function pointsOf(path: string): [number, number][] {
  return text(path).split('\n').slice(1).filter(line => line.includes(',')).map(line => {
    const [time, value] = line.trim().split(',') as [string, string];
    return [/^[\d.]+$/.test(time) ? Number(time) : Date.parse(`${time.replace(' ', 'T')}Z`) / 1000, Number(value)];
  });
}

const named = (path: string, step: number): Named => ({ name: path.split('/').pop()!.replace(/\.csv(\.gz)?$/, ''), series: regular(pointsOf(path), step) });

/** Reads traces in the layout of the facts: bitbrains*, nab, links, google-agg; what is not there stays empty. */
export function loadTraces(root: string): Traces {
  const cpu = files(root, 'bitbrains', /^q15_cpu_pct.*\.csv(\.gz)?$/).map(path => rowsOf(path, 1));
  const writes = files(root, 'bitbrains', /^q15_disk_write_KBps.*\.csv(\.gz)?$/).map(path => rowsOf(path, 1000));
  const machines = cpu.flatMap((rows, i) => [...rows].flatMap(([id, series]) => {
    const written = writes[i]?.get(id);
    return written ? [{ id, cpu: series, writes: written }] : [];
  }));
  return {
    machines,
    others: files(root, 'nab', /\.csv(\.gz)?$/).map(path => named(path, SLOT)),
    links: files(root, 'link', /\.csv(\.gz)?$/).map(path => named(path, 3600)),
    controls: files(root, 'google', /\.csv(\.gz)?$/).map(path => named(path, SLOT)),
  };
}

/** Tuned on the first half, reported on the second: machines in the order of the file, every other one. */
export const tuneHalf = <T>(all: readonly T[]): T[] => all.filter((_, i) => i % 2 === 0);
export const reportHalf = <T>(all: readonly T[]): T[] => all.filter((_, i) => i % 2 === 1);
