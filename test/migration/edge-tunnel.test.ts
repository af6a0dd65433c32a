import { App, Aws, Bitrate, Duration, SecretValue, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { AwsSolutionsChecks } from 'cdk-nag';
import { edgeTunnelExample } from '../../examples/edge-tunnel';
import {
  EdgeLocation, EdgeTunnel, EdgeTunnelProps, LocalZoneLinkProps, OutpostServiceLinkProps, SiteToSiteVpnProps, TrafficDirection, VpnDpdTimeoutAction,
  VpnEncryptionAlgorithm, VpnIkeVersion, VpnIntegrityAlgorithm, VpnPreSharedKeyStorage, VpnStartupAction, VpnTunnelBandwidth, VpnTunnelOptions,
} from '../../lib';
import { stackOf } from '../support/synthesize';

const OUTPOST = 'op-0123456789abcdef0';
const capacity = Bitrate.mbps(500);
const gatewayOf = (stack: Stack): ec2.VpnGateway => new ec2.VpnGateway(stack, 'Gateway', { type: 'ipsec.1', amazonSideAsn: 64600 });
const transitOf = (stack: Stack): ec2.CfnTransitGateway => new ec2.CfnTransitGateway(stack, 'Transit', { amazonSideAsn: 64601 });
const device = { customerGatewayIp: '198.51.100.7', customerGatewayAsn: 65010 };
const goodKey = (stack: Stack): secretsmanager.Secret =>
  new secretsmanager.Secret(stack, 'Key', { generateSecretString: { excludePunctuation: true, excludeCharacters: '0', passwordLength: 48 } });

const only = (resources: Record<string, { Properties: Record<string, unknown> }>): Record<string, unknown> => {
  const [resource, ...more] = Object.values(resources);
  expect(more).toEqual([]);
  return resource!.Properties;
};

describe('a VPN on a virtual private gateway', () => {
  const { resources, template } = stackOf(stack => {
    EdgeTunnel.siteToSiteVpn(stack, 'Vpn', { capacity, vpnGateway: gatewayOf(stack), customerGatewayIp: '198.51.100.7', staticRoutes: ['10.20.0.0/16', '10.21.0.0/24'] });
  });

  test('is a customer gateway, a connection and its static routes', () => {
    expect(only(resources('AWS::EC2::CustomerGateway'))).toEqual({ Type: 'ipsec.1', IpAddress: '198.51.100.7', BgpAsn: 65000 });
    expect(only(resources('AWS::EC2::VPNConnection'))).toEqual({
      Type: 'ipsec.1', StaticRoutesOnly: true, VpnGatewayId: { Ref: expect.stringMatching(/^Gateway/) }, CustomerGatewayId: { Ref: expect.stringMatching(/^VpnCustomerGateway/) },
    });
    expect(Object.values(resources('AWS::EC2::VPNConnectionRoute')).map(({ Properties }) => Properties.DestinationCidrBlock)).toEqual(['10.20.0.0/16', '10.21.0.0/24']);
  });

  test('has an alarm for one tunnel down and one for both; what is missing counts as down', () => {
    const alarms = Object.values(resources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
    expect(alarms).toHaveLength(2);
    for (const alarm of alarms) {
      expect(alarm).toMatchObject({ Namespace: 'AWS/VPN', MetricName: 'TunnelState', TreatMissingData: 'breaching', Dimensions: [{ Name: 'VpnId', Value: { Ref: expect.stringMatching(/^VpnConnection/) } }] });
      expect(alarm.AlarmActions).toBeUndefined();
    }
    expect(alarms.map(({ Statistic, ComparisonOperator, Threshold }) => ({ Statistic, ComparisonOperator, Threshold }))).toEqual(expect.arrayContaining([
      { Statistic: 'Maximum', ComparisonOperator: 'LessThanOrEqualToThreshold', Threshold: 0 },
      { Statistic: 'Minimum', ComparisonOperator: 'LessThanThreshold', Threshold: 1 },
    ]));
  });

  test('grants nothing to anybody', () => template.resourceCountIs('AWS::IAM::Role', 0));
});

describe('a VPN on a transit gateway', () => {
  const everything: (stack: Stack) => VpnTunnelOptions = stack => ({
    insideCidr: '169.254.10.0/30',
    preSharedKey: goodKey(stack),
    ikeVersions: [VpnIkeVersion.IKEV2],
    phase1DhGroupNumbers: [19, 20],
    phase2DhGroupNumbers: [5, 24],
    phase1EncryptionAlgorithms: [VpnEncryptionAlgorithm.AES256_GCM_16],
    phase2EncryptionAlgorithms: [VpnEncryptionAlgorithm.AES128, VpnEncryptionAlgorithm.AES256],
    phase1IntegrityAlgorithms: [VpnIntegrityAlgorithm.SHA2_384],
    phase2IntegrityAlgorithms: [VpnIntegrityAlgorithm.SHA2_512],
    phase1Lifetime: Duration.hours(4),
    phase2Lifetime: Duration.minutes(30),
    rekeyMarginTime: Duration.minutes(5),
    rekeyFuzzPercentage: 50,
    replayWindowSize: 2048,
    dpdTimeout: Duration.seconds(60),
    dpdTimeoutAction: VpnDpdTimeoutAction.RESTART,
    startupAction: VpnStartupAction.START,
    enableTunnelLifecycleControl: true,
  });
  const { resources, template } = stackOf(stack => {
    EdgeTunnel.siteToSiteVpn(stack, 'Vpn', {
      ...device,
      customerGatewayAsn: 4_200_000_000,
      capacity: Bitrate.gbps(10),
      capacityToRegion: Bitrate.gbps(2),
      transitGateway: transitOf(stack),
      tunnelBandwidth: VpnTunnelBandwidth.LARGE,
      preSharedKeyStorage: VpnPreSharedKeyStorage.SECRETS_MANAGER,
      tunnels: [everything(stack)],
      logGroup: new logs.LogGroup(stack, 'Log'),
      notificationTopic: new sns.Topic(stack, 'Topic'),
    });
  });
  const connection = only(resources('AWS::EC2::VPNConnection')) as { VpnTunnelOptionsSpecifications: Record<string, unknown>[] };

  test('has large tunnels and speaks BGP; an ASN of four bytes goes where EC2 takes it', () => {
    expect(connection).toMatchObject({ TransitGatewayId: { Ref: expect.stringMatching(/^Transit/) }, TunnelBandwidth: 'large', StaticRoutesOnly: false, PreSharedKeyStorage: 'SecretsManager' });
    expect(only(resources('AWS::EC2::CustomerGateway'))).toEqual({ Type: 'ipsec.1', IpAddress: '198.51.100.7', BgpAsnExtended: 4_200_000_000 });
  });

  test('has every option of a tunnel, and logs of both', () => {
    const values = (...list: unknown[]) => list.map(Value => ({ Value }));
    const { PreSharedKey, LogOptions, ...first } = connection.VpnTunnelOptionsSpecifications[0]!;
    expect(first).toEqual({
      TunnelInsideCidr: '169.254.10.0/30', IKEVersions: values('ikev2'), Phase1DHGroupNumbers: values(19, 20), Phase2DHGroupNumbers: values(5, 24),
      Phase1EncryptionAlgorithms: values('AES256-GCM-16'), Phase2EncryptionAlgorithms: values('AES128', 'AES256'), Phase1IntegrityAlgorithms: values('SHA2-384'),
      Phase2IntegrityAlgorithms: values('SHA2-512'), Phase1LifetimeSeconds: 14_400, Phase2LifetimeSeconds: 1800, RekeyMarginTimeSeconds: 300,
      RekeyFuzzPercentage: 50, ReplayWindowSize: 2048, DPDTimeoutSeconds: 60, DPDTimeoutAction: 'restart', StartupAction: 'start', EnableTunnelLifecycleControl: true,
    });
    expect(PreSharedKey).toBeDefined();
    expect(connection.VpnTunnelOptionsSpecifications[1]).toEqual({ LogOptions });
    expect(JSON.stringify(LogOptions)).toMatch(/"LogEnabled":true.*:log-group:",\{"Ref":"Log[A-F0-9]+"\}\]\]\}/); // no ':*' behind
  });

  test('knows the key by a reference only', () => {
    expect(JSON.stringify(connection.VpnTunnelOptionsSpecifications[0]!.PreSharedKey)).toMatch(/\{\{resolve:secretsmanager:",\{"Ref":"Key[A-F0-9]+"\},":SecretString:::\}\}/);
  });

  test('tells the topic', () => {
    for (const { Properties } of Object.values(resources('AWS::CloudWatch::Alarm'))) expect(Properties.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^Topic/) }]);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
  });

  test('takes a field of a secret, and a customer gateway that there is', () => {
    const built = stackOf(stack => {
      EdgeTunnel.siteToSiteVpn(stack, 'Vpn', {
        capacity, transitGateway: transitOf(stack), customerGateway: ec2.CfnCustomerGateway.fromCustomerGatewayId(stack, 'Device', 'cgw-0123456789abcdef0'),
        tunnels: [{ preSharedKey: secretsmanager.Secret.fromSecretNameV2(stack, 'Key', 'vpn'), preSharedKeyField: 'one' }],
      });
    });
    built.template.resourceCountIs('AWS::EC2::CustomerGateway', 0);
    expect(JSON.stringify(built.template.toJSON())).toContain(':secret:vpn:SecretString:one::}}');
  });
});

