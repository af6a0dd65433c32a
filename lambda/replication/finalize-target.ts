import type { SentCommand } from '../shared/replication/command';
import { sendSession, type SessionStep } from '../shared/replication/send-session';

export type Input = SessionStep;
export type Output = SentCommand;

/** Tells the instance that serves to take the engine from under its mounted filesystems. */
export async function handler(input: Input): Promise<Output> {
  return sendSession(input);
}
