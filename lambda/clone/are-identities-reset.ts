import { readCommands, type Sent } from '../shared/commands';
import { IdentityNotReset } from '../shared/errors';
import { type Identity, identityOf } from '../shared/identity';
import { type Lease, renewLease } from '../shared/lease';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly commands: readonly Sent[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output {
  readonly reset: boolean;
  /** What each clone was before: as a rule its source. */
  readonly found: readonly { readonly instanceId: string; readonly identity: Identity }[];
  readonly waitSeconds: number;
}

/** The document takes ten minutes at most before the reboot, and a moment after it. */
const GIVE_UP_AFTER_MS = 1_800_000;

/** Looks whether the clones have reset their identity and come back from the reboot. */
export async function handler({ commands, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const answers = await readCommands(commands);
  const failed = answers.filter(({ result }) => result && !(result.succeeded && result.answer['found']));
  if (failed.length > 0) {
    throw new IdentityNotReset(failed.map(({ instanceId, result }) => `${instanceId} could not reset its identity: ${reasonOf(result?.reason)}`).join('; '));
  }
  const waiting = answers.filter(({ result }) => !result).map(({ instanceId }) => instanceId);
  if (waiting.length > 0 && Date.now() - Date.parse(since) > GIVE_UP_AFTER_MS) {
    throw new IdentityNotReset(`${waiting.join(', ')} did not come back from the reboot that belongs to the reset: look at the console output`);
  }
  return {
    reset: waiting.length === 0,
    found: answers.flatMap(({ instanceId, result }) => (result ? [{ instanceId, identity: identityOf(result.answer['found'] as Record<string, unknown>) }] : [])),
    waitSeconds: pollDelay(since),
  };
}

/** Systems Manager gives up on an instance that does not come back before this step does. */
function reasonOf(reason = ''): string {
  return /TimedOut/.test(reason) ? `${reason}; perhaps it did not come back from the reboot: look at its console output` : reason || 'it answered nothing';
}
