import { checkRequest } from '../shared/request/check';
import type { Request } from '../shared/request/request';
import type { Step } from '../shared/step';

export interface Input extends Step {
  /** The execution's input, as somebody typed it. */
  readonly request: unknown;
  /** Whether there is a topic through which to ask for approval. */
  readonly approvable: boolean;
}
export interface Output { readonly request: Request }

/** Refuses a wrong input before anything happens, all its problems in one message. */
export async function handler({ request, approvable }: Input): Promise<Output> {
  return { request: checkRequest(request, approvable) };
}
