import type { Account } from '../account';
import type { EdgeSite } from '../ec2/edge/site';
import { Link, type LinkSpec } from './link';

export interface VpnSpec extends LinkSpec {
  /** `vpn-` and 17 hexadecimal digits; made up unless given. */
  readonly id?: string;
  /** Outside addresses of its tunnels on the AWS side. */
  readonly tunnels?: readonly string[];
  /** Days for which it is there already; a hundred unless told otherwise. */
  readonly age?: number;
}

export interface Vpn {
  readonly vpnConnectionId: string;
  readonly tunnels: readonly string[];
  readonly link: Link;
  /** Since when it is measured. */
  readonly since: number;
}

/** The lines of the account by which the Region and the edge reach each other. */
export class Links {
  readonly all = new Map<string, Link>();
  readonly vpns = new Map<string, Vpn>();

  constructor(private readonly account: Account) {}

  /** A line by its id: `outpost/op-…`, `local-zone/<name>`, `vpn/vpn-…`. */
  get(id: string): Link {
    const link = this.all.get(id);
    if (!link) throw new Error(`no link ${id} in the rehearsal's account; there are ${[...this.all.keys()].join(', ') || 'none'}`);
    return link;
  }

  add(id: string, spec: LinkSpec): Link {
    const link = new Link(this.account.clock, id, spec);
    this.all.set(id, link);
    return link;
  }

  /** A Site-to-Site VPN connection. "Up to 1.25 Gbps per tunnel" (VPN user guide, "Quotas"); one of two carries the traffic. */
  addVpn({ id: vpnConnectionId = this.account.ec2.id('vpn'), tunnels = ['203.0.113.10', '203.0.113.20'], age = 100, ...spec }: VpnSpec = {}): Vpn {
    const since = this.account.clock.now() - age * 86_400_000;
    const vpn = { since, vpnConnectionId, tunnels, link: this.add(`vpn/${vpnConnectionId}`, { capacity: 1.25e9, ...spec }) };
    this.vpns.set(vpnConnectionId, vpn);
    return vpn;
  }

  /** The line by which EBS moves blocks between the Region and a site: never a customer's VPN. */
  of(site: EdgeSite): Link {
    return this.get(site.linkId);
  }
}
