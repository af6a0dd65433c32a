import type { Account } from '../../account';
import type { Vpn } from '../../links/state';
import type { Metric } from '../state';
import { type Published, single, type Source } from './source';

const step = 300_000;
const names = ['TunnelState', 'TunnelDataIn', 'TunnelDataOut'];

/**
 * AWS/VPN: one of the tunnels carries the traffic, both are up while the connection is (VPN user guide, "Monitor with CloudWatch"). In is what
 * came from the customer's side. That points come each five minutes is unverified against AWS.
 */
export function vpnMetrics(account: Account): Source {
  const all = () => [...account.links.vpns.values()];
  return {
    list: () => all().flatMap(vpn => names.flatMap(name => [undefined, ...vpn.tunnels].map(tunnel => published(vpn, name, tunnel)))),
    find: ({ namespace, metricName, dimensions }: Metric) => {
      const vpn = account.links.vpns.get(dimensions.VpnId ?? '');
      const tunnel = dimensions.TunnelIpAddress;
      const known = namespace === 'AWS/VPN' && names.includes(metricName) && vpn && (tunnel === undefined || vpn.tunnels.includes(tunnel));
      return known && Object.keys(dimensions).length === (tunnel === undefined ? 1 : 2) ? published(vpn, metricName, tunnel) : undefined;
    },
  };
}

function published({ vpnConnectionId, tunnels, link, since }: Vpn, metricName: string, tunnel: string | undefined): Published {
  const carries = tunnel === undefined || tunnel === tunnels[0];
  return {
    metric: {
      namespace: 'AWS/VPN', metricName, dimensions: { VpnId: vpnConnectionId, ...tunnel !== undefined && { TunnelIpAddress: tunnel } },
      unit: metricName === 'TunnelState' ? 'None' : 'Bytes',
    },
    resolution: 300, delay: 60, from: since, until: Infinity,
    point: time => {
      if (metricName === 'TunnelState') return single(time, 1 - link.outages.within(time, time + step) / step);
      return single(time, carries ? link.bytesBetween(metricName === 'TunnelDataIn' ? 'to-region' : 'to-edge', time, time + step) : 0);
    },
  };
}
