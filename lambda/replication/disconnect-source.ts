import type { SentCommand } from '../shared/replication/command';
import { sendSession, type SessionStep } from '../shared/replication/send-session';

export type Input = SessionStep;
export type Output = SentCommand;

/** Tells the instance that does not serve to take the engine off its devices; their blocks stay. */
export async function handler(input: Input): Promise<Output> {
  return sendSession(input);
}
