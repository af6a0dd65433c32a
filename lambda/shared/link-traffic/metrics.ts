import type { Dimension, ListMetricsCommandInput, Metric } from '@aws-sdk/client-cloudwatch';
import type { Direction, EdgeLink } from '../links';
import type { WantedMetric } from '../metric-data';

/** A metric of one tunnel or interface; the older of two that measure the same is asked only where the newer has nothing. */
export interface LinkMetric extends WantedMetric {
  /** The tunnel or interface. */
  readonly part: string;
  readonly isOlder: boolean;
}

/** What to ask ListMetrics for; nothing for a link that no metric measures. */
export function searchesFor({ kind, vpnConnectionId = '', outpostId = '' }: EdgeLink, direction: Direction): Omit<ListMetricsCommandInput, 'NextToken'>[] {
  switch (kind) {
    // In is what AWS received from the edge
    case 'site-to-site-vpn': return [{
      Namespace: 'AWS/VPN', MetricName: direction === 'to-edge' ? 'TunnelDataOut' : 'TunnelDataIn', Dimensions: [{ Name: 'VpnId', Value: vpnConnectionId }],
    }];
    // In is what the Outpost received; newer series name it OutpostId, older ones OutpostsId
    case 'outpost-service-link': return ['OutpostId', 'OutpostsId'].map(Name => ({
      Namespace: 'AWS/Outposts', MetricName: direction === 'to-edge' ? 'IfTrafficIn' : 'IfTrafficOut', Dimensions: [{ Name, Value: outpostId }],
    }));
    case 'local-zone': return [];
  }
}

/** The metrics to read, of those that were found: one per tunnel, or per interface of the service link and name of its dimensions. */
export function metricsOf({ kind }: EdgeLink, found: readonly Metric[]): LinkMetric[] {
  return found.flatMap((metric, index): LinkMetric[] => {
    const { Dimensions = [] } = metric;
    const value = (name: string): string | undefined => Dimensions.find(({ Name }) => Name === name)?.Value;
    const common = { key: `${index}`, metric };
    if (kind === 'site-to-site-vpn') {
      const part = value('TunnelIpAddress');
      // the sum of both tunnels has a series of its own, without their addresses
      return part !== undefined && hasOnly(Dimensions, ['VpnId', 'TunnelIpAddress']) ? [{ ...common, part, statistic: 'Sum', isOlder: false }] : [];
    }
    const part = value('VirtualInterfaceId');
    // interfaces of the local gateway belong to a group
    return part !== undefined && value('VirtualInterfaceGroupId') === '-' ? [{ ...common, part, statistic: 'Maximum', isOlder: value('OutpostId') === undefined }] : [];
  });
}

/** Bytes per second, of a value that CloudWatch gives. */
export function rateOf({ kind }: EdgeLink, value: number, period: number): number {
  return kind === 'site-to-site-vpn' ? value / period : value / 8;
}

/** The metric that tells whether the link is up: above the threshold it is. */
export function healthOf({ kind, vpnConnectionId = '', outpostId = '' }: EdgeLink): { readonly wanted: WantedMetric; readonly isUp: (value: number) => boolean } | undefined {
  const of = (Namespace: string, MetricName: string, Name: string, Value: string): Metric => ({ Namespace, MetricName, Dimensions: [{ Name, Value }] });
  switch (kind) {
    case 'site-to-site-vpn': return {
      wanted: { key: 'health', metric: of('AWS/VPN', 'TunnelState', 'VpnId', vpnConnectionId), statistic: 'Maximum' }, isUp: value => value > 0,
    };
    case 'outpost-service-link': return {
      wanted: { key: 'health', metric: of('AWS/Outposts', 'ConnectedStatus', 'OutpostId', outpostId), statistic: 'Average' }, isUp: value => value >= 1,
    };
    case 'local-zone': return undefined;
  }
}

function hasOnly(dimensions: readonly Dimension[], names: readonly string[]): boolean {
  return dimensions.length === names.length && dimensions.every(({ Name = '' }) => names.includes(Name));
}
