import { historyKey, type Measured, measuredKey, stored } from '../shared/instance-metrics/history';
import { readHistories } from '../shared/instance-metrics/read';
import { readJson, writeJson } from '../shared/objects';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
  readonly shard: number;
  /** ISO 8601, or so many days before now. */
  readonly from: string | number;
  /** ISO 8601; null: now. */
  readonly to: string | null;
}
export interface Output {
  /** Metrics requested of CloudWatch, its unit of cost. */
  readonly requested: number;
}

const DAY = 86_400;

/** Reads the metrics of one shard of instances, and stores them. */
export async function handler({ bucket, prefix, shard, from, to }: Input): Promise<Output> {
  const now = Date.now() / 1000;
  const measured = await readJson<readonly Measured[]>(bucket, measuredKey(prefix, shard));
  const stretch = { from: typeof from === 'number' ? now - from * DAY : Date.parse(from) / 1000, to: to === null ? now : Date.parse(to) / 1000 };
  const { histories, requested } = await readHistories(measured, stretch, now);
  await writeJson(bucket, historyKey(prefix, shard), histories.map(stored));
  return { requested };
}
