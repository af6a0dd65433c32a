import { section } from '../shared/approval';
import { type Asked, askHolding, type Asking } from '../shared/ask-holding';
import type { Plan } from '../shared/plan/plan';

export interface Input extends Asking {
  readonly plan: Plan;
}
export type Output = Asked;

/** Tells people what is about to be made, and how they approve or refuse it. */
export async function handler(input: Input): Promise<Output> {
  const { plan, execution } = input;
  return askHolding(input, {
    subject: `Approve ${plan.count} clone(s) of ${plan.sourceInstanceId}?`, story: cloneStory(plan, execution), refusal: 'CloneRefused',
  });
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
