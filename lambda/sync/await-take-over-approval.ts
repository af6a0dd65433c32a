import type { Hosts } from '../shared/hosts';
import { type Asked, askHolding, type Asking } from '../shared/ask-holding';

/** What was copied while the source served. */
interface PreCopy {
  readonly pauseSeconds: number | null;
  readonly percent: number;
  readonly bytesLeft: number | null;
}

export interface Input extends Asking {
  readonly hosts: Hosts;
  readonly session: string;
  /** Null: nothing was copied ahead. */
  readonly preCopy: PreCopy | null;
}
export type Output = Asked;

/** Tells people that the target is ready, and how they let it take over. */
export async function handler(input: Input): Promise<Output> {
  const { hosts, session, preCopy, execution } = input;
  return askHolding(input, { subject: `Let ${hosts.target.instanceId} take over?`, story: takeOverStory(hosts, session, preCopy, execution), refusal: 'SyncRefused' });
}

export function takeOverStory({ source, target }: Hosts, session: string, preCopy: PreCopy | null, execution: string): string[] {
  return [
    `${execution} is ready to switch from ${source.instanceId} to ${target.instanceId} (session ${session}).`,
    preCopy === null ? 'The engine of the two can not copy ahead: the blocks follow the switch.'
      : `The target has ${preCopy.percent} % of the blocks${preCopy.bytesLeft ? `, ${preCopy.bytesLeft} bytes follow the switch` : ', and gets every write'}.`,
    '',
    'Once approved, the services stop on the source and start on the target. Until then the source serves, and the copy is kept up to date.',
    'Refusing leaves the source as it was before, and removes the target if it was launched for this.',
  ];
}
