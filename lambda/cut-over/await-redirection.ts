import { ask } from '../shared/approval';
import type { Host } from '../shared/hosts';
import { type Lease, renewLease } from '../shared/lease';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly topicArn: string;
  /** Who served. */
  readonly from: Host;
  /** Who serves now. */
  readonly to: Host;
  /** Whoever sends success by it has led the rest elsewhere. */
  readonly taskToken: string;
  readonly lease: Lease;
  /** On a target that was not launched for the move. */
  readonly targetLease: Lease | null;
  /** How long the workflow waits for an answer. */
  readonly timeoutSeconds: number;
}
/** The answer is the one who redirects's, not the handler's. */
export type Output = Record<string, never>;

/** Room for the steps up to the next poll, which renews the lease. */
const HOUR = 3600;

/** Tells whoever leads elsewhere what no step can, that it is time, and how they say that it is done. */
export async function handler({ topicArn, from, to, taskToken, lease, targetLease, timeoutSeconds, execution }: Input): Promise<Output> {
  for (const held of targetLease ? [lease, targetLease] : [lease]) await renewLease(held, execution, timeoutSeconds + HOUR);
  await ask(topicArn, {
    subject: `Redirect from ${from.instanceId} to ${to.instanceId}`, story: redirectionStory(from, to, execution),
    yes: 'When it is done', no: 'If it can not be done', refusal: 'NotRedirected',
  }, taskToken);
  return {};
}

export function redirectionStory(from: Host, to: Host, execution: string): string[] {
  return [
    `${execution}: ${to.instanceId} (${to.address}) serves instead of ${from.instanceId} (${from.address}).`,
    'Target groups, records and Elastic IP addresses that the execution names have been moved. Lead whatever else leads to the former instance to the new one.',
    'If it can not be done the execution fails and keeps both instances; the new one goes on serving.',
  ];
}
