import type { VolumeType } from '@aws-sdk/client-ec2';
import type { Account } from '../account';
import { addSubnet } from '../ec2/default-network';
import type { EdgeSite } from '../ec2/edge/site';
import type { LinkSpec } from '../links/link';
import { zones } from '../ec2/zones';

/** What an Outposts rack of a scenario is like. */
export interface OutpostSpec {
  readonly name?: string;
  /** `op-` and 17 hexadecimal digits; made up unless given. */
  readonly id?: string;
  /** The Availability Zone that it belongs to, the Region's first unless told otherwise. */
  readonly zone?: string;
  /** How many instances of each type it is slotted for. */
  readonly slots?: Readonly<Record<string, number>>;
  /** How many of these Capacity Reservations keep for others; they are not used in the rehearsal. */
  readonly reserved?: Readonly<Record<string, number>>;
  /** GiB of each volume type. */
  readonly storage?: Readonly<Partial<Record<VolumeType, number>>>;
  /** Whether S3 on Outposts is provisioned, so that snapshots can be stored there. */
  readonly localSnapshots?: boolean;
  /** Its service link: 500 Mbit/s, used by nobody else, unless told otherwise (Outposts user guide: at least that per compute rack). */
  readonly link?: LinkSpec;
  /** Days for which it is there already; a hundred unless told otherwise. */
  readonly age?: number;
  /** The VPC of its subnet; the default VPC unless told otherwise. */
  readonly vpcId?: string;
}

export interface Outpost extends EdgeSite {
  readonly kind: 'outpost';
  readonly outpostArn: string;
  readonly outpostId: string;
  readonly name: string;
  /** A subnet there. */
  readonly subnetId: string;
  /** Since when it is measured. */
  readonly since: number;
}

/** The Outposts racks of the account. */
export class Outposts {
  readonly racks = new Map<string, Outpost>();

  constructor(private readonly account: Account) {}

  /** Installs a rack, with a subnet on it: by default one for four m5.xlarge and eight m5.large, and 11 TB of gp2 and gp3. */
  add(spec: OutpostSpec = {}): Outpost {
    const { ec2, region, random, clock } = this.account;
    const {
      id: outpostId = `op-0${random.hex(16)}`, zone = zones(region)[0]!.name, name = `outpost-${this.racks.size + 1}`,
      slots = { 'm5.large': 8, 'm5.xlarge': 4 }, storage = { gp2: 11_000, gp3: 11_000 },
    } = spec;
    const outpostArn = this.account.arn('outposts', `outpost/${outpostId}`);
    const { SubnetId } = addSubnet(ec2, { zone, outpostArn, vpcId: spec.vpcId });
    const link = this.account.links.add(`outpost/${outpostId}`, { capacity: 500e6, ...spec.link });
    const rack: Outpost = {
      kind: 'outpost', id: outpostArn, outpostArn, outpostId, name, zone, subnetId: SubnetId, since: clock.now() - (spec.age ?? 100) * 86_400_000, slots: new Map(Object.entries(slots)),
      reserved: new Map(Object.entries(spec.reserved ?? {})),
      storage: new Map(Object.entries(storage) as [VolumeType, number][]), encrypted: true, localSnapshots: spec.localSnapshots ?? false,
      volumeCopies: false, linkId: link.id, connected: () => link.isUp,
    };
    this.racks.set(outpostArn, rack);
    return rack;
  }

  /** Cuts a rack off from the Region for a while; what runs there runs on. */
  disconnect(outpostArn: string, from: number, until: number): void {
    this.account.links.of(this.site(outpostArn)).down(from, until);
  }

  site(outpostArn: string): Outpost {
    const rack = this.racks.get(outpostArn);
    if (!rack) throw new Error(`no Outpost ${outpostArn} in the rehearsal's account`);
    return rack;
  }
}
