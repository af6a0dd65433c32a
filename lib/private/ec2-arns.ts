import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** The ARNs of the EC2 resources that a step may meet, in the partition, Region and account of the stack. */
export class Ec2Arns {
  readonly instances: string;
  readonly volumes: string;
  /** Those that exist: a volume that a call is about to make is `volume/*` to IAM, and not among them. */
  readonly namedVolumes: string;
  readonly replaceRootVolumeTasks: string;
  readonly networkInterfaces: string;
  readonly securityGroups: string;
  readonly vpcs: string;
  readonly keyPairs: string;
  readonly placementGroups: string;
  readonly subnets: string;
  readonly licenseConfigurations: string;
  readonly hostResourceGroups: string;
  readonly snapshots: string;
  readonly images: string;
  readonly elasticIps: string;

  /** @param region where they are, if not in the stack's */
  constructor(private readonly scope: Construct, private readonly region?: string) {
    this.instances = this.arn('instance');
    this.volumes = this.arn('volume');
    this.namedVolumes = this.arn('volume', 'vol-*');
    this.replaceRootVolumeTasks = this.arn('replace-root-volume-task');
    this.networkInterfaces = this.arn('network-interface');
    this.keyPairs = this.arn('key-pair');
    this.elasticIps = this.arn('elastic-ip');
    // another account may share these (AWS RAM), and its id then stands in their ARNs
    this.securityGroups = this.arn('security-group', '*', '*');
    this.vpcs = this.vpc('*');
    this.placementGroups = this.arn('placement-group', '*', '*');
    this.subnets = this.subnet('*');
    this.licenseConfigurations = Stack.of(scope).formatArn({
      service: 'license-manager', account: '*', resource: 'license-configuration', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.hostResourceGroups = Stack.of(scope).formatArn({ service: 'resource-groups', account: '*', resource: 'group', resourceName: '*' });
    // these two have no account in their ARN: they can be public or shared
    this.snapshots = this.arn('snapshot', '*', '');
    this.images = this.arn('image', '*', '');
  }

  instance(instanceId: string): string {
    return this.arn('instance', instanceId);
  }

  /** Another account may share it. */
  vpc(vpcId: string): string {
    return this.arn('vpc', vpcId, '*');
  }

  subnet(subnetId: string): string {
    return this.arn('subnet', subnetId, '*');
  }

  /** Those that exist: a snapshot that a call is about to make is `snapshot/*` to IAM, and not among them. */
  get namedSnapshots(): string {
    return this.arn('snapshot', 'snap-*', '');
  }

  /** Those of another Region, if there is one. */
  snapshotsIn(region: string | undefined): string[] {
    return region === undefined ? [] : [new Ec2Arns(this.scope, region).snapshots];
  }

  /** Route 53 is global: its ARNs have neither Region nor account. */
  hostedZone(hostedZoneId: string): string {
    return Stack.of(this.scope).formatArn({ service: 'route53', region: '', account: '', resource: 'hostedzone', resourceName: hostedZoneId });
  }

  private arn(resource: string, resourceName = '*', account?: string): string {
    return Stack.of(this.scope).formatArn({ service: 'ec2', region: this.region, account, resource, resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  }
}
