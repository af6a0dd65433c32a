import { type CommandResult, readCommand } from '../shared/command';
import type { VolumeCopy } from '../shared/copies';
import { NotFrozenAtSnapshot, ThawFailed } from '../shared/errors';
import type { Plan } from '../shared/plan/plan';
import { bySnapshot } from '../shared/plan/strategies';
import { findSnapshots, ofPlannedVolumes } from '../shared/snapshots';
import type { Step, VolumeSnapshot } from '../shared/step';
import type { Freeze } from './are-filesystems-frozen';

export interface Input extends Step {
  readonly plan: Plan;
  readonly commandId: string;
  readonly attempt: number;
  readonly polls: number;
  /** What are-filesystems-frozen said. */
  readonly freeze: Freeze | null;
  /** What copy-volumes made. */
  readonly copies?: readonly VolumeCopy[];
  /** Whether the snapshots must have been taken inside the freeze; false on the way to a roll back. */
  readonly verify: boolean;
}
export interface Output {
  readonly thawed: boolean;
  /** While nothing could be written, by the instance's own clock; null when nothing had to be frozen. */
  readonly interval: { readonly from: string; readonly to: string } | null;
  readonly waitSeconds: number;
}

/** The document itself takes at most one minute, its delivery another. */
const MOST_POLLS = 60;

/** Looks whether the filesystems are thawed, and whether every snapshot was taken while they were frozen. */
export async function handler({ plan: whole, commandId, attempt, polls, freeze, copies = [], verify, execution, owner }: Input): Promise<Output> {
  const plan = bySnapshot(whole);
  const id = plan.sourceInstanceId;
  const result = await readCommand(id, commandId);
  if (!result && polls >= MOST_POLLS) throw new ThawFailed(`${id} did not answer command ${commandId}: its own timer thaws the filesystems`);
  if (!result) return { thawed: false, interval: null, waitSeconds: 3 };
  if (!result.succeeded) throw new ThawFailed(`${id} could not thaw its filesystems: ${result.reason}. Its own timer tries again`);
  const interval = intervalOf(result);
  if (verify && freeze !== null && freeze.frozen.length > 0) {
    if (interval === null) {
      throw new NotFrozenAtSnapshot(`${id} can not say how long its filesystems were frozen (it was restarted, or somebody else thawed them): start again`);
    }
    const snapshots = plan.snapshotting ? ofPlannedVolumes(await findSnapshots({ execution, owner }, attempt), plan) : [];
    refuseOutside([...snapshots, ...copies], plan, interval, result);
    const missing = plan.volumes.filter(({ volumeId }) => !snapshots.some(snapshot => snapshot.volumeId === volumeId));
    if (missing.length > 0 && polls >= MOST_POLLS) throw new NotFrozenAtSnapshot(`${missing.map(({ device }) => `${device} has no snapshot`).join(', ')}: start again`);
    // new snapshots are seen a moment late
    if (missing.length > 0) return { thawed: false, interval: null, waitSeconds: 3 };
  }
  return { thawed: true, interval, waitSeconds: 0 };
}

function intervalOf({ answer }: CommandResult): Output['interval'] {
  const { since, frozenUntil } = answer;
  return typeof since === 'string' && typeof frozenUntil === 'string' ? { from: since, to: frozenUntil } : null;
}

/** Consistency is claimed only for what the instance itself reports. */
function refuseOutside(
  snapshots: readonly Pick<VolumeSnapshot, 'device' | 'startTime'>[], { sourceInstanceId }: Plan, { from, to }: NonNullable<Output['interval']>, { answer }: CommandResult,
): void {
  if (answer['clockSynchronized'] === false) {
    throw new NotFrozenAtSnapshot(`the clock of ${sourceInstanceId} is not synchronized, so its freeze can not be compared with the snapshots' times:`
      + ' set up chrony, or ask for consistency "crash"');
  }
  const outside = snapshots.filter(({ startTime }) => Date.parse(startTime) < Date.parse(from) || Date.parse(startTime) > Date.parse(to));
  if (outside.length === 0) return;
  throw new NotFrozenAtSnapshot(`the filesystems of ${sourceInstanceId} were frozen from ${from} to ${to}, but `
    + `${outside.map(({ device, startTime }) => `${device} was taken at ${startTime}`).join(', ')}: start again`);
}
