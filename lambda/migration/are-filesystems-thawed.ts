import { NotFrozenAtSnapshot } from '../shared/errors';
import { look, type Look, type LookInput, quickly } from '../shared/replication/command';
import type { Step, VolumeSnapshot } from '../shared/step';

export interface Input extends LookInput, Step {
  /** What was frozen. */
  readonly frozen: readonly string[];
  /** What was taken meanwhile; empty: it was not taken. */
  readonly snapshots: readonly VolumeSnapshot[];
}
export interface Output extends Look {
  /** As long as the instance itself says that all were frozen; null: nothing was, or not yet. */
  readonly interval: { readonly from: string; readonly to: string } | null;
}

/** Looks whether the filesystems are thawed, and whether they were frozen when the snapshots were taken: only that counts as consistent. */
export async function handler(input: Input): Promise<Output> {
  const { command: { instanceId }, frozen, snapshots } = input;
  return look<Pick<Output, 'interval'>>(input, quickly, { interval: null }, answer => {
    const [from, to] = [answer.optionalTime('since'), answer.optionalTime('frozenUntil')];
    if (frozen.length === 0 || snapshots.length === 0) return { interval: null };
    if (from === null || to === null) throw new NotFrozenAtSnapshot(`${instanceId} can not say how long its filesystems were frozen: start again`);
    if (answer.optionalFlag('clockSynchronized') === false) {
      throw new NotFrozenAtSnapshot(`the clock of ${instanceId} is not synchronized, so its freeze can not be compared with the snapshots' times: set up chrony, or ask for consistency "crash"`);
    }
    const outside = snapshots.filter(({ startTime }) => Date.parse(startTime) < Date.parse(from) || Date.parse(startTime) > Date.parse(to));
    if (outside.length > 0) throw new NotFrozenAtSnapshot(`the filesystems of ${instanceId} were frozen from ${from} to ${to}, but ${outside.map(({ device, startTime }) => `${device} was taken at ${startTime}`).join(', ')}: start again`);
    return { interval: { from, to } };
  });
}
