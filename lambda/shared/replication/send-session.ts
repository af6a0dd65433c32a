import type { Step } from '../step';
import { sendStep, type SentCommand } from './command';

export interface SessionStep extends Step {
  readonly session: string;
  readonly instanceId: string;
  readonly documentName: string;
}

/** Sends a document that takes nothing but the session. */
export async function sendSession({ session, instanceId, documentName }: SessionStep): Promise<SentCommand> {
  return sendStep(instanceId, documentName, { Session: session });
}
