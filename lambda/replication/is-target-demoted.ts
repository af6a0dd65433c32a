import { ReplicationInWrongState } from '../shared/errors';
import { look, type Look, type LookInput, quickly } from '../shared/replication/command';
import { type Paused, readPaused } from '../shared/replication/pause';

export type Input = LookInput;
export interface Output extends Look { readonly paused: Paused | null }

/** Looks whether the target has handed over: the source is not promoted before. */
export async function handler(input: Input): Promise<Output> {
  return look<Pick<Output, 'paused'>>(input, quickly, { paused: null }, answer => {
    if (answer.flag('serving')) throw new ReplicationInWrongState(`${input.command.instanceId} says that it still serves: look at its services and mounts, then fall back again`);
    return { paused: readPaused(answer, input.command) };
  });
}
