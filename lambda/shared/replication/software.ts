import { NoCommonEngine, PackagesMissing, ServiceNotFound } from '../errors';
import { copiesAhead, type Engine, ENGINES } from './engines';
import type { HostFacts, Software } from './host';
import type { Problem } from './problems';
import type { ReplicationRequest } from './replication';

export interface Both { readonly source: HostFacts; readonly target: HostFacts }

/** The best engine that both hosts have, or may be given. */
export function chooseEngine(hosts: Both, request: ReplicationRequest): { readonly engine: Engine | null; readonly problems: readonly Problem[] } {
  const able = ENGINES.filter(name => request.copy !== 'pre-copy' || copiesAhead(name));
  const asked = request.engine === 'auto' ? able : [request.engine];
  const engine = asked.find(name => sides(hosts, host => host.engines[name]).every(({ software }) => isUsable(software, request))) ?? null;
  if (engine) return { engine, problems: [] };
  const state = asked.map(name => `${name}: ${describeSides(hosts, host => host.engines[name])}`).join('; ');
  const wouldDo = asked.find(name => sides(hosts, host => host.engines[name]).every(({ software }) => software.available || software.installable));
  if (wouldDo) {
    return { engine, problems: [{ verdict: PackagesMissing, text: `${state}. Start again with installPackages true, or install it yourself` }] };
  }
  const other = request.copy === 'pre-copy' ? ', or ask for copy "auto"' : request.engine === 'auto' ? '' : ', or ask for engine "auto"';
  return { engine, problems: [{ verdict: NoCommonEngine, text: `no engine can run on both instances (${state}): install one${other}, or take another target` }] };
}

export function wireguardProblems(hosts: Both, request: ReplicationRequest): Problem[] {
  if (request.encryption !== 'wireguard') return [];
  const software = sides(hosts, host => host.wireguard);
  if (software.every(one => isUsable(one.software, request))) return [];
  const way = software.every(one => one.software.available || one.software.installable)
    ? 'start again with installPackages true, or install it yourself' : 'install it, or ask for encryption "nitro" or "none"';
  return [{ verdict: PackagesMissing, text: `WireGuard: ${describeSides(hosts, host => host.wireguard)}: ${way}` }];
}

/** The services have to be known on both instances before the first of them is stopped. */
export function serviceProblems(hosts: Both, services: readonly string[]): Problem[] {
  return (['source', 'target'] as const).flatMap(side => {
    const unknown = services.filter(service => {
      const state = hosts[side].services.find(({ name }) => name === service)?.loadState ?? 'not-found';
      return state !== 'loaded';
    });
    return unknown.length === 0 ? [] : [{
      verdict: ServiceNotFound, text: `systemd on the ${side} can not load ${unknown.join(', ')}: correct services, or install and unmask them there`,
    }];
  });
}

/** What may go wrong though it need not. */
export function softwareWarnings({ source, target }: Both, engine: Engine | null, { copy }: Pick<ReplicationRequest, 'copy'>): string[] {
  const [from, to] = [source, target].map(({ engines }) => (engine ? engines[engine].version : null));
  return [
    ...copy === 'auto' && engine !== null && !copiesAhead(engine) ? [`the engine ${engine} can not copy ahead: the blocks follow the switch`] : [],
    ...source.os.arch === target.os.arch ? [] : [
      `the source's processor is ${source.os.arch}, the target's ${target.os.arch}: the services have to read data that the other one wrote`,
    ],
    ...isOlder(target.os.kernel, source.os.kernel) ? [
      `the target's kernel ${target.os.kernel} is older than the source's ${source.os.kernel}: it may not know a feature of a filesystem that was made there;`
      + ' the switch then goes back to the source',
    ] : [],
    ...from && to && major(from) !== major(to) ? [`the source has ${engine} ${from}, the target ${to}: two major versions together are untested`] : [],
  ];
}

function isUsable({ available, installable }: Software, { installPackages }: ReplicationRequest): boolean {
  return available || (installPackages && installable);
}

function sides(hosts: Both, of: (host: HostFacts) => Software) {
  return (['source', 'target'] as const).map(side => ({ side, host: hosts[side], software: of(hosts[side]) }));
}

function describeSides(hosts: Both, of: (host: HostFacts) => Software): string {
  return sides(hosts, of).map(({ side, host, software: { available, installable, missing } }) => {
    if (available) return `the ${side} has it`;
    const what = missing.length > 0 ? `the ${side} lacks ${missing.join(', ')}` : `the ${side} (${host.os.id} ${host.os.version}) lacks it`;
    return `${what}${installable ? `, which ${host.packageManager ?? 'its package manager'} could install` : ''}`;
  }).join('; ');
}

function isOlder(kernel: string, than: string): boolean {
  const [one, other] = [kernel, than].map(text => /^(\d+)\.(\d+)/.exec(text));
  if (!one || !other) return false;
  return Number(one[1]) - Number(other[1]) < 0 || (one[1] === other[1] && Number(one[2]) < Number(other[2]));
}

function major(version: string): string {
  return version.split('.')[0] ?? version;
}
