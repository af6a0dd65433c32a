import { readCommands, type Sent } from '../shared/commands';
import { IdentityNotReset } from '../shared/errors';
import { type Identity, identityOf } from '../shared/identity';
import { type Lease, renewLease } from '../shared/lease';
import { type Failure, type Sorted, sortOut } from '../shared/plan/fleet';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceIds: readonly string[];
  /** Of a fleet: what failed so far, and may. Null: none may fail. */
  readonly failures?: readonly Failure[] | null;
  readonly commands: readonly Sent[];
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output extends Sorted {
  readonly reset: boolean;
  /** What each clone was before: as a rule its source. */
  readonly found: readonly { readonly instanceId: string; readonly identity: Identity }[];
  readonly waitSeconds: number;
}

/** The document takes ten minutes at most before the reboot, and a moment after it. */
const GIVE_UP_AFTER_MS = 1_800_000;

/** Looks whether the clones have reset their identity and come back from the reboot. */
export async function handler({ instanceIds, failures = null, commands, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const answers = await readCommands(commands);
  const tooLate = Date.now() - Date.parse(since) > GIVE_UP_AFTER_MS;
  const failed = new Map(answers.filter(({ instanceId }) => instanceIds.includes(instanceId)).flatMap(({ instanceId, result }) => {
    if (!result) return tooLate ? [[instanceId, 'did not come back from the reboot that belongs to the reset: look at the console output']] : [];
    return result.succeeded && result.answer['found'] ? [] : [[instanceId, `could not reset its identity: ${reasonOf(result.reason)}`]];
  }));
  const sorted = sortOut(instanceIds, failures, failed, lines => new IdentityNotReset(lines.join('; ')));
  const going = answers.filter(({ instanceId }) => sorted.instanceIds.includes(instanceId));
  return {
    ...sorted,
    reset: going.every(({ result }) => result),
    found: going.flatMap(({ instanceId, result }) => (result ? [{ instanceId, identity: identityOf(result.answer['found'] as Record<string, unknown>) }] : [])),
    waitSeconds: pollDelay(since),
  };
}

/** Systems Manager gives up on an instance that does not come back before this step does. */
function reasonOf(reason = ''): string {
  return /TimedOut/.test(reason) ? `${reason}; perhaps it did not come back from the reboot: look at its console output` : reason || 'it answered nothing';
}
