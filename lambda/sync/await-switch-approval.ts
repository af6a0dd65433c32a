import { ask, section } from '../shared/approval';
import { type Lease, renewLease } from '../shared/lease';
import type { Step } from '../shared/step';
import type { SyncPlan } from '../shared/sync/plan';

export interface Input extends Step {
  readonly topicArn: string;
  readonly plan: SyncPlan;
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

/** Tells people what is about to move, and how they approve or refuse it. */
export async function handler({ topicArn, plan, taskToken, lease, targetLease, timeoutSeconds, execution }: Input): Promise<Output> {
  for (const held of targetLease ? [lease, targetLease] : [lease]) await renewLease(held, execution, timeoutSeconds + HOUR);
  await ask(topicArn, { subject: `Approve the move of ${plan.sourceInstanceId}?`, story: switchStory(plan, execution), refusal: 'SyncRefused' }, taskToken);
  return {};
}

export function switchStory(plan: SyncPlan, execution: string): string[] {
  const { from, to } = plan.expectedPauseSeconds;
  return [
    `${execution} wants to move ${plan.mounts.map(({ mountPoint }) => mountPoint).join(', ')} of ${plan.sourceInstanceId} to ${plan.targetInstanceId ?? `a new ${plan.launch?.InstanceType}`}.`,
    ...section('What will happen', plan.story),
    ...section('Warnings', plan.warnings),
    ...plan.targetInstanceId === null ? section('The target differs from the source', plan.differences.filter(({ kind }) => kind !== 'nature')
      .map(({ attribute, source, clone, why }) => `${attribute}: ${JSON.stringify(source)} becomes ${JSON.stringify(clone)}, for ${why}`)) : [],
    '',
    `The pause is ${from} to ${to} seconds and what the services take to stop and start.`,
    ...section('The synchronisation takes', plan.expected.map(({ mibPerSecond, hours, because }) => `${hours} hours at ${mibPerSecond} MiB/s (${because})`)),
  ];
}
