import type { Hosts } from '../shared/hosts';
import type { HostFacts } from '../shared/replication/host';
import { matchHosts } from '../shared/replication/match';
import { nitroProblems } from '../shared/replication/nitro';
import type { Replication, ReplicationRequest } from '../shared/replication/replication';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly request: ReplicationRequest;
  readonly hosts: Hosts;
  readonly sourceHost: HostFacts;
  readonly targetHost: HostFacts;
}
export interface Output { readonly replication: Replication }

/** Finds how the two hosts can replicate, before anything on them is changed; refuses with all that stands against it. */
export async function handler({ request, hosts, sourceHost, targetHost }: Input): Promise<Output> {
  const found = request.encryption === 'nitro' ? await nitroProblems(hosts.source.instanceId, hosts.target.instanceId) : [];
  return { replication: matchHosts(request, hosts, { source: sourceHost, target: targetHost }, found) };
}
