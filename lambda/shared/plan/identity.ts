import type { Request } from '../request/request';
import type { Source } from '../source/source';
import type { IdentityPlan } from './plan';

/** Who resets an identity, or waits for its verification, needs to run a document on the clone. */
export function needsSystemsManager({ identity, isolation }: Pick<Request, 'identity' | 'isolation'>): boolean {
  return identity === 'reset' || isolation;
}

export function planIdentity(request: Request, { state }: Source): IdentityPlan | null {
  return needsSystemsManager(request) ? { mode: request.identity === 'reset' ? 'reset' : 'report', askSource: state === 'running' } : null;
}

/** Why no identity can be verified on clones of this source, and what to say then; undefined when it can. */
export function identityProblem(request: Request, { instanceId, state, instance, managedBySsm }: Source): string | undefined {
  if (!needsSystemsManager(request)) return undefined;
  const otherwise = 'To clone it all the same say "identity": "keep" and "isolation": false: the clone then starts with the machine id, host keys and host'
    + ' name of its source, in its network and with its rights, and nothing is verified';
  if (instance.Platform?.toLowerCase() === 'windows') {
    return `${instanceId} runs Windows: only Sysprep gives a copy its own SID, computer name and domain membership, and no document here runs it. ${otherwise}`;
  }
  if (instance.Architecture?.endsWith('_mac')) return `${instanceId} runs macOS, whose identity no document here resets. ${otherwise}`;
  if (state === 'running' && managedBySsm === false) {
    return `${instanceId} is not online in Systems Manager, by which machine id, host keys and registration of its clones would be reset and verified: give it the`
      + ` agent and the permissions of AmazonSSMManagedInstanceCore. ${otherwise}`;
  }
  return undefined;
}

/** What a user should know of the identity of the clones. */
export function identityWarnings(request: Request, source: Source): string[] {
  const { identity, isolation, userData } = request;
  const lines: readonly (string | false)[] = [
    identity === 'keep' && !isolation && 'the clone keeps machine id, SSH host keys and host name of its source where its first boot does not change them, and'
      + ' nothing is verified: it runs the same jobs with the same rights from its first second on',
    identity === 'keep' && isolation && 'the clone keeps machine id, SSH host keys and host name of its source; only its registration in Systems Manager is'
      + ' verified before it is let out of isolation',
    identity === 'reset' && !isolation && 'until its identity is reset the clone runs as its source: the same jobs, in the network and with the rights that it was given',
    identity === 'reset' && !isolation && source.profile === null && 'the clone has no instance profile: its identity can be reset only where Default Host Management'
      + ' makes it known to Systems Manager',
    needsSystemsManager(request) && source.state === 'stopped' && source.managedBySsm !== true && 'the source is stopped, so it can not be told whether Systems Manager'
      + ' will reach its clones; if not, they are removed again',
    isolation && 'the clone is rebooted when its identity is reset, and once more when it is let out of isolation, so that all it runs starts with its own'
      + ' identity, network and rights',
    isolation && userData !== 'none' && 'user data runs on the first boot, and so in isolation: without the network and the rights that the clone gets afterwards',
  ];
  return lines.filter(line => line !== false);
}
