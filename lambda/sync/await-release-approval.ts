import { section } from '../shared/approval';
import type { Hosts } from '../shared/hosts';
import type { SyncRequest } from '../shared/sync/request';
import { type Asked, askHolding, type Asking } from '../shared/ask-holding';

export interface Input extends Asking {
  readonly hosts: Hosts;
  readonly session: string;
  /** What the comparison of all blocks came to. */
  readonly verification: Readonly<Record<string, unknown>>;
  /** Executions that began with an earlier version do not tell it. */
  readonly onFailure?: SyncRequest['onFailure'];
}
export type Output = Asked;

/** Tells people that every block is on the target, and how they let the source go. */
export async function handler(input: Input): Promise<Output> {
  const { hosts, session, verification, onFailure = 'wait', execution } = input;
  return askHolding(input, { subject: `Let ${hosts.source.instanceId} go?`, story: releaseStory(hosts, session, verification, onFailure, execution), refusal: 'SyncRefused' });
}

export function releaseStory({ source, target }: Hosts, session: string, verification: Input['verification'], onFailure: SyncRequest['onFailure'], execution: string): string[] {
  return [
    `${execution} has moved ${source.instanceId} to ${target.instanceId} (session ${session}): the target serves, and every block of both was compared.`,
    ...section('Comparison', Object.entries(verification).filter(([, value]) => typeof value !== 'object').map(([name, value]) => `${name}: ${String(value)}`)),
    '',
    'Once approved, the replication ends: what is written from then on is on the target alone, and there is no way back by this library.',
    onFailure === 'fall-back' ? 'Refusing, or no answer in time, falls back, with a pause: the source serves again, as the execution\'s onFailure asks for.'
      : 'Refusing keeps both as they are: the target serves, writes go to both. Continue the session later, or fall back.',
  ];
}