test('a VPN connection that there is carries no more than any kind of them could', () => {
  const there = (given: Bitrate) => stackOf(stack =>
    EdgeTunnel.siteToSiteVpn(stack, 'Vpn', { capacity: given, vpnConnection: ec2.CfnVPNConnection.fromVpnConnectionId(stack, 'There', 'vpn-0123456789abcdef0') }));
  expect(() => there(Bitrate.gbps(11))).toThrow(/capacity must be at most 10 Gbit\/s, what 2 'large' tunnels can carry, got 11 Gbit\/s/);
  expect(() => there(Bitrate.gbps(10))).not.toThrow();
});

test('a VPN connection that there is gets alarms and nothing else', () => {
  const { template } = stackOf(stack => {
    const tunnel = EdgeTunnel.siteToSiteVpn(stack, 'Vpn', { capacity, vpnConnection: ec2.CfnVPNConnection.fromVpnConnectionId(stack, 'There', 'vpn-0123456789abcdef0') });
    expect(tunnel._link()).toEqual({
      id: 'vpn/vpn-0123456789abcdef0', kind: 'site-to-site-vpn', capacity: { 'to-edge': 500e6, 'to-region': 500e6 }, migrationShare: 0.8, transports: ['blocks'],
      vpnConnectionId: 'vpn-0123456789abcdef0',
    });
  });
  expect(Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type)).toEqual(['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Alarm']);
});

