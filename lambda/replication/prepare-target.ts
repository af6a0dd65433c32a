import type { SentCommand } from '../shared/replication/command';
import { type PrepareInput, prepareTarget } from '../shared/replication/prepare';

export type Input = PrepareInput;
export type Output = SentCommand;

/** Tells the target to prepare: packages, devices, its key. The source is not met yet. */
export async function handler(input: Input): Promise<Output> {
  return prepareTarget(input, null);
}
