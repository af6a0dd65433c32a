import { ask, section } from '../shared/approval';
import { type Lease, renewLease } from '../shared/lease';
import type { MigrationPlan } from '../shared/migration/plan';
import type { Round } from '../shared/migration/rounds';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly topicArn: string;
  readonly plan: MigrationPlan;
  readonly rounds: readonly Round[];
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

/** Tells people that the copy is near enough, and how they let the pause begin. */
export async function handler({ topicArn, plan, rounds, taskToken, lease, timeoutSeconds, execution }: Input): Promise<Output> {
  await renewLease(lease, execution, timeoutSeconds + HOUR);
  await ask(topicArn, {
    subject: `Move ${plan.sourceInstanceId} to ${plan.destination.name} now?`, story: cutOverStory(plan, rounds, execution), refusal: 'MigrationRefused',
  }, taskToken);
  return {};
}

function cutOverStory(plan: MigrationPlan, rounds: readonly Round[], execution: string): string[] {
  const { sourceInstanceId, destination, maxDowntime, story, warnings, differences } = plan;
  return [
    `${execution} is ready to move ${sourceInstanceId} to ${destination.name}. The pause begins with the approval, and takes ${maxDowntime} s at most.`,
    ...section('What will happen', story),
    ...section('Rounds so far', rounds.map(({ round, bytes, seconds }) => `${round}: ${bytes} bytes, ${seconds} s`)),
    ...section('Warnings', warnings),
    ...section('The target differs from the source', differences.filter(({ kind }) => kind !== 'nature')
      .map(({ attribute, source, clone, why }) => `${attribute}: ${JSON.stringify(source)} becomes ${JSON.stringify(clone)}, for ${why}`)),
    '',
    'What the source writes until then is in the last snapshots, too; the longer the answer takes, the longer those do.',
  ];
}
