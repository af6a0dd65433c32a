import { GroupNotReady } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { announced, type Group, type Member, strangeness } from '../shared/migration/gate';
import { changeGate } from '../shared/migration/gate-item';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly gate: Group;
  readonly instanceId: string;
  /** The table with the gates. */
  readonly table: string;
  readonly lease: Lease;
}
export type Output = Record<string, never>;

/** Tells the others of the group that this instance is ready to switch. */
export async function handler({ gate: group, instanceId, table, lease, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const member: Member = { group, id: instanceId, execution };
  await changeGate(table, group, gate => {
    const strange = strangeness(gate, member);
    if (strange !== undefined) throw new GroupNotReady(strange);
    return announced(gate, member, Date.now());
  });
  return {};
}
