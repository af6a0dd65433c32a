import type { SentCommand } from '../shared/replication/command';
import { type PrepareInput, prepareTarget } from '../shared/replication/prepare';

export interface Input extends PrepareInput {
  /** The source's public key; null where nothing is encrypted. */
  readonly peerKey: string | null;
}
export type Output = SentCommand;

/** Tells the target the source's key, so that the way between them is proved before anything is stopped. */
export async function handler(input: Input): Promise<Output> {
  return prepareTarget(input, input.peerKey);
}
