import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
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

const sns = new SNSClient({});

/** SNS takes 256 KB per message; a mail of a tenth of that is read by nobody. */
const MOST_CHARACTERS = 20_000;
/** Room for the steps up to the next poll, which renews the lease. */
const HOUR = 3600;

/** Tells people what is about to be made, and how they approve or refuse it. */
export async function handler({ topicArn, plan, taskToken, lease, timeoutSeconds, execution }: Input): Promise<Output> {
  await renewLease(lease, execution, timeoutSeconds + HOUR);
  await sns.send(new PublishCommand({
    TopicArn: topicArn,
    Subject: `Approve ${plan.count} clone(s) of ${plan.sourceInstanceId}?`,
    Message: approvalMessage(plan, taskToken, execution),
  }));
  return {};
}

export function approvalMessage(plan: Plan, taskToken: string, execution: string): string {
  const answer = [
    'To approve:',
    `aws stepfunctions send-task-success --task-output '{}' --task-token '${taskToken}'`,
    'To refuse:',
    `aws stepfunctions send-task-failure --error CloneRefused --cause 'refused by …' --task-token '${taskToken}'`,
  ].join('\n');
  const story = [
    `${execution} wants to make ${plan.count} clone(s) of ${plan.sourceInstanceId}.`,
    ...section('Will be created', plan.creates.map(({ quantity, resource, detail }) => `${quantity} ${resource}: ${detail}`)),
    ...section('Warnings', plan.warnings),
    ...section('Differs from the source', plan.differences.filter(({ kind }) => kind !== 'nature').map(({ attribute, source, clone, why }) =>
      `${attribute}: ${JSON.stringify(source)} becomes ${JSON.stringify(clone)}, for ${why}`)),
    ...section('Cost', plan.cost.map(({ item, quantity, unit, amount }) => `${item}: ${quantity} ${unit}${amount === null ? '' : ` = ${amount}`}`)),
    `It takes about ${Math.ceil(plan.expectedSeconds / 60)} minutes at most.`,
  ].join('\n');
  return `${story.length > MOST_CHARACTERS ? `${story.slice(0, MOST_CHARACTERS)}\n… (the whole plan is in the execution's data)` : story}\n\n${answer}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map(line => `- ${line}`)];
}
