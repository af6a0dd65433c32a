import { look, type Look, type LookInput, quickly } from '../shared/replication/command';
import { type Paused, readPaused } from '../shared/replication/pause';

export type Input = LookInput;
export interface Output extends Look {
  /** The files that were in use, in base64, for the target to read first. */
  readonly hotFiles: string | null;
  readonly paused: Paused | null;
}

/** What the target's document takes; without hot files it is only slower at first. */
const MOST_CHARACTERS = 20_000;

/** Looks whether the source has handed over. */
export async function handler(input: Input): Promise<Output> {
  return look<Pick<Output, 'hotFiles' | 'paused'>>(input, quickly, { hotFiles: null, paused: null }, answer => {
    answer.oneOf('phase', 'switched');
    return { hotFiles: answer.welcome(one => one.text('hotFiles', /^[A-Za-z0-9+/=]*$/, MOST_CHARACTERS)) ?? '', paused: readPaused(answer, input.command) };
  });
}
