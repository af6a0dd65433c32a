import { checkSyncRequest, sessionOf } from '../shared/sync/check';
import type { SyncRequest } from '../shared/sync/request';
import type { Admitted } from '../shared/sync/traffic';
import type { Judges } from '../shared/sync/verify';
import type { Step } from '../shared/step';

export interface Input extends Step, Admitted, Judges {
  /** The execution's input, as somebody typed it. */
  readonly request: unknown;
}
export interface Output {
  readonly request: SyncRequest;
  /** Names the replication on both instances. */
  readonly session: string;
}

/** Refuses a wrong input before anything happens, all its problems in one message. */
export async function handler({ request: input, execution, ...admitted }: Input): Promise<Output> {
  const request = checkSyncRequest(input, admitted);
  return { request, session: request.continueSession ?? sessionOf(execution) };
}
