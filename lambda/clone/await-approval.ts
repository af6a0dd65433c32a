import { ask, section } from '../shared/approval';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly topicArn: string;
  readonly plan: Plan;
  /** Whoever sends success by it approves. */
  readonly taskToken: string;
  readonly lease: Lease;
  /** How long the workflow waits for an answer. */
  readonly timeoutSeconds: number;
}
/** The answer is the approver's, not the handler's. */
export type Output = Record<string, never>;

/** Room for the steps up to the next poll, which renews the lease. */
const HOUR = 3600;

/** Tells people what is about to be made, and how they approve or refuse it. */
export async function handler({ topicArn, plan, taskToken, lease, timeoutSeconds, execution }: Input): Promise<Output> {
  await renewLease(lease, execution, timeoutSeconds + HOUR);
  await ask(topicArn, {
    subject: `Approve ${plan.count} clone(s) of ${plan.sourceInstanceId}?`, story: cloneStory(plan, execution), refusal: 'CloneRefused',
  }, taskToken);
  return {};
}

export function cloneStory(plan: Plan, execution: string): string[] {
  return [
    `${execution} wants to make ${plan.count} clone(s) of ${plan.sourceInstanceId}.`,
    ...section('Will be created', plan.creates.map(({ quantity, resource, detail }) => `${quantity} ${resource}: ${detail}`)),
    ...section('Warnings', plan.warnings),
    ...section('Differs from the source', plan.differences.filter(({ kind }) => kind !== 'nature').map(({ attribute, source, clone, why }) =>
      `${attribute}: ${JSON.stringify(source)} becomes ${JSON.stringify(clone)}, for ${why}`)),
    ...section('Cost', plan.cost.map(({ item, quantity, unit, amount }) => `${item}: ${quantity} ${unit}${amount === null ? '' : ` = ${amount}`}`)),
    `It takes about ${Math.ceil(plan.expectedSeconds / 60)} minutes at most.`,
  ];
}
