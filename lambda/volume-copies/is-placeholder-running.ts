import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { ec2 } from '../shared/ec2';
import { PlaceholderFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceIds: readonly string[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output { readonly running: boolean; readonly waitSeconds: number }

/** A new instance is to be seen within seconds; one that is missing for so long is gone. */
const GONE_AFTER_MS = 300_000;

/** Looks whether the placeholder runs: more is not needed to attach volumes and to replace its root. */
export async function handler({ instanceIds: [instanceId = ''], lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  // by a filter: a call by id fails as long as EC2 does not show it
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [instanceId] }] }));
  const instance = Reservations.flatMap(({ Instances }) => Instances ?? [])[0];
  const state = instance?.State?.Name;
  if (!instance && Date.now() - Date.parse(since) > GONE_AFTER_MS) throw new PlaceholderFailed(`${instanceId} is gone`);
  if (state !== undefined && state !== 'pending' && state !== 'running') {
    throw new PlaceholderFailed(`${instanceId} is ${state}: ${instance?.StateReason?.Message ?? 'EC2 gives no reason'}`);
  }
  return { running: state === 'running', waitSeconds: pollDelay(since) };
}
