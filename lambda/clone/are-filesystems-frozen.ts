import { readCommand } from '../shared/command';
import { FreezeFailed } from '../shared/errors';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
  readonly commandId: string;
  readonly polls: number;
}
export interface Freeze {
  /** Mount points; empty when nothing of the volumes is mounted but the root. */
  readonly frozen: readonly string[];
  /** ISO 8601, by the instance's clock; null when nothing was frozen. */
  readonly since: string | null;
  /** When the instance thaws itself. */
  readonly until: string | null;
  /** Whether nothing can be written to any of the volumes that the command named. */
  readonly held: boolean;
}
export interface Output {
  readonly frozen: boolean;
  readonly freeze: Freeze | null;
  readonly waitSeconds: number;
}

/** The document itself takes at most five minutes, its delivery one. */
const MOST_POLLS = 120;

/** Looks whether the instance has frozen its filesystems. */
export async function handler({ instanceId, commandId, polls }: Input): Promise<Output> {
  const result = await readCommand(instanceId, commandId);
  if (!result && polls >= MOST_POLLS) throw new FreezeFailed(`${instanceId} did not answer command ${commandId}: look at its SSM agent, or ask for consistency "crash"`);
  if (!result) return { frozen: false, freeze: null, waitSeconds: 3 };
  if (!result.succeeded) throw new FreezeFailed(`${instanceId} could not freeze its filesystems: ${result.reason}. Remove the cause, or ask for consistency "crash"`);
  const { frozen, since, until, clockSynchronized, skipped, unmounted } = result.answer;
  if (clockSynchronized === false) {
    throw new FreezeFailed(`the clock of ${instanceId} is not synchronized, so its freeze could not be compared with the snapshots' times:`
      + ' set up chrony, or ask for consistency "crash"');
  }
  if (!Array.isArray(frozen)) throw new FreezeFailed(`${instanceId} answered command ${commandId} without saying what it froze`);
  return {
    frozen: true,
    freeze: {
      frozen: frozen.map(String), since: typeof since === 'string' ? since : null, until: typeof until === 'string' ? until : null,
      held: frozen.length > 0 && isEmpty(skipped) && isEmpty(unmounted),
    },
    waitSeconds: 0,
  };
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}
