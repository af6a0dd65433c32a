import { type Background, binMs } from '../cloud/links/background';
import type { Link } from '../cloud/links/link';
import { generatedBackground, generatedLoad } from '../cloud/load/generator';
import type { Load } from '../cloud/load/load';
import { chance } from '../cloud/load/noise';
import type { Outpost } from '../cloud/outposts/state';
import type { ReplayedPair } from '../hosts/replay';
import { EdgeApplication } from './edge-application';
import { BlocksApplication } from './edge-blocks';
import { edgePlace, hostedZoneId, megabits, movable, profile, subnets, vpnMegabits, vpnOf } from './edge-place';
import type { Served } from './edge-served';
import type { Stage } from './stage';

/** One of many: its application has a name of its own. */
export interface SiteServer {
  readonly name: string;
  readonly instanceId: string;
  readonly service: string;
  readonly record: string;
  readonly application: Served;
}

export interface EdgeSite {
  readonly servers: readonly SiteServer[];
  readonly rack: Outpost;
  readonly link: Link;
  /** Where blocks go over one. */
  readonly vpn: Link | undefined;
  /** Ids of all that was there before. */
  readonly ids: readonly string[];
}

export interface EdgeSiteOptions {
  readonly servers: number;
  /** What those are busy with of whom it is not left to chance, by their place in the list. */
  readonly loads?: Readonly<Record<number, Load>>;
  /** Their types; m5.large unless told otherwise. */
  readonly types?: Readonly<Record<number, string>>;
  /** Which of them can send their blocks themselves, over a VPN; none unless told otherwise. */
  readonly byBlocks?: readonly number[];
  /** How many m5.large the rack has room for; as many as there are servers unless told otherwise. */
  readonly room?: number;
}

/** Clients of so many applications are asked for so seldom, in days of virtual time. */
const everyMs = 30_000;
/** Hours for which they have been there: longer than CloudWatch keeps what is measured of them. */
const age = 100 * 24;
/** What others take of the service link on average. */
const othersTake = 0.25;
/** Streams of chance apart from those of the loads. */
const sizes = 100;

/**
 * Many servers that have worked for weeks in a Region, each for clients of its own, and an Outpost behind a service link that others use, too. What
 * they and the link are busy with comes from a seeded generator, or from traces.
 */
export async function edgeSite(stage: Stage, { servers: count, loads = {}, types = {}, byBlocks = [], room = count }: EdgeSiteOptions): Promise<EdgeSite> {
  const { account, chance: { seed, traces } } = stage;
  const { ec2, route53, ssm, clock } = account;
  const others = (stream: number, capacity = megabits * 1e6): Background =>
    remembered(traces?.links[0]?.(capacity, othersTake) ?? generatedBackground(seed * 10 + stream, { capacity, mean: othersTake }));
  const vpn = byBlocks.length === 0 ? undefined : vpnOf(account, { 'to-edge': others(3, vpnMegabits * 1e6), 'to-region': others(4, vpnMegabits * 1e6) });
  const rack = edgePlace(account, { slots: { 'm5.large': room }, background: { 'to-edge': others(1), 'to-region': others(2) } });
  const loadOf = (index: number): Load => {
    const given = loads[index];
    if (given) return given;
    // neighbours in a trace are often the same customer's: take them from everywhere
    const trace = traces && traces.loads[Math.floor(index * traces.loads.length / count)]!;
    const { cpu, writes } = trace ?? generatedLoad(seed, { index, utcOffset: 1 });
    return { cpu: remembered(cpu), writes: remembered(writes) };
  };

  const made = Array.from({ length: count }, (_, index) => {
    const name = `server-${String(index + 1).padStart(2, '0')}`;
    const size = 10 + Math.floor(50 * chance(seed, sizes, index) ** 2);
    const { instanceId, volumeIds, networkInterfaceIds } = ec2.addInstance({
      name, type: types[index] ?? 'm5.large', profile, subnetId: subnets.home, age, tags: { [movable.key]: movable.value },
      volumes: [{ size: 8, written: 2 }, { size, written: Math.ceil(0.4 * size) }],
    });
    for (const id of volumeIds) for (let block = 0; block < 20; block++) ec2.write(id, block, `old ${block}`);
    const guest = ssm.guest(instanceId);
    guest.disks.format({ mounts: ['/'], kind: 'xfs', volumes: [volumeIds[0]!] }, { mounts: ['/srv'], kind: 'xfs', volumes: [volumeIds[1]!] });
    const service = `${name}.service`;
    guest.systemd.install(service);
    return { name, instanceId, service, record: `${name}.example.com.`, load: loadOf(index), ids: [instanceId, ...volumeIds, ...networkInterfaceIds] };
  });
  route53.addHostedZone('example.com', made.map(({ record, instanceId }) =>
    ({ Name: record, Type: 'A', TTL: 60, ResourceRecords: [{ Value: ec2.instances.get(instanceId)!.PrivateIpAddress! }] })), hostedZoneId);
  const pairs = vpn === undefined ? new Map<string, ReplayedPair>() : stage.hosts.pairs(account, byBlocks.map(index => {
    const { instanceId, service } = made[index]!;
    return { sourceInstanceId: instanceId, mounts: ['/srv'], services: [service], device: '/dev/sdf', line: { link: vpn, direction: 'to-edge' } };
  }));
  const servers = made.map(({ name, instanceId, service, record, load }): SiteServer => {
    const pair = pairs.get(instanceId);
    const application = pair ? new BlocksApplication(account, pair, { instanceId, hostedZoneId, record, load, everyMs })
      : new EdgeApplication(account, { service, hostedZoneId, record, load, everyMs });
    return { name, instanceId, service, record, application };
  });
  await clock.advance(everyMs);
  return { servers, rack, link: account.links.of(rack), vpn, ids: made.flatMap(({ ids }) => ids) };
}

/** What each of them asks for, beside what all of them do. */
export const handedOn = ({ service, record }: SiteServer) => ({ services: [service], traffic: { records: [{ hostedZoneId, name: record, type: 'A' }] } });

/** Metrics of weeks are asked for time and again: each five minutes of a load are made up once. */
function remembered(value: (time: number) => number): (time: number) => number {
  const known = new Map<number, number>();
  return time => {
    const bin = Math.floor(time / binMs);
    let found = known.get(bin);
    if (found === undefined) known.set(bin, found = value(bin * binMs));
    return found;
  };
}
