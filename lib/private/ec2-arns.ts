import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** The ARNs of the EC2 resources that a step may meet, in the partition, Region and account of the stack. */
export class Ec2Arns {
  readonly instances = this.any('instance');
  readonly volumes = this.any('volume');
  readonly networkInterfaces = this.any('network-interface');
  readonly securityGroups = this.any('security-group');
  readonly keyPairs = this.any('key-pair');
  readonly placementGroups = this.any('placement-group');
  readonly subnets = this.any('subnet');
  readonly hosts = this.any('dedicated-host');
  readonly capacityReservations = this.any('capacity-reservation');
  /** Snapshots and images have no account in their ARN: they can be public or shared. */
  readonly snapshots = this.public('snapshot');
  readonly images = this.public('image');

  constructor(private readonly scope: Construct) {}

  instance(instanceId: string): string {
    return this.arn('instance', instanceId);
  }

  subnet(subnetId: string): string {
    return this.arn('subnet', subnetId);
  }

  private any(resource: string): string {
    return this.arn(resource, '*');
  }

  private arn(resource: string, resourceName: string): string {
    return Stack.of(this.scope).formatArn({ service: 'ec2', resource, resourceName });
  }

  private public(resource: string): string {
    return Stack.of(this.scope).formatArn({ service: 'ec2', account: '', resource, resourceName: '*', arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  }
}
