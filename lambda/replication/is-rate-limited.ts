import { look, type Look, type LookInput, quickly } from '../shared/replication/command';
import { readStatus } from '../shared/replication/status';
import type { Step } from '../shared/step';

export interface Input extends LookInput, Step {}
export type Output = Look;

/** Looks whether the target has taken the limit. */
export async function handler(input: Input): Promise<Output> {
  return look(input, quickly, {}, answer => {
    readStatus(answer);
    return {};
  });
}
