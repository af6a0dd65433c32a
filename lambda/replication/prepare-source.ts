import type { SentCommand } from '../shared/replication/command';
import { type PrepareInput, prepareSource } from '../shared/replication/prepare';

export interface Input extends PrepareInput {
  /** The target's public key; null where nothing is encrypted. */
  readonly peerKey: string | null;
}
export type Output = SentCommand;

/** Tells the source to prepare; its data and services stay as they are. */
export async function handler(input: Input): Promise<Output> {
  return prepareSource(input, input.peerKey);
}
