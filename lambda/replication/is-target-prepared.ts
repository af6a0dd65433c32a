import { look, type Look, type LookInput, patiently } from '../shared/replication/command';

export type Input = LookInput;
export interface Output extends Look {
  /** WireGuard's; null where nothing is encrypted, and until it is done. */
  readonly publicKey: string | null;
}

/** Looks whether the instance is prepared; only its public key leaves it. */
export async function handler(input: Input): Promise<Output> {
  return look<Pick<Output, 'publicKey'>>(input, patiently, { publicKey: null }, answer => ({ publicKey: answer.optionalText('publicKey', /^[A-Za-z0-9+/]{43}=$/) }));
}
