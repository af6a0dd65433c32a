import { look, type Look, type LookInput, quickly } from '../shared/replication/command';

export type Input = LookInput;
export type Output = Look;

/** Looks whether the target follows. */
export async function handler(input: Input): Promise<Output> {
  return look<object>(input, quickly, {}, answer => {
    answer.oneOf('phase', 'mirrored');
    return {};
  });
}
