import type { Host } from '../shared/hosts';
import { type Asked, askHolding, type Asking } from '../shared/ask-holding';

export interface Input extends Asking {
  /** Who served. */
  readonly from: Host;
  /** Who serves now. */
  readonly to: Host;
  /** Whether the workload goes back when it can not be done. Executions that began with an earlier version do not tell it. */
  readonly fallsBack?: boolean;
}
export type Output = Asked;

/** Tells whoever leads elsewhere what no step can, that it is time, and how they say that it is done. */
export async function handler(input: Input): Promise<Output> {
  const { from, to, fallsBack = false, execution } = input;
  return askHolding(input, {
    subject: `Redirect from ${from.instanceId} to ${to.instanceId}`, story: redirectionStory(from, to, fallsBack, execution),
    yes: 'When it is done', no: 'If it can not be done', refusal: 'NotRedirected',
  });
}

export function redirectionStory(from: Host, to: Host, fallsBack: boolean, execution: string): string[] {
  return [
    `${execution}: ${to.instanceId} (${to.address}) serves instead of ${from.instanceId} (${from.address}).`,
    'Target groups, records and Elastic IP addresses that the execution names have been moved. Lead whatever else leads to the former instance to the new one.',
    fallsBack ? "If it can not be done, or is not answered in time, the workload falls back, with a pause: the former instance serves again, as the execution's onFailure asks for."
      : 'If it can not be done the execution fails and keeps both instances; the new one goes on serving.',
  ];
}
