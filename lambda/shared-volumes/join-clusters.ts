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

/** Tells every clone to become a member of the cluster, and to mount its filesystem writable. */
export async function handler({ plan, instanceIds, documentName }: Input): Promise<Output> {
  const Volume = writtenTo(plan.shared)?.volumeId;
  return { commands: Volume === undefined ? [] : await sendCommands(instanceIds, documentName, () => ({ Volume })) };
}