describe('the service link of an Outpost', () => {
  const stack = new Stack(new App(), 'Test');
  const link = EdgeTunnel.outpostServiceLink(stack, 'Link', { outpostId: OUTPOST, capacity: Bitrate.gbps(1), capacityToRegion: Bitrate.mbps(300), migrationShare: 0.5 });

  test('is an alarm by ConnectedStatus alone: a disconnected Outpost sends nothing', () => {
    const resources = Template.fromStack(stack).toJSON().Resources as Record<string, { Type: string; Properties: Record<string, unknown> }>;
    expect(Object.values(resources).map(({ Type, Properties }) => ({ Type, ...Properties }))).toEqual([{
      Type: 'AWS::CloudWatch::Alarm', Namespace: 'AWS/Outposts', MetricName: 'ConnectedStatus', Dimensions: [{ Name: 'OutpostId', Value: OUTPOST }], Statistic: 'Average', Period: 60,
      EvaluationPeriods: 5, Threshold: 1, ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching', AlarmDescription: expect.any(String),
    }]);
  });

  test('carries both transports, each direction with its capacity', () => {
    expect(link._link()).toEqual({
      id: `outpost/${OUTPOST}`, kind: 'outpost-service-link', capacity: { 'to-edge': 1e9, 'to-region': 300e6 }, migrationShare: 0.5,
      transports: ['ebs', 'blocks'], outpostId: OUTPOST,
    });
  });

  test('measures its own interfaces, not those of the local gateway, seen from the Outpost', () => {
    const searched = (direction: TrafficDirection) =>
      (link.metricThroughput(direction).usingMetrics.interfaces as cloudwatch.MathExpression).expression;
    expect(searched(TrafficDirection.TO_EDGE)).toBe(`SEARCH('{AWS/Outposts,OutpostId,LagId,VirtualInterfaceGroupId,VirtualInterfaceId} MetricName="IfTrafficIn" `
      + `OutpostId="${OUTPOST}" VirtualInterfaceGroupId="-"', 'Maximum', 300)`);
    expect(searched(TrafficDirection.TO_REGION)).toContain('MetricName="IfTrafficOut"');
  });
});

