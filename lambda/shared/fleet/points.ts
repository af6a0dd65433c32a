import type { Recent } from '../../planning/forecast/level';
import type { Observed } from '../../planning/online/decide';

/** `points.json`: by instance, writes and CPU, each of an hour and of three; JSON knows no NaN. */
export type StoredPoints = Readonly<Record<string, readonly [number | null, number | null, number | null, number | null]>>;

const told = (value: number): number | null => (Number.isNaN(value) ? null : value);

export function storedObserved(observed: ReadonlyMap<string, Observed>): StoredPoints {
  return Object.fromEntries([...observed].map(([id, { writes, cpu }]) =>
    [id, [told(writes.hour), told(writes.threeHours), told(cpu.hour), told(cpu.threeHours)]]));
}

export function restoredObserved(points: StoredPoints): Map<string, Observed> {
  const recent = (hour: number | null, threeHours: number | null): Recent => ({ hour: hour ?? NaN, threeHours: threeHours ?? NaN });
  return new Map(Object.entries(points).map(([id, [wh, wt, ch, ct]]) => [id, { writes: recent(wh, wt), cpu: recent(ch, ct) }]));
}
