import { look, type Look, type LookInput, patiently } from '../shared/replication/command';

export type Input = LookInput;
export type Output = Look;

/** Looks whether the instance has left the replication. */
export async function handler(input: Input): Promise<Output> {
  return look(input, patiently, {}, answer => {
    answer.oneOf('phase', 'released');
    return {};
  });
}
