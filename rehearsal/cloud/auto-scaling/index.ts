import type { DescribeAutoScalingInstancesCommandInput } from '@aws-sdk/client-auto-scaling';
import { AwsError, type Call, type Service } from '../service';

/** EC2 Auto Scaling, as far as its members are read. */
export const service: Service = {
  id: 'AUTO_SCALING',
  operations: { DescribeAutoScalingInstances: describeInstances },
  // Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2 Auto Scaling": knows no resources
  needs: { DescribeAutoScalingInstances: () => [{ action: 'autoscaling:DescribeAutoScalingInstances', resource: '*' }] },
};

/** "You can specify up to 50 IDs" (API reference, DescribeAutoScalingInstances). */
const mostIds = 50;

function describeInstances({ InstanceIds, MaxRecords, NextToken }: DescribeAutoScalingInstancesCommandInput, { account }: Call): object {
  if ((InstanceIds?.length ?? 0) > mostIds) throw new AwsError('ValidationError', `The number of instance ids that may be passed in is limited to ${mostIds}`);
  if (MaxRecords !== undefined || NextToken !== undefined) throw new AwsError('NotEmulated', 'the rehearsal tells of all members at once', 501);
  return { AutoScalingInstances: account.autoScaling.members(InstanceIds) };
}
