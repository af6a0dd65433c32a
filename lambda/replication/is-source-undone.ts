import { AgentTooOld, NotFoundOnHost } from '../shared/errors';
import { type Look, type LookInput } from '../shared/replication/command';
import { handler as isDisconnected } from './is-source-disconnected';

export type Input = LookInput;
export type Output = Look;

/** Looks whether what was prepared on the instance is undone; where nothing was prepared there is nothing to undo. */
export async function handler(input: Input): Promise<Output> {
  try {
    return await isDisconnected(input);
  } catch (error) {
    // an agent that is too old has prepared nothing either
    if (error instanceof NotFoundOnHost || error instanceof AgentTooOld) return { done: true, waitSeconds: 0 };
    throw error;
  }
}
