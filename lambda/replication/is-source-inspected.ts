import { look, type Look, type LookInput, patiently } from '../shared/replication/command';
import { type HostFacts, readHost } from '../shared/replication/host';

export type Input = LookInput;
export interface Output extends Look { readonly host: HostFacts | null }

/** Looks whether the instance has told what it has. */
export async function handler(input: Input): Promise<Output> {
  return look<Pick<Output, 'host'>>(input, patiently, { host: null }, answer => ({ host: readHost(answer) }));
}
