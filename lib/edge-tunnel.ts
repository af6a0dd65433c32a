import { isIPv4 } from 'net';
import { ArnFormat, Bitrate, Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { EdgeTunnelProps, LocalZoneLinkProps, OutpostServiceLinkProps, SiteToSiteVpnProps, TrafficDirection } from './edge-tunnel-props';
import { isKnown } from './private/known';
import { checkChoices, checkCustomerAsn, checkInsideCidr, checkIpv4Range, checkPreSharedKey, checkRange, LARGEST_SHORT_ASN } from './private/vpn-checks';
import { VpnIkeVersion, VpnStartupAction, VpnTunnelBandwidth, VpnTunnelOptions } from './vpn-tunnel-options';

/** What one tunnel of a VPN connection carries at most, in bits per second (Site-to-Site VPN User Guide, "Quotas"). */
const TUNNEL_LIMITS = { [VpnTunnelBandwidth.STANDARD]: 1.25e9, [VpnTunnelBandwidth.LARGE]: 5e9 };

/** Both kinds of metrics have a point in five minutes. */
const METRIC_PERIOD = Duration.minutes(5);

/**
 * A link between a Region and the edge, and what is known of it: what it carries, how much of that migrations may take, and
 * where AWS measures its traffic.
 *
 * Two kinds of bytes go over links. Snapshots and volumes (`ebs`) are moved by AWS, over an Outpost's service link or the
 * backbone of a Local Zone; they never take a VPN of yours, and nobody can pace them. Blocks that one instance sends to
 * another (`blocks`) take the IP path that you route them, at the rate that the plan says.
 */
export abstract class EdgeTunnel extends Construct {
  /**
   * A VPN connection between a device at the edge and a virtual private gateway or a transit gateway: a new one, or one that
   * there is. With alarms for a tunnel that is down, and for both.
   */
  public static siteToSiteVpn(scope: Construct, id: string, props: SiteToSiteVpnProps): SiteToSiteVpnTunnel {
    return new SiteToSiteVpnTunnel(scope, id, props);
  }

  /**
   * The service link of an Outpost rack. Nothing of it is deployed but an alarm for its loss.
   */
  public static outpostServiceLink(scope: Construct, id: string, props: OutpostServiceLinkProps): OutpostServiceLink {
    return new OutpostServiceLink(scope, id, props);
  }

  /**
   * The way into a Local Zone. AWS publishes no metric of its traffic: its use is what the ledger has reserved.
   */
  public static localZone(scope: Construct, id: string, props: LocalZoneLinkProps): LocalZoneLink {
    return new LocalZoneLink(scope, id, props);
  }

  /**
   * What the link carries towards the edge.
   */
  public readonly capacity: Bitrate;

  /**
   * What the link carries towards the Region.
   */
  public readonly capacityToRegion: Bitrate;

  /**
   * The most that migrations may take of what others leave.
   */
  public readonly migrationShare: number;

  constructor(scope: Construct, id: string, props: EdgeTunnelProps) {
    super(scope, id);
    const { capacity, capacityToRegion = capacity, migrationShare = 0.8 } = props;
    for (const [name, rate] of Object.entries({ capacity, capacityToRegion })) {
      if (!rate.isUnresolved() && rate.toBps() <= 0) throw new Error(`${name} must be above 0, got ${rate.toBps()} bit/s`);
    }
    if (!Token.isUnresolved(migrationShare) && !(migrationShare > 0 && migrationShare <= 1)) {
      throw new Error(`migrationShare must be above 0 and at most 1, got ${migrationShare}`);
    }
    this.capacity = capacity;
    this.capacityToRegion = capacityToRegion;
    this.migrationShare = migrationShare;
  }

  /**
   * What handlers are told of the link.
   *
   * @internal
   */
  public abstract _link(): EdgeLink;

  /** @internal */
  protected _common(): Pick<EdgeLink, 'capacity' | 'migrationShare'> {
    return { capacity: { 'to-edge': this.capacity.toBps(), 'to-region': this.capacityToRegion.toBps() }, migrationShare: this.migrationShare };
  }

  /** @internal */
  protected _alarm(id: string, props: Pick<cloudwatch.AlarmProps, 'metric' | 'comparisonOperator' | 'threshold' | 'evaluationPeriods' | 'alarmDescription'>,
    { notificationTopic }: EdgeTunnelProps): cloudwatch.Alarm {
    // a link that is down can not tell so: what is missing counts as broken
    const alarm = new cloudwatch.Alarm(this, id, { ...props, treatMissingData: cloudwatch.TreatMissingData.BREACHING });
    if (notificationTopic) alarm.addAlarmAction(new actions.SnsAction(notificationTopic));
    return alarm;
  }
}

/**
 * A link as handlers are told of it; they have the same shape in `lambda/shared/links.ts`.
 *
 * @internal
 */
export interface EdgeLink {
  /** The same for every construct that describes this link, so that they see each other's reservations. */
  readonly id: string;
  readonly kind: string;
  /** Bits per second. */
  readonly capacity: { readonly [direction: string]: number };
  readonly migrationShare: number;
  /** What goes over it. */
  readonly transports: string[];
  readonly vpnConnectionId?: string;
  readonly outpostId?: string;
}

/**
 * A Site-to-Site VPN connection as a link. Get one by `EdgeTunnel.siteToSiteVpn`.
 *
 * Its metrics count what is inside of the tunnels: after decryption, before encryption.
 */
export class SiteToSiteVpnTunnel extends EdgeTunnel {
  /**
   * The connection.
   */
  public readonly vpnConnection: ec2.IVPNConnectionRef;

  /**
   * In alarm when no tunnel was up for ten minutes, or nothing is known of them.
   */
  public readonly downAlarm: cloudwatch.Alarm;

  /**
   * In alarm when a tunnel was down for fifteen minutes.
   */
  public readonly degradedAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: SiteToSiteVpnProps) {
    super(scope, id, props);
    validate(props);
    this.vpnConnection = props.vpnConnection ?? connect(this, props);
    const { LESS_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
    this.downAlarm = this._alarm('DownAlarm', {
      metric: this.metricTunnelState({ statistic: 'Maximum' }),
      comparisonOperator: LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 2,
      alarmDescription: 'No tunnel of the VPN connection is up.',
    }, props);
    this.degradedAlarm = this._alarm('DegradedAlarm', {
      metric: this.metricTunnelState({ statistic: 'Minimum' }),
      comparisonOperator: LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 3,
      alarmDescription: 'A tunnel of the VPN connection is down.',
    }, props);
  }

  /**
   * The state of both tunnels: 1 if both are up, 0 if none is.
   *
   * @default - average over 5 minutes
   */
  public metricTunnelState(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('TunnelState', 'Average', options);
  }

  /**
   * The bytes that came from the edge, through both tunnels. AWS counts background traffic of a tunnel even while it is down.
   *
   * @default - sum over 5 minutes
   */
  public metricTunnelDataIn(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('TunnelDataIn', 'Sum', options);
  }

  /**
   * The bytes that went to the edge, through both tunnels.
   *
   * @default - sum over 5 minutes
   */
  public metricTunnelDataOut(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('TunnelDataOut', 'Sum', options);
  }

  /**
   * The bytes in one direction, one line per tunnel, for dashboards. The addresses of tunnels are known only after the
   * deployment, so CloudWatch searches for them; an alarm can not rest on a search.
   *
   * @default - sums over 5 minutes
   */
  public metricBytesByTunnel(direction: TrafficDirection, options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const name = direction === TrafficDirection.TO_EDGE ? 'TunnelDataOut' : 'TunnelDataIn';
    const { vpnConnectionId } = this.vpnConnection.vpnConnectionRef;
    return search(`{AWS/VPN,VpnId,TunnelIpAddress} MetricName="${name}" VpnId="${vpnConnectionId}"`, 'Sum', options);
  }

  /**
   * What goes in one direction, in bits per second.
   *
   * @default - over 5 minutes
   */
  public metricThroughput(direction: TrafficDirection, options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    const { period = METRIC_PERIOD } = options;
    const bytes = direction === TrafficDirection.TO_EDGE ? this.metricTunnelDataOut({ period }) : this.metricTunnelDataIn({ period });
    return new cloudwatch.MathExpression({ label: `${direction} (bit/s)`, ...options, expression: `8 * bytes / ${period.toSeconds()}`, usingMetrics: { bytes }, period });
  }

  /** @internal */
  public _link(): EdgeLink {
    const { vpnConnectionId } = this.vpnConnection.vpnConnectionRef;
    return { id: `vpn/${vpnConnectionId}`, kind: 'site-to-site-vpn', ...this._common(), transports: ['blocks'], vpnConnectionId };
  }

  private metric(metricName: string, statistic: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const dimensionsMap = { VpnId: this.vpnConnection.vpnConnectionRef.vpnConnectionId };
    return new cloudwatch.Metric({ namespace: 'AWS/VPN', metricName, dimensionsMap, period: METRIC_PERIOD, statistic, ...options });
  }
}

/**
 * The service link of an Outpost rack. Get one by `EdgeTunnel.outpostServiceLink`.
 */
export class OutpostServiceLink extends EdgeTunnel {
  /**
   * The id of the Outpost.
   */
  public readonly outpostId: string;

  /**
   * In alarm when the Outpost was disconnected for five minutes. A disconnected Outpost sends no metrics: what is missing counts
   * as disconnected.
   */
  public readonly disconnectedAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: OutpostServiceLinkProps) {
    super(scope, id, props);
    const { outpostId } = props;
    if (isKnown(outpostId) && !/^op-[a-f0-9]{17}$/.test(outpostId)) {
      throw new Error(`outpostId must be like op-0123456789abcdef0, got '${outpostId}'`);
    }
    this.outpostId = outpostId;
    this.disconnectedAlarm = this._alarm('DisconnectedAlarm', {
      metric: this.metricConnectedStatus({ period: Duration.minutes(1) }),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 5,
      alarmDescription: 'The service link of the Outpost is lost or impaired.',
    }, props);
  }

  /**
   * Whether the Outpost is connected with its Region: below 1 the link is impaired.
   *
   * @default - average over 5 minutes
   */
  public metricConnectedStatus(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Outposts', metricName: 'ConnectedStatus', dimensionsMap: { OutpostId: this.outpostId }, period: METRIC_PERIOD, statistic: 'Average', ...options,
    });
  }

  /**
   * What goes in one direction over all interfaces of the service link, in bits per second, for dashboards. CloudWatch searches
   * for the interfaces, whose ids no template knows; an alarm can not rest on a search. Interfaces of the local gateway do not
   * count.
   *
   * @default - maxima over 5 minutes
   */
  public metricThroughput(direction: TrafficDirection, options: cloudwatch.MathExpressionOptions = {}): cloudwatch.MathExpression {
    // the direction is seen from the Outpost
    const name = direction === TrafficDirection.TO_EDGE ? 'IfTrafficIn' : 'IfTrafficOut';
    const schema = 'AWS/Outposts,OutpostId,LagId,VirtualInterfaceGroupId,VirtualInterfaceId';
    const interfaces = search(`{${schema}} MetricName="${name}" OutpostId="${this.outpostId}" VirtualInterfaceGroupId="-"`, 'Maximum', options);
    return new cloudwatch.MathExpression({ label: `${direction} (bit/s)`, ...options, expression: 'SUM(interfaces)', usingMetrics: { interfaces }, period: interfaces.period });
  }

  /** @internal */
  public _link(): EdgeLink {
    const { outpostId } = this;
    return { id: `outpost/${outpostId}`, kind: 'outpost-service-link', ...this._common(), transports: ['ebs', 'blocks'], outpostId };
  }
}

