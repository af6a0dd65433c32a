import { sendStep, type SentCommand } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly instanceId: string;
  /** One of the construct's `verifyDocuments`: the request was held to them. */
  readonly documentName: string;
}
export type Output = SentCommand;

/** Has users' own document judge a target. It gets no parameters: what an execution is told never reaches somebody else's script. */
export async function handler({ instanceId, documentName }: Input): Promise<Output> {
  return sendStep(instanceId, documentName, {});
}
