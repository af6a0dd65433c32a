import { type Asked, askForStatus } from '../shared/replication/ask';
import type { PatientCommand } from '../shared/replication/trouble';

export type Input = Asked;
export type Output = PatientCommand;

/** Asks the target how far it is, and tells it how fast it may go. */
export async function handler(input: Input): Promise<Output> {
  return askForStatus(input);
}
