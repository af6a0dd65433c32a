import { ReplicationInWrongState } from '../shared/errors';
import { look, type Look, type LookInput, quickly } from '../shared/replication/command';

export type Input = LookInput;
export type Output = Look;

/** Looks whether the source serves again. */
export async function handler(input: Input): Promise<Output> {
  return look(input, quickly, {}, answer => {
    if (!answer.flag('serving')) throw new ReplicationInWrongState(`${input.command.instanceId} says that it does not serve: look at its services and mounts, then fall back again`);
    return {};
  });
}
