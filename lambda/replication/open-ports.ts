import { joinGroup, type PortsInput } from '../shared/replication/ports';

export type Input = PortsInput;
/** The interfaces that were changed. */
export interface Output { readonly joined: readonly string[] }

/** Lets the two instances reach each other by the construct's security group. */
export async function handler(input: Input): Promise<Output> {
  return { joined: await joinGroup(input) };
}
