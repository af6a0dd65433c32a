import { DescribeInstanceStatusCommand, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { InstanceFailedToStart } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { type PauseLimit, refuseLate } from '../shared/migration/late';
import { pauseDelay, pollDelay } from '../shared/poll';
import { type Failure, type Sorted, sortOut } from '../shared/plan/fleet';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceIds: readonly string[];
  /** Of a fleet: what failed so far, and may. Null: none may fail. */
  readonly failures?: readonly Failure[] | null;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
  /** How long the pause of a source that waits for it may take; null, or left out: none does. */
  readonly limit?: PauseLimit | null;
}
export interface Output extends Sorted {
  readonly running: boolean;
  readonly waiting: readonly string[];
  readonly waitSeconds: number;
}

/** New instances are to be seen within seconds; ones that are missing for so long are gone. */
const GONE_AFTER_MS = 300_000;
/** Even bare metal passes its checks within half of that. */
const UNHEALTHY_AFTER_MS = 3_600_000;
const HEALTHY = 'ok and ok';

/** Looks whether every instance runs and has passed both status checks. */
export async function handler({ instanceIds, failures = null, lease, since, limit = null, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  if (limit !== null) refuseLate(limit, limit.pausedAt);
  const states = await readStates(instanceIds);
  const waited = Date.now() - Date.parse(since);
  const failed = new Map<string, string>();
  for (const id of instanceIds) {
    const { state, reason } = states.get(id) ?? {};
    if (state !== undefined && state !== 'pending' && state !== 'running') failed.set(id, `is ${state}: ${reason ?? 'EC2 gives no reason'}`);
    if (state === undefined && waited > GONE_AFTER_MS) failed.set(id, 'is gone');
  }
  const refuse = (lines: readonly string[]) => new InstanceFailedToStart(lines.join('; '));
  sortOut(instanceIds, failures, failed, refuse);
  const statuses = await readStatuses([...states].filter(([, { state }]) => state === 'running').map(([id]) => id));
  const waiting = instanceIds.filter(id => !failed.has(id) && statuses.get(id) !== HEALTHY);
  if (waiting.length > 0 && waited > UNHEALTHY_AFTER_MS) {
    const unhealthy = waiting.splice(0).map(id => [id, `has the status checks ${statuses.get(id) ?? 'not begun'} after an hour:`
      + ' look at its console output (a mount in its fstab may be missing)'] as const);
    for (const [id, reason] of unhealthy) failed.set(id, reason);
  }
  const waitSeconds = limit === null ? pollDelay(since) : pauseDelay(limit.pausedAt);
  return { running: waiting.length === 0, waiting, waitSeconds, ...sortOut(instanceIds, failures, failed, refuse) };
}

/** By filters: a call by ids fails as long as EC2 does not show one of them. */
async function readStates(instanceIds: readonly string[]): Promise<Map<string, { readonly state: string; readonly reason: string | undefined }>> {
  const found = new Map<string, { state: string; reason: string | undefined }>();
  if (instanceIds.length === 0) return found;
  for await (const { Reservations } of paginateDescribeInstances({ client: ec2 }, { Filters: [{ Name: 'instance-id', Values: [...instanceIds] }] })) {
    for (const { InstanceId = '', State, StateReason } of (Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])) {
      found.set(InstanceId, { state: State?.Name ?? 'pending', reason: StateReason?.Message ?? StateReason?.Code });
    }
  }
  return found;
}

/** What both status checks say, by instance. */
async function readStatuses(instanceIds: readonly string[]): Promise<Map<string, string>> {
  if (instanceIds.length === 0) return new Map();
  const { InstanceStatuses = [] } = await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [...instanceIds] }));
  return new Map(InstanceStatuses.map(({ InstanceId = '', SystemStatus, InstanceStatus }) => [InstanceId, `${SystemStatus?.Status} and ${InstanceStatus?.Status}`]));
}