test('the way into a Local Zone deploys nothing', () => {
  const link = EdgeTunnel.localZone(new Stack(new App(), 'Test'), 'Link', { zoneName: 'us-west-2-lax-1a', capacity });
  expect(link._link()).toEqual({ id: 'local-zone/us-west-2-lax-1a', kind: 'local-zone', capacity: { 'to-edge': 500e6, 'to-region': 500e6 }, migrationShare: 0.8, transports: ['ebs', 'blocks'] });
  expect(link.node.children).toEqual([]);
});

describe('metrics of a VPN', () => {
  const stack = new Stack(new App(), 'Test');
  const vpn = EdgeTunnel.siteToSiteVpn(stack, 'Vpn', { capacity, vpnConnection: ec2.CfnVPNConnection.fromVpnConnectionId(stack, 'There', 'vpn-0123456789abcdef0') });

  test('are bytes per period: In is what came from the edge', () => {
    expect(vpn.metricTunnelDataIn()).toMatchObject({ namespace: 'AWS/VPN', metricName: 'TunnelDataIn', statistic: 'Sum', period: Duration.minutes(5), dimensions: { VpnId: 'vpn-0123456789abcdef0' } });
    expect(vpn.metricTunnelDataOut({ period: Duration.hours(1) })).toMatchObject({ metricName: 'TunnelDataOut', statistic: 'Sum', period: Duration.hours(1) });
    expect(vpn.metricBytesByTunnel(TrafficDirection.TO_EDGE).expression).toBe(`SEARCH('{AWS/VPN,VpnId,TunnelIpAddress} MetricName="TunnelDataOut" VpnId="vpn-0123456789abcdef0"', 'Sum', 300)`);
    expect(vpn.metricBytesByTunnel(TrafficDirection.TO_REGION, { period: Duration.hours(1) }).expression).toMatch(/TunnelDataIn.*3600\)$/);
  });

  test('as bits per second, by the period', () => {
    const throughput = vpn.metricThroughput(TrafficDirection.TO_EDGE, { period: Duration.minutes(15) });
    expect(throughput.expression).toBe('8 * bytes / 900');
    expect(throughput.usingMetrics.bytes).toMatchObject({ metricName: 'TunnelDataOut', statistic: 'Sum', period: Duration.minutes(15) });
    expect(vpn.metricThroughput(TrafficDirection.TO_REGION).usingMetrics.bytes).toMatchObject({ metricName: 'TunnelDataIn' });
  });
});

