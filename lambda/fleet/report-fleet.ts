import { keysOf } from '../shared/fleet/objects';
import { keepPast } from '../shared/fleet/past';
import type { FleetPlanDocument } from '../shared/fleet/plan';
import { type FleetReport, lessonsOf, reportOf } from '../shared/fleet/report';
import type { FleetRequest } from '../shared/fleet/request';
import type { FleetStatus } from '../shared/fleet/status';
import { readJson, writeJson } from '../shared/objects';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly bucket: string;
  readonly prefix: string;
}
export interface Output {
  readonly moved: number;
  readonly failed: readonly { readonly id: string; readonly error: string }[];
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
  /** Of how many failed and refused ones the lists have only the first. */
  readonly more: number;
  readonly error: FleetReport['error'];
  /** Where plan and report are in the bucket. */
  readonly bucket: string;
  readonly plan: string;
  readonly report: string;
}

/** An output holds 256 KiB; the report in the bucket has all. */
const MOST_LISTED = 200;

/** Compares what was predicted with what came, and keeps it for the forecasts of later fleets. */
export async function handler({ bucket, prefix }: Input): Promise<Output> {
  const keys = keysOf({ prefix });
  const [request, plan, status] = await Promise.all([
    readJson<FleetRequest>(bucket, keys.request), readJson<FleetPlanDocument>(bucket, keys.plan), readJson<FleetStatus>(bucket, keys.status),
  ]);
  const report = reportOf(plan, status, request.groups);
  await writeJson(bucket, keys.report, report);
  const lessons = lessonsOf(status, plan.links);
  if (lessons.length > 0) await keepPast(bucket, plan.plannedAt, prefix, lessons);
  const { moved, failed, refused, error } = report;
  return {
    moved: moved.length,
    failed: failed.slice(0, MOST_LISTED).map(each => ({ id: each.id, error: each.error })),
    refused: refused.slice(0, MOST_LISTED).map(({ id, reason }) => ({ id, reason })),
    more: Math.max(0, failed.length - MOST_LISTED) + Math.max(0, refused.length - MOST_LISTED),
    error, bucket, plan: keys.plan, report: keys.report,
  };
}
