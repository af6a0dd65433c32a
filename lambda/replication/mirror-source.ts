import type { SentCommand } from '../shared/replication/command';
import { sendSession, type SessionStep } from '../shared/replication/send-session';

export type Input = SessionStep;
export type Output = SentCommand;

/** Tells the source to serve through the engine: its services pause for as long as they take to stop and start. */
export async function handler(input: Input): Promise<Output> {
  return sendSession(input);
}
