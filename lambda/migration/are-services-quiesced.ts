import { look, type Look, type LookInput, quickly } from '../shared/replication/command';
import type { Step } from '../shared/step';

export interface Input extends LookInput, Step {}
export interface Output extends Look {
  /** Units that ran; null until they are stopped. */
  readonly stopped: readonly string[] | null;
  /** ISO 8601, by this side's clock: the command was sent, so that no pause is told shorter than it was. */
  readonly pausedAt: string;
}

const UNIT = /^[A-Za-z0-9_.:@-]{1,200}\.(service|socket|timer|target)$/;

/** Looks whether the services are stopped, and everything they left in memory is written. */
export async function handler(input: Input): Promise<Output> {
  const pausedAt = input.command.sentAt;
  return look<Pick<Output, 'stopped' | 'pausedAt'>>(input, quickly, { stopped: null, pausedAt }, answer => ({ stopped: answer.texts('stopped', UNIT), pausedAt }));
}
