import { type Asked, askHolding, type Asking } from '../shared/ask-holding';
import type { Hosts } from '../shared/hosts';

export interface Input extends Asking {
  readonly hosts: Hosts;
  readonly heldUntil: string;
}
export type Output = Asked;

/** Tells people that the source was held for long enough, and how they let it go. */
export async function handler(input: Input): Promise<Output> {
  const { hosts: { source, target }, heldUntil, execution } = input;
  return askHolding(input, {
    subject: `Terminate ${source.instanceId}?`,
    story: [
      `${execution} has moved ${source.instanceId} to ${target.instanceId}, which serves; the source was held until ${heldUntil}.`,
      'Once approved, the source is terminated, and the volumes that go with it are deleted.',
      'Refusing keeps it as it is: its services are stopped.',
    ],
    refusal: 'ReleaseRefused',
  });
}
