import { ReplicationInWrongState } from '../shared/errors';
import { look, type Look, type LookInput, quickly } from '../shared/replication/command';

export type Input = LookInput;
export interface Output extends Look {
  /** `fallen-back`; `preparing`, or of earlier documents `prepared`, when it had never handed over. */
  readonly phase: string | null;
}

/** Looks whether the source serves again. */
export async function handler(input: Input): Promise<Output> {
  return look<Pick<Output, 'phase'>>(input, quickly, { phase: null }, answer => {
    if (!answer.flag('serving')) throw new ReplicationInWrongState(`${input.command.instanceId} says that it does not serve: look at its services and mounts, then fall back again`);
    return { phase: answer.oneOf('phase', 'fallen-back', 'preparing', 'prepared') };
  });
}
