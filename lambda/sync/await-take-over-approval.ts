import { ask } from '../shared/approval';
import type { Hosts } from '../shared/hosts';
import { type Lease, renewLease } from '../shared/lease';
import type { Step } from '../shared/step';

/** What was copied while the source served. */
interface PreCopy {
  readonly pauseSeconds: number | null;
  readonly percent: number;
  readonly bytesLeft: number | null;
}

export interface Input extends Step {
  readonly topicArn: string;
  readonly hosts: Hosts;
  readonly session: string;
  /** Null: nothing was copied ahead. */
  readonly preCopy: PreCopy | null;
  /** Whoever sends success by it approves. */
  readonly taskToken: string;
  readonly lease: Lease;
  /** On a target that was not launched for the move. */
  readonly targetLease: Lease | null;
  /** How long the workflow waits for an answer. */
  readonly timeoutSeconds: number;
}
/** The answer is the approver's, not the handler's. */
export type Output = Record<string, never>;

/** Room for the steps up to the next poll, which renews the lease. */
const HOUR = 3600;

/** Tells people that the target is ready, and how they let it take over. */
export async function handler({ topicArn, hosts, session, preCopy, taskToken, lease, targetLease, timeoutSeconds, execution }: Input): Promise<Output> {
  for (const held of targetLease ? [lease, targetLease] : [lease]) await renewLease(held, execution, timeoutSeconds + HOUR);
  await ask(topicArn, { subject: `Let ${hosts.target.instanceId} take over?`, story: takeOverStory(hosts, session, preCopy, execution), refusal: 'SyncRefused' }, taskToken);
  return {};
}

export function takeOverStory({ source, target }: Hosts, session: string, preCopy: PreCopy | null, execution: string): string[] {
  return [
    `${execution} is ready to switch from ${source.instanceId} to ${target.instanceId} (session ${session}).`,
    preCopy === null ? 'The engine of the two can not copy ahead: the blocks follow the switch.'
      : `The target has ${preCopy.percent} % of the blocks${preCopy.bytesLeft ? `, ${preCopy.bytesLeft} bytes follow the switch` : ', and gets every write'}.`,
    '',
    'Once approved, the services stop on the source and start on the target. Until then the source serves, and the copy is kept up to date.',
    'Refusing leaves the source as it was before, and removes the target if it was launched for this.',
  ];
}
