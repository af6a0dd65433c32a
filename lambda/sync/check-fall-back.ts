import { checkFallBackRequest } from '../shared/sync/check';
import type { FallBackRequest } from '../shared/sync/request';
import type { Admitted } from '../shared/sync/traffic';
import type { Step } from '../shared/step';

export interface Input extends Step, Admitted {
  /** The execution's input, as somebody typed it, or as the execution that fell back passed it on. */
  readonly request: unknown;
}
export interface Output { readonly request: FallBackRequest }

/** Refuses a wrong input before anything happens, all its problems in one message. */
export async function handler({ request, ...admitted }: Input): Promise<Output> {
  return { request: checkFallBackRequest(request, admitted) };
}