describe('locations', () => {
  const stack = new Stack(new App(), 'Test');
  const subnet = ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef0');
  const tunnels = [EdgeTunnel.outpostServiceLink(stack, 'Link', { outpostId: OUTPOST, capacity })];
  const outpostArn = `arn:${Aws.PARTITION}:outposts:us-west-2:111122223333:outpost/${OUTPOST}`;

  test('know where volumes are made and what leads there', () => {
    expect(EdgeLocation.outpost('factory-1', { subnet, outpostArn, tunnels })).toMatchObject({ name: 'factory-1', _kind: 'outpost', _place: { subnet, outpostArn, tunnels } });
    expect(EdgeLocation.localZone('la', { subnet, zoneName: 'us-west-2-lax-1a', tunnels })).toMatchObject({ _kind: 'local-zone', _place: { availabilityZone: 'us-west-2-lax-1a' } });
    expect(EdgeLocation.region('home', { subnet, availabilityZone: 'us-west-2a' })).toMatchObject({ _kind: 'region', _place: { availabilityZone: 'us-west-2a', tunnels: [] } });
  });

  test('may be what the CDK has still to look up: if its first pass failed, it never would', () => {
    const looking = new Stack(new App(), 'Looking', { env: { account: '111122223333', region: 'us-west-2' } });
    const { availabilityZone } = ec2.Vpc.fromLookup(looking, 'Vpc', { vpcName: 'main' }).privateSubnets[0]!;
    const parameter = (name: string): string => ssm.StringParameter.valueFromLookup(looking, name);
    EdgeLocation.region('home', { subnet, availabilityZone });
    EdgeLocation.localZone('la', { subnet, zoneName: availabilityZone, tunnels: [EdgeTunnel.localZone(looking, 'La', { zoneName: availabilityZone, capacity })] });
    EdgeLocation.outpost('factory', {
      subnet, outpostArn: parameter('/outpost/arn'), tunnels: [EdgeTunnel.outpostServiceLink(looking, 'Link', { outpostId: parameter('/outpost/id'), capacity })],
    });
    EdgeTunnel.siteToSiteVpn(looking, 'Vpn', { capacity, transitGateway: transitOf(looking), ...device, customerGatewayIp: parameter('/device/ip') });
  });

  test.each<[RegExp, () => void]>([
    [/tunnels of 'factory' must name at least one link/, () => EdgeLocation.outpost('factory', { subnet, outpostArn, tunnels: [] })],
    [/outpostArn must be the ARN of an Outpost.*got 'op-1'/, () => EdgeLocation.outpost('factory', { subnet, outpostArn: 'op-1', tunnels })],
    [/zoneName must be the name of a Local Zone such as us-west-2-lax-1a, got 'us-west-2a'/, () => EdgeLocation.localZone('la', { subnet, zoneName: 'us-west-2a', tunnels })],
    [/availabilityZone must be .* got 'us-west-2-lax-1a'/, () => EdgeLocation.region('home', { subnet, availabilityZone: 'us-west-2-lax-1a' })],
    [/the name of a location must be 1 to 64 letters, digits and hyphens, got 'a b'/, () => EdgeLocation.region('a b', { subnet, availabilityZone: 'us-west-2a' })],
  ])('refuse misuse: %s', (message, make) => expect(make).toThrow(message));
});

