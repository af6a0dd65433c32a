import type { SentCommand } from '../shared/replication/command';
import { sendSession, type SessionStep } from '../shared/replication/send-session';

export type Input = SessionStep;
export type Output = SentCommand;

/** Tells the source to stop the services, and to offer its blocks. From here to 'Is target serving' the workload is paused. */
export async function handler(input: Input): Promise<Output> {
  return sendSession(input);
}
