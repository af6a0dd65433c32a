import { ask, section } from '../shared/approval';
import type { Hosts } from '../shared/hosts';
import { type Lease, renewLease } from '../shared/lease';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly topicArn: string;
  readonly hosts: Hosts;
  readonly session: string;
  /** What the comparison of all blocks came to. */
  readonly verification: Readonly<Record<string, unknown>>;
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

/** Tells people that every block is on the target, and how they let the source go. */
export async function handler({ topicArn, hosts, session, verification, taskToken, lease, targetLease, timeoutSeconds, execution }: Input): Promise<Output> {
  for (const held of targetLease ? [lease, targetLease] : [lease]) await renewLease(held, execution, timeoutSeconds + HOUR);
  await ask(topicArn, { subject: `Let ${hosts.source.instanceId} go?`, story: releaseStory(hosts, session, verification, execution), refusal: 'SyncRefused' }, taskToken);
  return {};
}

export function releaseStory({ source, target }: Hosts, session: string, verification: Input['verification'], execution: string): string[] {
  return [
    `${execution} has moved ${source.instanceId} to ${target.instanceId} (session ${session}): the target serves, and every block of both was compared.`,
    ...section('Comparison', Object.entries(verification).filter(([, value]) => typeof value !== 'object').map(([name, value]) => `${name}: ${String(value)}`)),
    '',
    'Once approved, the replication ends: what is written from then on is on the target alone, and there is no way back by this library.',
    'Refusing keeps both as they are: the target serves, writes go to both. Continue the session later, or fall back.',
  ];
}
