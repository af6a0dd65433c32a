import { section } from '../shared/approval';
import { type Asked, askHolding, type Asking } from '../shared/ask-holding';
import type { MigrationPlan } from '../shared/migration/plan';
import type { Round } from '../shared/migration/rounds';

export interface Input extends Asking {
  readonly plan: MigrationPlan;
  readonly rounds: readonly Round[];
}
export type Output = Asked;

/** Tells people that the copy is near enough, and how they let the pause begin. */
export async function handler(input: Input): Promise<Output> {
  const { plan, rounds, execution } = input;
  return askHolding(input, {
    subject: `Move ${plan.sourceInstanceId} to ${plan.destination.name} now?`, story: cutOverStory(plan, rounds, execution), refusal: 'MigrationRefused',
  });
}

function cutOverStory(plan: MigrationPlan, rounds: readonly Round[], execution: string): string[] {
  const { sourceInstanceId, destination, maxDowntime, story, warnings, differences } = plan;
  return [
    `${execution} is ready to move ${sourceInstanceId} to ${destination.name}. The pause begins with the approval, or, if that takes more than a quarter`
      + ` of an hour, after another round of snapshots, and takes ${maxDowntime} s at most.`,
    ...section('What will happen', story),
    ...section('Rounds so far', rounds.map(({ round, bytes, seconds }) => `${round}: ${bytes} bytes, ${seconds} s`)),
    ...section('Warnings', warnings),
    ...section('The target differs from the source', differences.filter(({ kind }) => kind !== 'nature')
      .map(({ attribute, source, clone, why }) => `${attribute}: ${JSON.stringify(source)} becomes ${JSON.stringify(clone)}, for ${why}`)),
  ];
}