describe('misuse is refused at construction', () => {
  type Props = Partial<SiteToSiteVpnProps>;
  const vpn = (props: (stack: Stack) => Props): void => {
    const stack = new Stack(new App(), 'Misuse');
    const gateway = props(stack);
    EdgeTunnel.siteToSiteVpn(stack, 'Vpn', { capacity, ...device, ...gateway.transitGateway || 'vpnGateway' in gateway ? {} : { vpnGateway: gatewayOf(stack) }, ...gateway });
  };
  const tunnel = (options: VpnTunnelOptions): () => Props => () => ({ tunnels: [options] });
  const keyed = (generateSecretString: secretsmanager.SecretStringGenerator) => (stack: Stack): Props =>
    ({ tunnels: [{ preSharedKey: new secretsmanager.Secret(stack, 'Key', { generateSecretString }) }] });

  test.each<[RegExp, (stack: Stack) => Props]>([
    [/capacity must be above 0, got 0 bit\/s/, () => ({ capacity: Bitrate.bps(0) })],
    [/migrationShare must be above 0 and at most 1, got 1.5/, () => ({ migrationShare: 1.5 })],
    [/migrationShare must be above 0 and at most 1, got 0$/, () => ({ migrationShare: 0 })],
    [/exactly one of vpnGateway and transitGateway must be given, got none/, () => ({ vpnGateway: undefined })],
    [/exactly one of vpnGateway and transitGateway must be given, got both/, stack => ({ vpnGateway: gatewayOf(stack), transitGateway: transitOf(stack) })],
    [/exactly one of customerGateway and customerGatewayIp must be given, got none/, () => ({ customerGatewayIp: undefined })],
    [/customerGatewayIp must be an IPv4 address, got '10.1.1'/, () => ({ customerGatewayIp: '10.1.1' })],
    [/customerGatewayAsn must be given/, () => ({ customerGatewayAsn: undefined })],
    [/customerGatewayAsn must be a whole number from 1 to 4294967295, got 0/, () => ({ customerGatewayAsn: 0 })],
    [/customerGatewayAsn must be .* got 4294967296/, () => ({ customerGatewayAsn: 4_294_967_296 })],
    [/customerGatewayAsn must differ from the ASN of the gateway on AWS's side, got 64600 for both/, () => ({ customerGatewayAsn: 64600 })],
    [/got 64512 for both/, stack => ({ customerGatewayAsn: 64512, transitGateway: new ec2.CfnTransitGateway(stack, 'Plain') })],
    [/customerGatewayAsn must not be given with customerGateway/, stack => ({ customerGatewayIp: undefined, customerGateway: ec2.CfnCustomerGateway.fromCustomerGatewayId(stack, 'D', 'cgw-1') })],
    [/staticRoutes must not be given with staticRoutesOnly: false/, () => ({ staticRoutesOnly: false, staticRoutes: ['10.0.0.0/8'] })],
    [/staticRoutes must not be given with transitGateway/, stack => ({ transitGateway: transitOf(stack), staticRoutes: ['10.0.0.0/8'] })],
    [/staticRoutes must be IPv4 ranges like 10.20.0.0\/16, got '10.0.0.1\/8'/, () => ({ staticRoutes: ['10.0.0.1/8'] })],
    [/staticRoutes must be IPv4 ranges .* got 'fd00::\/8'/, () => ({ staticRoutes: ['fd00::/8'] })],
    [/tunnelBandwidth must be 'standard' on a virtual private gateway, got 'large'/, () => ({ tunnelBandwidth: VpnTunnelBandwidth.LARGE })],
    [/capacity must be at most 1.25 Gbit\/s, what 1 'standard' tunnel can carry, got 2 Gbit\/s/, () => ({ capacity: Bitrate.gbps(2) })],
    [/capacityToRegion must be at most 2.5 Gbit\/s, what 2 'standard' tunnels can carry, got 3 Gbit\/s/, stack => ({ capacityToRegion: Bitrate.gbps(3), transitGateway: transitOf(stack) })],
    [/capacity must be at most 5 Gbit\/s, what 1 'large'/, stack => ({ capacity: Bitrate.gbps(6), staticRoutesOnly: true, tunnelBandwidth: VpnTunnelBandwidth.LARGE, transitGateway: transitOf(stack) })],
    [/tunnels must have at most 2 elements/, () => ({ tunnels: [{}, {}, {}] })],
    [/insideCidr must differ between the two tunnels, got 169.254.10.0\/30/, () => ({ tunnels: [{ insideCidr: '169.254.10.0/30' }, { insideCidr: '169.254.10.0/30' }] })],
    [/tunnels\[0\].insideCidr must be a block of size \/30 .* got '10.0.0.0\/30'/, tunnel({ insideCidr: '10.0.0.0/30' })],
    [/insideCidr must be a block of size \/30 .* got '169.254.10.2\/30'/, tunnel({ insideCidr: '169.254.10.2/30' })],
    [/insideCidr must be a block of size \/30 .* got '169.254.10.0\/29'/, tunnel({ insideCidr: '169.254.10.0/29' })],
    ...['169.254.0.0/30', '169.254.5.0/30', '169.254.169.252/30'].map((insideCidr): [RegExp, () => Props] =>
      [new RegExp(`insideCidr must not be one of .* which AWS keeps for itself, got '${insideCidr}'`), tunnel({ insideCidr })]),
    [/preSharedKey must consist of letters, digits, '.' and '_', got a secret that may hold !/, keyed({ excludeCharacters: '0' })],
    [/preSharedKey must not begin with 0, which a generated secret may: set excludeCharacters: '0'/, keyed({ excludePunctuation: true })],
    [/preSharedKey must have 8 to 64 characters, got a secret with passwordLength 65/, keyed({ excludePunctuation: true, excludeCharacters: '0', passwordLength: 65 })],
    [/preSharedKey must be 8 to 64 letters, digits, '.' and '_', not beginning with 0/, stack => ({ tunnels: [{ preSharedKey: new secretsmanager.Secret(stack, 'Key', { secretStringValue: SecretValue.unsafePlainText('0short') }) }] })],
    [/preSharedKeyField must come with preSharedKey, got 'one' alone/, tunnel({ preSharedKeyField: 'one' })],
    [/phase1DhGroupNumbers must list some of 2, 14, .*, 24, got 5/, tunnel({ phase1DhGroupNumbers: [5] })],
    [/phase2DhGroupNumbers must list some of 2, 5, 14, .* got an empty list/, tunnel({ phase2DhGroupNumbers: [] })],
    [/phase1Lifetime must be a whole number from 900 to 28800 seconds, got 36000/, tunnel({ phase1Lifetime: Duration.hours(10) })],
    [/phase2Lifetime must be a whole number from 900 to 3600 seconds, got 600/, tunnel({ phase2Lifetime: Duration.minutes(10) })],
    [/phase2Lifetime must be shorter than phase1Lifetime, got 3600 and 1800 seconds/, tunnel({ phase1Lifetime: Duration.minutes(30) })],
    [/rekeyMarginTime must be a whole number from 60 to 450 seconds, got 600/, tunnel({ phase2Lifetime: Duration.minutes(15), rekeyMarginTime: Duration.minutes(10) })],
    [/rekeyFuzzPercentage must be a whole number from 0 to 100, got 101/, tunnel({ rekeyFuzzPercentage: 101 })],
    [/replayWindowSize must be a whole number from 64 to 2048, got 4096/, tunnel({ replayWindowSize: 4096 })],
    [/dpdTimeout must be at least 30 seconds, got 10/, tunnel({ dpdTimeout: Duration.seconds(10) })],
    [/ikeVersions must name at least one, got an empty list/, tunnel({ ikeVersions: [] })],
    [/startupAction 'start' needs 'ikev2' among ikeVersions, got ikev1/, tunnel({ startupAction: VpnStartupAction.START, ikeVersions: [VpnIkeVersion.IKEV1] })],
    [/a vpnConnection that exists already can not be given customerGatewayIp, customerGatewayAsn, vpnGateway/, stack => ({ vpnConnection: ec2.CfnVPNConnection.fromVpnConnectionId(stack, 'V', 'vpn-1') })],
  ])('%s', (message, props) => expect(() => vpn(props)).toThrow(message));

  const unchanged: [string, (stack: Stack) => Props][] = [
    ['a range at its ends', tunnel({ phase1Lifetime: Duration.seconds(28_800), phase2Lifetime: Duration.seconds(900), rekeyMarginTime: Duration.seconds(450), replayWindowSize: 64, dpdTimeout: Duration.seconds(30) })],
    ['an address and routes that only CloudFormation knows', () => ({ customerGatewayIp: Aws.ACCOUNT_ID, staticRoutes: [Aws.REGION] })],
    ['a secret of letters alone', keyed({ excludePunctuation: true, excludeNumbers: true })],
    ['a secret from elsewhere', stack => ({ tunnels: [{ preSharedKey: secretsmanager.Secret.fromSecretNameV2(stack, 'Key', 'key') }] })],
    ['exactly what the tunnels carry', () => ({ capacity: Bitrate.mbps(1250) })],
  ];
  test.each(unchanged)('but not %s', (_, props) => expect(() => vpn(props)).not.toThrow());

  test.each<[RegExp, EdgeTunnelProps & Partial<OutpostServiceLinkProps & LocalZoneLinkProps>]>([
    [/outpostId must be like op-0123456789abcdef0, got 'outpost-1'/, { capacity, outpostId: 'outpost-1' }],
    [/zoneName must be the name of a Local Zone such as us-west-2-lax-1a, got 'us-west-2a'/, { capacity, zoneName: 'us-west-2a' }],
  ])('%s', (message, props) => {
    const stack = new Stack(new App(), 'Misuse');
    expect(() => (props.outpostId ? EdgeTunnel.outpostServiceLink(stack, 'Link', props as OutpostServiceLinkProps) : EdgeTunnel.localZone(stack, 'Link', props as LocalZoneLinkProps))).toThrow(message);
  });
});

describe('deploys anywhere', () => {
  test.each(['us-gov-west-1', 'cn-north-1'])('in %s', region => {
    const { template } = stackOf(stack => {
      EdgeTunnel.siteToSiteVpn(stack, 'Vpn', { capacity, ...device, vpnGateway: gatewayOf(stack), logGroup: new logs.LogGroup(stack, 'Log') });
    }, { env: { account: '111122223333', region } });
    expect(JSON.stringify(template.toJSON())).not.toMatch(/arn:aws:/);
  });

  test('the example synthesizes, and AwsSolutions finds nothing', () => {
    const app = new App();
    const template = Template.fromStack(edgeTunnelExample(app));
    template.resourceCountIs('AWS::EC2::VPNConnection', 1);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 3);
    const checked = new App();
    edgeTunnelExample(checked);
    Validations.of(checked).addPlugins(new AwsSolutionsChecks(checked));
    expect(() => checked.synth()).not.toThrow();
  });
});
