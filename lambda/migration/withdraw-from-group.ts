import { type Group, withdrawn } from '../shared/migration/gate';
import { changeGate } from '../shared/migration/gate-item';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly gate: Group;
  readonly instanceId: string;
  /** The table with the gates. */
  readonly table: string;
  /** The name of the error by which the move ended. */
  readonly error: string;
}
export interface Output {
  /** What became of the group: where all had been ready before, the others switch. */
  readonly verdict: 'open' | 'closed' | 'waiting';
}

/** Tells the others of the group that this instance does not switch, so that they need not wait for it. */
export async function handler({ gate: group, instanceId, table, error, execution }: Input): Promise<Output> {
  const { verdict } = await changeGate(table, group, gate => withdrawn(gate, { group, id: instanceId, execution }, `ended with ${error}`));
  return { verdict };
}
