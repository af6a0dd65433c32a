import { readAll } from '../shared/clone-commands';
import type { Sent } from '../shared/commands';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { writtenTo } from '../shared/plan/shares';
import type { Step } from '../shared/step';
import type { Share } from './are-shared-volumes-mounted';

export interface Input extends Step {
  readonly plan: Plan;
  readonly commands: readonly Sent[];
  /** What is shared read-only. */
  readonly shares: readonly Share[];
  readonly lease: Lease;
}
export interface Output {
  readonly joined: boolean;
  readonly shares: readonly Share[];
  readonly waitSeconds: number;
}

const WAIT_SECONDS = 5;

/** Looks whether every clone writes; one that can not has left the cluster again. */
export async function handler({ plan, commands, shares, lease, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const results = await readAll(commands, 'could not join the cluster, and has unmounted, stopped its units and is fenced again');
  if (!results) return { joined: false, shares, waitSeconds: WAIT_SECONDS };
  const { volumeId = '', device = '', cluster } = writtenTo(plan.shared) ?? {};
  const { kind = null, mount = null } = cluster?.filesystem ?? {};
  const written = results.map(({ instanceId }): Share => ({ access: 'read-write', instanceId, volumeId, device, filesystem: kind, mount, reason: null, reservation: null }));
  return { joined: true, shares: [...shares, ...written], waitSeconds: 0 };
}