/**
 * The way into a Local Zone. Get one by `EdgeTunnel.localZone`.
 */
export class LocalZoneLink extends EdgeTunnel {
  /**
   * The name of the zone.
   */
  public readonly zoneName: string;

  constructor(scope: Construct, id: string, props: LocalZoneLinkProps) {
    super(scope, id, props);
    const { zoneName } = props;
    if (isKnown(zoneName) && !/^[a-z]+(-[a-z]+)+-\d+-[a-z]+-\d+[a-z]$/.test(zoneName)) {
      throw new Error(`zoneName must be the name of a Local Zone such as us-west-2-lax-1a, got '${zoneName}'`);
    }
    this.zoneName = zoneName;
  }

  /** @internal */
  public _link(): EdgeLink {
    return { id: `local-zone/${this.zoneName}`, kind: 'local-zone', ...this._common(), transports: ['ebs', 'blocks'] };
  }
}

/** The metrics that fit, one line each. */
function search(query: string, statistic: string, options: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
  const { period = METRIC_PERIOD } = options;
  return new cloudwatch.MathExpression({ ...options, expression: `SEARCH('${query}', '${statistic}', ${period.toSeconds()})`, usingMetrics: {}, period });
}

/** Makes the VPN connection, and the customer gateway and routes that it needs. */
function connect(scope: Construct, props: SiteToSiteVpnProps): ec2.IVPNConnectionRef {
  const { vpnGateway, transitGateway, staticRoutes = [], logGroup, tunnels = [] } = props;
  const customerGateway = props.customerGateway ?? new ec2.CfnCustomerGateway(scope, 'CustomerGateway', {
    type: 'ipsec.1', ipAddress: props.customerGatewayIp!, ...customerAsn(props.customerGatewayAsn),
  });
  const logGroupArn = logGroup && Stack.of(scope).formatArn({
    // without the ':*' that the ARN of a log group has elsewhere
    service: 'logs', resource: 'log-group', resourceName: logGroup.logGroupRef.logGroupName, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const optionsOfBoth = logGroupArn && tunnels.length < 2 ? [...tunnels, {}, {}].slice(0, 2) : tunnels;
  const connection = new ec2.CfnVPNConnection(scope, 'Connection', {
    type: 'ipsec.1',
    customerGatewayId: customerGateway,
    vpnGatewayId: vpnGateway,
    transitGatewayId: transitGateway,
    staticRoutesOnly: isStatic(props),
    tunnelBandwidth: props.tunnelBandwidth,
    preSharedKeyStorage: props.preSharedKeyStorage,
    vpnTunnelOptionsSpecifications: optionsOfBoth.length > 0 ? optionsOfBoth.map(options => specification(options, logGroupArn)) : undefined,
  });
  for (const [index, destinationCidrBlock] of staticRoutes.entries()) {
    new ec2.CfnVPNConnectionRoute(scope, `Route${index}`, { vpnConnectionId: connection, destinationCidrBlock });
  }
  return connection;
}

function customerAsn(asn: number | undefined): Pick<ec2.CfnCustomerGatewayProps, 'bgpAsn' | 'bgpAsnExtended'> {
  return asn !== undefined && !Token.isUnresolved(asn) && asn > LARGEST_SHORT_ASN ? { bgpAsnExtended: asn } : { bgpAsn: asn ?? 65000 };
}

function specification(options: VpnTunnelOptions, logGroupArn?: string): ec2.CfnVPNConnection.VpnTunnelOptionsSpecificationProperty {
  const { insideCidr, preSharedKey, preSharedKeyField, phase1Lifetime, phase2Lifetime, rekeyMarginTime, dpdTimeout } = options;
  const listed = <T>(values: T[] | undefined): { value: T }[] | undefined => values?.map(value => ({ value }));
  const key = preSharedKeyField === undefined ? preSharedKey?.secretValue : preSharedKey?.secretValueFromJson(preSharedKeyField);
  return {
    tunnelInsideCidr: insideCidr,
    preSharedKey: key?.unsafeUnwrap(), // a reference, which stays one in the template
    ikeVersions: listed(options.ikeVersions),
    phase1DhGroupNumbers: listed(options.phase1DhGroupNumbers),
    phase2DhGroupNumbers: listed(options.phase2DhGroupNumbers),
    phase1EncryptionAlgorithms: listed(options.phase1EncryptionAlgorithms),
    phase2EncryptionAlgorithms: listed(options.phase2EncryptionAlgorithms),
    phase1IntegrityAlgorithms: listed(options.phase1IntegrityAlgorithms),
    phase2IntegrityAlgorithms: listed(options.phase2IntegrityAlgorithms),
    phase1LifetimeSeconds: phase1Lifetime?.toSeconds(),
    phase2LifetimeSeconds: phase2Lifetime?.toSeconds(),
    rekeyMarginTimeSeconds: rekeyMarginTime?.toSeconds(),
    rekeyFuzzPercentage: options.rekeyFuzzPercentage,
    replayWindowSize: options.replayWindowSize,
    dpdTimeoutSeconds: dpdTimeout?.toSeconds(),
    dpdTimeoutAction: options.dpdTimeoutAction,
    startupAction: options.startupAction,
    enableTunnelLifecycleControl: options.enableTunnelLifecycleControl,
    logOptions: logGroupArn === undefined ? undefined : { cloudwatchLogOptions: { logEnabled: true, logGroupArn, logOutputFormat: 'json' } },
  };
}

const isStatic = ({ staticRoutes = [], staticRoutesOnly = staticRoutes.length > 0 }: SiteToSiteVpnProps): boolean => staticRoutesOnly;

function validate(props: SiteToSiteVpnProps): void {
  const { vpnConnection, customerGateway, customerGatewayIp, customerGatewayAsn, vpnGateway, transitGateway, staticRoutes = [], tunnels = [] } = props;
  if (vpnConnection) {
    const ofAnyLink = ['vpnConnection', 'capacity', 'capacityToRegion', 'migrationShare', 'notificationTopic'];
    const given = Object.entries(props).filter(([name, value]) => value !== undefined && !ofAnyLink.includes(name)).map(([name]) => name);
    if (given.length > 0) throw new Error(`a vpnConnection that exists already can not be given ${given.join(', ')}`);
    // nothing here tells what kind it is: no kind carries more
    checkCarried(props, 2, VpnTunnelBandwidth.LARGE);
    return;
  }
  exactlyOne({ vpnGateway, transitGateway });
  exactlyOne({ customerGateway, customerGatewayIp });
  if (customerGatewayIp !== undefined && isKnown(customerGatewayIp) && !isIPv4(customerGatewayIp)) {
    throw new Error(`customerGatewayIp must be an IPv4 address, got '${customerGatewayIp}'`);
  }
  if (customerGatewayIp !== undefined && !isStatic(props) && customerGatewayAsn === undefined) {
    throw new Error('customerGatewayAsn must be given, for both sides speak BGP: give the ASN of the device, or staticRoutes');
  }
  if (customerGatewayAsn !== undefined) {
    if (customerGateway) throw new Error(`customerGatewayAsn must not be given with customerGateway, which has one, got ${customerGatewayAsn}`);
    checkCustomerAsn(customerGatewayAsn, vpnGateway ?? transitGateway);
  }
  if (!isStatic(props) && staticRoutes.length > 0) throw new Error('staticRoutes must not be given with staticRoutesOnly: false');
  if (transitGateway && staticRoutes.length > 0) {
    throw new Error('staticRoutes must not be given with transitGateway: set staticRoutesOnly, and make the routes in its route table');
  }
  staticRoutes.forEach(route => checkIpv4Range('staticRoutes', route));
  checkCapacity(props);
  if (tunnels.length > 2) throw new Error(`tunnels must have at most 2 elements, for a connection has two tunnels, got ${tunnels.length}`);
  tunnels.forEach((options, index) => checkTunnel(`tunnels[${index}]`, options));
  const inside = tunnels.map(({ insideCidr }) => insideCidr).filter(cidr => cidr !== undefined && !Token.isUnresolved(cidr));
  if (new Set(inside).size < inside.length) throw new Error(`insideCidr must differ between the two tunnels, got ${inside[0]} for both`);
}

function exactlyOne(given: Record<string, unknown>): void {
  const names = Object.keys(given).filter(name => given[name] !== undefined);
  if (names.length !== 1) throw new Error(`exactly one of ${Object.keys(given).join(' and ')} must be given, got ${names.length === 0 ? 'none' : 'both'}`);
}

/** More than the tunnels carry would be planned, and never come. */
function checkCapacity(props: SiteToSiteVpnProps): void {
  const { tunnelBandwidth = VpnTunnelBandwidth.STANDARD, transitGateway } = props;
  if (tunnelBandwidth === VpnTunnelBandwidth.LARGE && !transitGateway) {
    throw new Error(`tunnelBandwidth must be '${VpnTunnelBandwidth.STANDARD}' on a virtual private gateway, got '${tunnelBandwidth}': give a transitGateway`);
  }
  checkCarried(props, transitGateway && !isStatic(props) ? 2 : 1, tunnelBandwidth);
}

function checkCarried({ capacity, capacityToRegion = capacity }: SiteToSiteVpnProps, inUse: number, tunnelBandwidth: VpnTunnelBandwidth): void {
  const most = Bitrate.bps(inUse * TUNNEL_LIMITS[tunnelBandwidth]);
  for (const [name, rate] of Object.entries({ capacity, capacityToRegion })) {
    if (rate.isUnresolved() || rate.toBps() <= most.toBps()) continue;
    throw new Error(`${name} must be at most ${most.toGbps()} Gbit/s, what ${inUse} '${tunnelBandwidth}' tunnel${inUse > 1 ? 's' : ''} can carry, got ${rate.toGbps()} Gbit/s`);
  }
}

function checkTunnel(name: string, options: VpnTunnelOptions): void {
  const { preSharedKey, preSharedKeyField, ikeVersions, startupAction } = options;
  checkInsideCidr(`${name}.insideCidr`, options.insideCidr);
  if (preSharedKey) checkPreSharedKey(`${name}.preSharedKey`, preSharedKey);
  else if (preSharedKeyField !== undefined) throw new Error(`${name}.preSharedKeyField must come with preSharedKey, got '${preSharedKeyField}' alone`);
  const newerGroups = Array.from({ length: 11 }, (_, index) => 14 + index);
  checkChoices(`${name}.phase1DhGroupNumbers`, options.phase1DhGroupNumbers, [2, ...newerGroups]);
  checkChoices(`${name}.phase2DhGroupNumbers`, options.phase2DhGroupNumbers, [2, 5, ...newerGroups]);
  const phase1 = options.phase1Lifetime?.toSeconds();
  const phase2 = options.phase2Lifetime?.toSeconds();
  checkRange(`${name}.phase1Lifetime`, phase1, 900, 28_800, ' seconds');
  checkRange(`${name}.phase2Lifetime`, phase2, 900, 3600, ' seconds');
  if ((phase2 ?? 3600) >= (phase1 ?? 28_800)) {
    throw new Error(`${name}.phase2Lifetime must be shorter than phase1Lifetime, got ${phase2 ?? 3600} and ${phase1 ?? 28_800} seconds`);
  }
  checkRange(`${name}.rekeyMarginTime`, options.rekeyMarginTime?.toSeconds(), 60, Math.floor((phase2 ?? 3600) / 2), ' seconds');
  checkRange(`${name}.rekeyFuzzPercentage`, options.rekeyFuzzPercentage, 0, 100);
  checkRange(`${name}.replayWindowSize`, options.replayWindowSize, 64, 2048);
  checkRange(`${name}.dpdTimeout`, options.dpdTimeout?.toSeconds(), 30, Infinity, ' seconds');
  for (const [list, values] of Object.entries({ ikeVersions, phase1EncryptionAlgorithms: options.phase1EncryptionAlgorithms,
    phase2EncryptionAlgorithms: options.phase2EncryptionAlgorithms, phase1IntegrityAlgorithms: options.phase1IntegrityAlgorithms,
    phase2IntegrityAlgorithms: options.phase2IntegrityAlgorithms })) {
    if (values?.length === 0) throw new Error(`${name}.${list} must name at least one, got an empty list; leave it out to permit all`);
  }
  if (startupAction === VpnStartupAction.START && ikeVersions && !ikeVersions.includes(VpnIkeVersion.IKEV2)) {
    throw new Error(`${name}.startupAction '${startupAction}' needs '${VpnIkeVersion.IKEV2}' among ikeVersions, got ${ikeVersions.join(', ')}`);
  }
}
