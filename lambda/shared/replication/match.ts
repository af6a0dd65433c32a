import { HostsDoNotMatch } from '../errors';
import type { Hosts } from '../hosts';
import { matchDevices } from './devices';
import { hardRate } from './pace';
import { volumeList } from './prepare';
import { type Problem, refuse } from './problems';
import { copiesAhead } from './engines';
import type { Replication, ReplicationRequest } from './replication';
import { type Both, chooseEngine, serviceProblems, softwareWarnings, wireguardProblems } from './software';

/** The first of the ports that the construct's security group admits. */
const FIRST_PORT = 7788;
/** What the documents' parameters take. */
const LONGEST_VOLUMES = 4096;
const LONGEST_SERVICES = 1024;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** How two hosts can replicate; refuses when they can not, all the reasons in one message, with what was `found` before. */
export function matchHosts(request: ReplicationRequest, hosts: Hosts, facts: Both, found: readonly Problem[] = []): Replication {
  // what this execution launched is blank, whatever its user data made of its disks
  const mayErase = request.overwriteTarget || hosts.target.launched;
  const { engine, problems: engineProblems } = chooseEngine(facts, request);
  const { volumes, problems: deviceProblems, warnings } = matchDevices(facts.source, facts.target, request, {
    mayErase, empty: hosts.target.launched ? hosts.target.empty ?? [] : null,
  });
  const problems: Problem[] = [
    ...found, ...addressProblems(hosts), ...engineProblems, ...wireguardProblems(facts, request),
    ...serviceProblems(facts, request.services), ...deviceProblems,
    ...tooLong('mountPoints', volumeList(volumes), LONGEST_VOLUMES), ...tooLong('services', request.services.join(','), LONGEST_SERVICES),
  ];
  refuse(problems);
  return {
    engine: engine ?? 'drbd',
    preCopy: request.copy !== 'post-copy' && copiesAhead(engine ?? 'drbd'),
    encryption: request.encryption === 'wireguard' ? 'wireguard' : 'none',
    port: FIRST_PORT,
    installPackages: request.installPackages,
    overwriteTarget: mayErase,
    metadataDirectory: request.metadataDirectory,
    maxRate: request.rateLimit === null ? null : hardRate(request.rateLimit),
    services: request.services,
    volumes,
    warnings: [...warnings, ...softwareWarnings(facts, engine, request)],
  };
}

function addressProblems(hosts: Hosts): Problem[] {
  return [hosts.source, hosts.target].filter(({ address }) => !IPV4.test(address ?? '')).map(({ instanceId }) => ({
    verdict: HostsDoNotMatch, text: `${instanceId} has no private IPv4 address, over which blocks are replicated: take another target`,
  }));
}

function tooLong(field: string, list: string, most: number): Problem[] {
  return list.length <= most ? [] : [{
    verdict: HostsDoNotMatch, text: `${field}: ${list.length} characters with their disks and options, the documents take ${most}: name fewer`,
  }];
}
