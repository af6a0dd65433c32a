import { freezeOwner, sendCommand } from '../shared/command';
import { volumeList } from '../shared/freeze';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly documentName: string;
  readonly attempt: number;
  /** After so long the instance thaws itself (10 to 300). */
  readonly seconds: number;
}
export interface Output { readonly commandId: string }

/** Tells the instance to freeze the filesystems on the volumes that are about to be snapshotted; the document never freezes the root. */
export async function handler({ plan, documentName, attempt, seconds, execution }: Input): Promise<Output> {
  // the root, which is never frozen, may go on: whether all others are held is what copies depend on
  const volumes = plan.copying && plan.volumes.length > 1 ? plan.volumes.filter(({ root }) => !root) : plan.volumes;
  return {
    commandId: await sendCommand(plan.sourceInstanceId, documentName, {
      Owner: freezeOwner(execution, attempt), Volumes: volumeList(volumes), Seconds: `${seconds}`,
    }),
  };
}
