import type { SentCommand } from '../shared/replication/command';
import { sendSession, type SessionStep } from '../shared/replication/send-session';

export type Input = SessionStep;
export type Output = SentCommand;

/** Tells the target to follow the source, as soon as that one serves through the engine. */
export async function handler(input: Input): Promise<Output> {
  return sendSession(input);
}
