import type { AutoScalingInstanceDetails } from '@aws-sdk/client-auto-scaling';
import type { Account } from '../account';

/** Who belongs to which Auto Scaling group: the groups themselves do nothing. */
export class AutoScaling {
  private readonly byInstance = new Map<string, AutoScalingInstanceDetails>();

  constructor(private readonly account: Account) {}

  /** Takes an instance into a group, by whose tag EC2 shows it. */
  addMember(instanceId: string, { group }: { readonly group: string }): void {
    const instance = this.account.ec2.get(this.account.ec2.instances, instanceId);
    instance.Tags = [...instance.Tags ?? [], { Key: 'aws:autoscaling:groupName', Value: group }];
    this.byInstance.set(instanceId, {
      InstanceId: instanceId, AutoScalingGroupName: group, AvailabilityZone: instance.Placement?.AvailabilityZone, LifecycleState: 'InService', HealthStatus: 'HEALTHY',
      ProtectedFromScaleIn: false,
    });
  }

  enterStandby(instanceId: string): void {
    const member = this.byInstance.get(instanceId);
    if (!member) throw new Error(`${instanceId} is no member of an Auto Scaling group`);
    member.LifecycleState = 'Standby';
  }

  /** Those that are asked for, or all; who belongs to no group is left out. */
  members(instanceIds: readonly string[] | undefined): AutoScalingInstanceDetails[] {
    return [...this.byInstance.values()].filter(({ InstanceId = '' }) => instanceIds === undefined || instanceIds.includes(InstanceId));
  }
}
