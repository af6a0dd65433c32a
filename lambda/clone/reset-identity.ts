import { freezeOwner } from '../shared/command';
import { type Sent, sendCommands } from '../shared/commands';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceIds: readonly string[];
  readonly documentName: string;
}
export interface Output { readonly commands: readonly Sent[] }

/** Tells the clones to take an identity of their own; on any other instance the document does nothing. */
export async function handler({ instanceIds, documentName, execution }: Input): Promise<Output> {
  return { commands: await sendCommands(instanceIds, documentName, some => ({ Owner: freezeOwner(execution, 0), Clones: some.join(',') })) };
}
