import { look, type Look, type LookInput, quickly } from '../replication/command';
import type { Step } from '../step';

export interface Input extends LookInput, Step {}
export interface Output extends Look {
  /** Units that run; null until all do. */
  readonly active: readonly string[] | null;
}

/** Looks whether the services run. */
export async function handler(input: Input): Promise<Output> {
  return look<Pick<Output, 'active'>>(input, quickly, { active: null }, answer => ({ active: answer.texts('active') }));
}
