import { freezeOwner, sendCommand } from '../shared/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
  readonly documentName: string;
  readonly attempt: number;
}
export interface Output { readonly commandId: string }

/** Tells the instance to thaw; where nothing is frozen nothing happens. */
export async function handler({ instanceId, documentName, attempt, execution }: Input): Promise<Output> {
  return { commandId: await sendCommand(instanceId, documentName, { Owner: freezeOwner(execution, attempt) }) };
}
