import type { Series } from '../../planning/forecast/series';

/** An instance whose metrics are to be read. */
export interface Measured {
  readonly id: string;
  readonly volumeIds: readonly string[];
}

/** What was read of an instance; a sample that is missing is NaN. */
export interface History {
  readonly id: string;
  /** Bytes written per second to all its volumes. */
  readonly writes: Series;
  /** Percent. */
  readonly cpu: Series;
}

/** As it is stored: numbers of 32 bits, packed, for a JSON of thousands of series would take the planner longer than the plan. */
export interface StoredHistory {
  readonly id: string;
  readonly start: number;
  readonly step: number;
  readonly writes: string;
  readonly cpu: string;
}

/** So many are read by one function within its minute, and lie in one object: eight weeks of two hundred metrics are a dozen calls. */
export const INSTANCES_PER_SHARD = 50;

/** `Measured[]` and `StoredHistory[]`, shard by shard, in the folder of a fleet or replay. */
export const measuredKey = (prefix: string, shard: number): string => `${prefix}/measured/${shard}.json`;
export const historyKey = (prefix: string, shard: number): string => `${prefix}/history/${shard}.json`;

export const shardsOf = (instances: readonly Measured[]): Measured[][] => Array.from({ length: Math.ceil(instances.length / INSTANCES_PER_SHARD) },
  (_, shard) => instances.slice(shard * INSTANCES_PER_SHARD, (shard + 1) * INSTANCES_PER_SHARD));

export function stored({ id, writes, cpu }: History): StoredHistory {
  return { id, start: writes.start, step: writes.step, writes: packed(writes.values), cpu: packed(cpu.values) };
}

export function restored({ id, start, step, writes, cpu }: StoredHistory): History {
  return { id, writes: { start, step, values: unpacked(writes) }, cpu: { start, step, values: unpacked(cpu) } };
}

export function packed(values: Float64Array): string {
  return Buffer.from(Float32Array.from(values).buffer).toString('base64');
}

export function unpacked(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  // a buffer from the pool need not begin at a multiple of four
  return Float64Array.from(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)));
}
