import { tellAll } from '../shared/clone-commands';
import type { Sent } from '../shared/commands';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  readonly documentName: string;
}
export interface Output { readonly commands: readonly Sent[] }

/** Tells every clone what it may never write to, before it can. */
export async function handler({ plan, instanceIds, documentName }: Input): Promise<Output> {
  return { commands: await tellAll(instanceIds, plan.shared, documentName) };
}
