import type { InstanceSpec } from '../cloud/ec2/builder';
import type { Link } from '../cloud/links/link';
import { generatedBackground, generatedLoad } from '../cloud/load/generator';
import type { Load } from '../cloud/load/load';
import type { Outpost } from '../cloud/outposts/state';
import { EdgeApplication } from './edge-application';
import { edgePlace, hostedZoneId, megabits, movable, profile, subnets } from './edge-place';
import type { Stage } from './stage';

const record = 'orders.example.com.';
const service = 'orders.service';

/** What every execution here asks for. */
export const moving = { services: [service], traffic: { records: [{ hostedZoneId, name: record, type: 'A' }] }, keepSource: 'PT10M' };

export interface EdgeServerOptions {
  /** Where it is to begin with. */
  readonly at?: keyof typeof subnets;
  /** How many m5.large the rack has room for; four unless told otherwise. */
  readonly room?: number;
  /** What it is busy with; an office's day unless told otherwise. */
  readonly load?: Load;
}

/** An application server whose clients find it by a name, in a Region with an Outpost. */
export interface EdgeServer {
  readonly instanceId: string;
  readonly ids: readonly string[];
  readonly application: EdgeApplication;
  readonly rack: Outpost;
  readonly link: Link;
  /** Another instance like it, whose application is its own business. */
  neighbour(spec?: InstanceSpec): string;
}

const oldBlocks = 80;

/** It has been busy for weeks, as others have been on the service link. */
export async function edgeServer(stage: Stage, { at = 'home', room = 4, load = generatedLoad(1, { index: 0, kind: 'office', meanWrites: 300_000 }) }: EdgeServerOptions = {}): Promise<EdgeServer> {
  const { account } = stage;
  const { ec2, route53, ssm, clock } = account;
  const others = (stream: number) => generatedBackground(stream, { capacity: megabits * 1e6, mean: 0.2 });
  const rack = edgePlace(account, { slots: { 'm5.large': room }, background: { 'to-edge': others(1), 'to-region': others(2) } });
  const { instanceId, volumeIds, networkInterfaceIds } = ec2.addInstance({
    name: 'orders', type: 'm5.large', profile, subnetId: subnets[at], tags: { [movable.key]: movable.value }, volumes: [{ size: 20, written: 3 }, { size: 60, written: 12 }],
  });
  for (const id of volumeIds) for (let block = 0; block < oldBlocks; block++) ec2.write(id, block, `old ${block}`);
  const guest = ssm.guest(instanceId);
  guest.disks.format({ mounts: ['/'], kind: 'xfs', volumes: [volumeIds[0]!] }, { mounts: ['/srv'], kind: 'xfs', volumes: [volumeIds[1]!] });
  guest.systemd.install(service);
  route53.addHostedZone('example.com', [
    { Name: record, Type: 'A', TTL: 60, ResourceRecords: [{ Value: ec2.instances.get(instanceId)!.PrivateIpAddress! }] },
  ], hostedZoneId);
  const application = new EdgeApplication(account, { service, hostedZoneId, record, load });
  await clock.advance(30_000);
  return {
    instanceId, application, rack, link: account.links.of(rack), ids: [instanceId, ...volumeIds, ...networkInterfaceIds],
    neighbour: spec => ec2.addInstance({ name: 'press', type: 'm5.large', subnetId: subnets.factory, volumes: [{ size: 20 }], ...spec }).instanceId,
  };
}
