import { App, Bitrate, Stack, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EdgeTunnel, TrafficDirection, VpnIkeVersion, VpnTunnelBandwidth } from '../lib/index';

/** A factory with an Outpost: its service link, and a VPN over which instances replicate, on one dashboard. */
export function edgeTunnelExample(app: App): Stack {
  const stack = new Stack(app, 'EdgeTunnelExample');
  const notificationTopic = new sns.Topic(stack, 'Notifications', { enforceSSL: true });
  const preSharedKey = (id: string): secretsmanager.Secret => {
    const secret = new secretsmanager.Secret(stack, id, { generateSecretString: { excludePunctuation: true, excludeCharacters: '0', passwordLength: 48 } });
    Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason: 'a tunnel is down until both ends have the new key, so keys are changed by hand' });
    return secret;
  };

  const serviceLink = EdgeTunnel.outpostServiceLink(stack, 'ServiceLink', {
    outpostId: 'op-0123456789abcdef0',
    capacity: Bitrate.gbps(1),
    migrationShare: 0.5,
    notificationTopic,
  });
  const vpn = EdgeTunnel.siteToSiteVpn(stack, 'Vpn', {
    customerGatewayIp: '198.51.100.7',
    customerGatewayAsn: 65010,
    transitGateway: new ec2.CfnTransitGateway(stack, 'TransitGateway', { amazonSideAsn: 64620, vpnEcmpSupport: 'enable' }),
    tunnelBandwidth: VpnTunnelBandwidth.LARGE,
    tunnels: ['169.254.10.0/30', '169.254.10.4/30'].map((insideCidr, index) => ({
      insideCidr, preSharedKey: preSharedKey(`PreSharedKey${index + 1}`), ikeVersions: [VpnIkeVersion.IKEV2],
    })),
    capacity: Bitrate.mbps(500),
    capacityToRegion: Bitrate.mbps(100),
    notificationTopic,
  });

  new cloudwatch.Dashboard(stack, 'Links').addWidgets(...[TrafficDirection.TO_EDGE, TrafficDirection.TO_REGION].map(direction =>
    new cloudwatch.GraphWidget({ title: direction, left: [serviceLink.metricThroughput(direction), vpn.metricThroughput(direction)] })));
  return stack;
}
