import { ask, type Question } from './approval';
import { type Lease, renewLease } from './lease';
import type { Step } from './step';

/** A question that is asked while instances are held. */
export interface Asking extends Step {
  readonly topicArn: string;
  /** Whoever sends success by it says yes. */
  readonly taskToken: string;
  readonly lease: Lease;
  /** On a target that was not launched for this. */
  readonly targetLease?: Lease | null;
  /** How long the workflow waits for an answer. */
  readonly timeoutSeconds: number;
}
/** The answer is that of whoever is asked, not the handler's. */
export type Asked = Record<string, never>;

/** Room for the steps up to the next poll, which renews the lease. */
const HOUR = 3600;

/** Asks, and holds the instances for as long as an answer may take. */
export async function askHolding({ topicArn, taskToken, lease, targetLease, timeoutSeconds, execution }: Asking, question: Question): Promise<Asked> {
  for (const held of targetLease ? [lease, targetLease] : [lease]) await renewLease(held, execution, timeoutSeconds + HOUR);
  await ask(topicArn, question, taskToken);
  return {};
}
