import { type Sent, sendCommands } from '../shared/commands';
import type { Plan } from '../shared/plan/plan';
import { writtenTo } from '../shared/plan/shares';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly documentName: string;
}
export interface Output { readonly commands: readonly Sent[] }

/** Tells every clone, while it reaches nobody yet, what must not start before it joins: not even at a boot. */
export async function handler({ plan, instanceIds, documentName }: Input): Promise<Output> {
  const share = writtenTo(plan.shared);
  const filesystem = share?.cluster.filesystem;
  if (!filesystem) return { commands: [] };
  const { clusterServices, services } = share.cluster;
  return { commands: await sendCommands(instanceIds, documentName, () => ({
    Volume: share.volumeId, Kind: filesystem.kind, Mount: filesystem.mount, Options: filesystem.options,
    Cluster: clusterServices.join(','), Services: services.join(',') || 'none',
  })) };
}
