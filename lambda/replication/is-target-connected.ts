import { PeerUnreachable } from '../shared/errors';
import { look, type Look, type LookInput, patiently } from '../shared/replication/command';
import type { Replication } from '../shared/replication/replication';

export interface Input extends LookInput { readonly replication: Pick<Replication, 'encryption'> }
export type Output = Look;

/** Looks whether the target has reached the source: nothing is stopped before it has. */
export async function handler(input: Input): Promise<Output> {
  return look(input, patiently, {}, answer => {
    const reachable = answer.optionalFlag('peerReachable');
    // without a tunnel nothing listens on the source before the switch, so that it can not be told
    if (reachable === false || (reachable === null && input.replication.encryption === 'wireguard')) {
      throw new PeerUnreachable(`${input.command.instanceId} does not reach the source: open TCP 7788 to 7795 and UDP 7788 between the two, or give the construct their vpc`);
    }
    return {};
  });
}
