import { look, type Look, type LookInput, quickly } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends LookInput, Step {}
export interface Output extends Look {
  /** Mount points; null until they are frozen. */
  readonly frozen: readonly string[] | null;
}

/** Looks whether the filesystems are frozen. */
export async function handler(input: Input): Promise<Output> {
  return look<Pick<Output, 'frozen'>>(input, quickly, { frozen: null }, answer => ({ frozen: answer.texts('frozen') }));
}
