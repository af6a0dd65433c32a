import { paginateDescribeInstances, paginateDescribeInstanceStatus } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { InstanceFailedToStart } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceIds: readonly string[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly running: boolean;
  readonly waiting: readonly string[];
  readonly waitSeconds: number;
}

/** New instances are to be seen within seconds; ones that are missing for so long are gone. */
const GONE_AFTER_MS = 300_000;

/** Looks whether every instance runs and has passed both status checks. */
export async function handler({ instanceIds, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  // by filters: a call by ids fails as long as EC2 does not show one of them
  const Filters = [{ Name: 'instance-id', Values: [...instanceIds] }];
  const seen = new Set<string>();
  const failed: string[] = [];
  for await (const { Reservations } of paginateDescribeInstances({ client: ec2 }, { Filters })) {
    for (const { InstanceId = '', State, StateReason } of (Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])) {
      seen.add(InstanceId);
      if (State?.Name !== 'pending' && State?.Name !== 'running') failed.push(`${InstanceId} is ${State?.Name}: ${StateReason?.Message ?? StateReason?.Code ?? 'EC2 gives no reason'}`);
    }
  }
  const missing = instanceIds.filter(id => !seen.has(id));
  if (missing.length > 0 && Date.now() - Date.parse(since) > GONE_AFTER_MS) failed.push(...missing.map(id => `${id} is gone`));
  if (failed.length > 0) throw new InstanceFailedToStart(failed.join('; '));

  const healthy = new Set<string>();
  for await (const { InstanceStatuses } of paginateDescribeInstanceStatus({ client: ec2 }, { Filters })) {
    for (const { InstanceId = '', InstanceState, InstanceStatus, SystemStatus } of InstanceStatuses ?? []) {
      if (InstanceState?.Name === 'running' && InstanceStatus?.Status === 'ok' && SystemStatus?.Status === 'ok') healthy.add(InstanceId);
    }
  }
  const waiting = instanceIds.filter(id => !healthy.has(id));
  return { running: waiting.length === 0, waiting, waitSeconds: pollDelay(since) };
}
