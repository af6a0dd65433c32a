import { Bitrate } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { VpnPreSharedKeyStorage, VpnTunnelBandwidth, VpnTunnelOptions } from './vpn-tunnel-options';

/**
 * The two ways over a link.
 */
export enum TrafficDirection {
  /** From the Region to the edge. */
  TO_EDGE = 'to-edge',
  /** From the edge to the Region. */
  TO_REGION = 'to-region',
}

/**
 * What every link is told.
 */
export interface EdgeTunnelProps {
  /**
   * What the link carries towards the edge, for all who use it. No API of AWS knows it: measure it, or read your contract.
   */
  readonly capacity: Bitrate;

  /**
   * What the link carries towards the Region.
   *
   * @default - as much as towards the edge
   */
  readonly capacityToRegion?: Bitrate;

  /**
   * The most that migrations may take of what others leave: above 0, at most 1.
   *
   * @default 0.8
   */
  readonly migrationShare?: number;

  /**
   * Where alarms go. The policy of a key that encrypts it has to admit CloudWatch (`cloudwatch.amazonaws.com`).
   *
   * @default - nowhere
   */
  readonly notificationTopic?: sns.ITopic;
}

/**
 * Properties for `EdgeTunnel.siteToSiteVpn`.
 */
export interface SiteToSiteVpnProps extends EdgeTunnelProps {
  /**
   * A connection that exists already, of any kind. Nothing but alarms is made for it.
   *
   * @default - a new one, as the other properties say
   */
  readonly vpnConnection?: ec2.IVPNConnectionRef;

  /**
   * The IPv4 address of the device at the edge. A Region knows one customer gateway per address: for a second connection to
   * the same device give the first one's `customerGateway`.
   *
   * @default - `customerGateway` or `vpnConnection` is given
   */
  readonly customerGatewayIp?: string;

  /**
   * The number of the autonomous system of the device: 1 to 4,294,967,295, and not that of the gateway on AWS's side.
   * Needed unless routes are static.
   *
   * @default - 65000, which static routes make no use of
   */
  readonly customerGatewayAsn?: number;

  /**
   * The customer gateway, if there is one already.
   *
   * @default - a new one, of `customerGatewayIp` and `customerGatewayAsn`
   */
  readonly customerGateway?: ec2.ICustomerGatewayRef;

  /**
   * The virtual private gateway that the connection ends at.
   *
   * @default - `transitGateway` or `vpnConnection` is given
   */
  readonly vpnGateway?: ec2.IVPNGatewayRef;

  /**
   * The transit gateway that the connection ends at. With BGP both tunnels carry traffic (ECMP), if the gateway supports it.
   *
   * @default - `vpnGateway` or `vpnConnection` is given
   */
  readonly transitGateway?: ec2.ITransitGatewayRef;

  /**
   * Whether the device speaks no BGP.
   *
   * @default - true if there are `staticRoutes`
   */
  readonly staticRoutesOnly?: boolean;

  /**
   * The address ranges at the edge. On a transit gateway these are routes of its own route table, to be made there.
   *
   * @default - none: the device tells them by BGP
   */
  readonly staticRoutes?: string[];

  /**
   * Options of the two tunnels, in their order.
   *
   * @default - both as AWS has them
   */
  readonly tunnels?: VpnTunnelOptions[];

  /**
   * How much each tunnel may carry.
   *
   * @default VpnTunnelBandwidth.STANDARD
   */
  readonly tunnelBandwidth?: VpnTunnelBandwidth;

  /**
   * Where AWS keeps the pre-shared keys, those it was given and those it makes.
   *
   * @default VpnPreSharedKeyStorage.STANDARD
   */
  readonly preSharedKeyStorage?: VpnPreSharedKeyStorage;

  /**
   * The log group for the activity of both tunnels. CloudWatch Logs has to admit `delivery.logs.amazonaws.com` to it.
   *
   * @default - no logs
   */
  readonly logGroup?: logs.ILogGroupRef;
}

/**
 * Properties for `EdgeTunnel.outpostServiceLink`.
 */
export interface OutpostServiceLinkProps extends EdgeTunnelProps {
  /**
   * The id of the Outpost, a rack: `op-0123456789abcdef0`.
   */
  readonly outpostId: string;
}

/**
 * Properties for `EdgeTunnel.localZone`.
 */
export interface LocalZoneLinkProps extends EdgeTunnelProps {
  /**
   * The name of the zone, such as `us-west-2-lax-1a`.
   */
  readonly zoneName: string;
}
