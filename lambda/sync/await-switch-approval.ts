import { section } from '../shared/approval';
import { type Asked, askHolding, type Asking } from '../shared/ask-holding';
import type { SyncPlan } from '../shared/sync/plan';

export interface Input extends Asking {
  readonly plan: SyncPlan;
}
export type Output = Asked;

/** Tells people what is about to move, and how they approve or refuse it. */
export async function handler(input: Input): Promise<Output> {
  const { plan, execution } = input;
  return askHolding(input, { subject: `Approve the move of ${plan.sourceInstanceId}?`, story: switchStory(plan, execution), refusal: 'SyncRefused' });
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
