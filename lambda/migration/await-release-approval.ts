import { ask } from '../shared/approval';
import type { Hosts } from '../shared/hosts';
import { type Lease, renewLease } from '../shared/lease';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly topicArn: string;
  readonly hosts: Hosts;
  readonly heldUntil: string;
  /** Whoever sends success by it approves. */
  readonly taskToken: string;
  readonly lease: Lease;
  /** How long the workflow waits for an answer. */
  readonly timeoutSeconds: number;
}
/** The answer is the approver's, not the handler's. */
export type Output = Record<string, never>;

/** Room for the steps up to the end. */
const HOUR = 3600;

/** Tells people that the source was held for long enough, and how they let it go. */
export async function handler({ topicArn, hosts: { source, target }, heldUntil, taskToken, lease, timeoutSeconds, execution }: Input): Promise<Output> {
  await renewLease(lease, execution, timeoutSeconds + HOUR);
  await ask(topicArn, {
    subject: `Terminate ${source.instanceId}?`,
    story: [
      `${execution} has moved ${source.instanceId} to ${target.instanceId}, which serves; the source was held until ${heldUntil}.`,
      'Once approved, the source is terminated, and the volumes that go with it are deleted.',
      'Refusing keeps it as it is: its services are stopped.',
    ],
    refusal: 'ReleaseRefused',
  }, taskToken);
  return {};
}
