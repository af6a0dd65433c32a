import type { VolumeType } from '@aws-sdk/client-ec2';
import type { LinkSpec } from '../../links/link';
import { addSubnet } from '../default-network';
import type { Ec2 } from '../state';
import { isLocalZone } from '../zones';
import type { EdgeSite } from './site';

/** What a Local Zone of a scenario is like. */
export interface LocalZoneSpec {
  /** Such as `us-east-1-bos-1a`. */
  readonly name: string;
  /** How many instances of each type it has room for; as many as anyone wants of a few older types unless told otherwise. */
  readonly slots?: Readonly<Record<string, number>>;
  /** GiB of each volume type; gp2 and gp3, as much as anyone wants, unless told otherwise. */
  readonly storage?: Readonly<Partial<Record<VolumeType, number>>>;
  /** Whether it is one of those in which everything is encrypted. */
  readonly encrypted?: boolean;
  /** Whether it has S3, so that snapshots can be stored there. */
  readonly localSnapshots?: boolean;
  readonly volumeCopies?: boolean;
  /** Its line to the Region: 10 Gbit/s, used by nobody else, unless told otherwise. No API tells of it. */
  readonly link?: LinkSpec;
  /** The VPC of its subnet; the default VPC unless told otherwise. */
  readonly vpcId?: string;
}

export interface LocalZone extends EdgeSite {
  readonly kind: 'local-zone';
  /** A subnet there. */
  readonly subnetId: string;
}

const offered = ['t3.medium', 't3.large', 't3.xlarge', 'm5.large', 'm5.xlarge', 'm5.2xlarge', 'c5.large', 'c5.xlarge', 'r5.large', 'r5.xlarge'];

/** Opts the account into a Local Zone, with a subnet there. */
export function addLocalZone(ec2: Ec2, spec: LocalZoneSpec): LocalZone {
  const { name, storage = { gp2: Infinity, gp3: Infinity } } = spec;
  if (!isLocalZone(name) || !name.startsWith(`${ec2.account.region}-`)) throw new Error(`${name} is no Local Zone of ${ec2.account.region}`);
  const slots = spec.slots ?? Object.fromEntries(offered.map(type => [type, Infinity]));
  const { SubnetId } = addSubnet(ec2, { zone: name, vpcId: spec.vpcId });
  const link = ec2.account.links.add(`local-zone/${name}`, { capacity: 10e9, ...spec.link });
  const zone: LocalZone = {
    kind: 'local-zone', id: name, zone: name, subnetId: SubnetId, slots: new Map(Object.entries(slots)), reserved: new Map(),
    storage: new Map(Object.entries(storage) as [VolumeType, number][]), encrypted: spec.encrypted ?? false,
    localSnapshots: spec.localSnapshots ?? false, volumeCopies: spec.volumeCopies ?? false, linkId: link.id, connected: () => link.isUp,
  };
  ec2.localZones.set(name, zone);
  return zone;
}
