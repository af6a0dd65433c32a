import { DescribeInstanceStatusCommand, paginateDescribeInstances } from '@aws-sdk/client-ec2';
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
/** Even bare metal passes its checks within half of that. */
const UNHEALTHY_AFTER_MS = 3_600_000;
const HEALTHY = 'ok and ok';

/** Looks whether every instance runs and has passed both status checks. */
export async function handler({ instanceIds, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  // by filters: a call by ids fails as long as EC2 does not show one of them
  const Filters = [{ Name: 'instance-id', Values: [...instanceIds] }];
  const seen = new Map<string, string>();
  const failed: string[] = [];
  for await (const { Reservations } of paginateDescribeInstances({ client: ec2 }, { Filters })) {
    for (const { InstanceId = '', State, StateReason } of (Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])) {
      const state = State?.Name ?? 'pending';
      seen.set(InstanceId, state);
      if (state !== 'pending' && state !== 'running') failed.push(`${InstanceId} is ${state}: ${StateReason?.Message ?? StateReason?.Code ?? 'EC2 gives no reason'}`);
    }
  }
  const waited = Date.now() - Date.parse(since);
  if (waited > GONE_AFTER_MS) failed.push(...instanceIds.filter(id => !seen.has(id)).map(id => `${id} is gone`));
  if (failed.length > 0) throw new InstanceFailedToStart(failed.join('; '));

  const statuses = await readStatuses([...seen].filter(([, state]) => state === 'running').map(([id]) => id));
  const waiting = instanceIds.filter(id => statuses.get(id) !== HEALTHY);
  if (waiting.length > 0 && waited > UNHEALTHY_AFTER_MS) {
    throw new InstanceFailedToStart(waiting.map(id => `${id} has the status checks ${statuses.get(id) ?? 'not begun'}`).join('; ')
      + ' after an hour: look at its console output (a mount in its fstab may be missing)');
  }
  return { running: waiting.length === 0, waiting, waitSeconds: pollDelay(since) };
}

/** What both status checks say, by instance. */
async function readStatuses(instanceIds: readonly string[]): Promise<Map<string, string>> {
  if (instanceIds.length === 0) return new Map();
  const { InstanceStatuses = [] } = await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [...instanceIds] }));
  return new Map(InstanceStatuses.map(({ InstanceId = '', SystemStatus, InstanceStatus }) => [InstanceId, `${SystemStatus?.Status} and ${InstanceStatus?.Status}`]));
}
