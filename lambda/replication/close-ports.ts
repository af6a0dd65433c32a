import { leaveGroup, type PortsInput } from '../shared/replication/ports';

export type Input = PortsInput;
/** The interfaces that were changed. */
export interface Output { readonly left: readonly string[] }

/** Takes the two instances out of the construct's security group. */
export async function handler(input: Input): Promise<Output> {
  return { left: await leaveGroup(input) };
}
