import { type Need, resourceTags } from '../../iam/need';
import type { Needs, Service } from '../service';
import { deregisterTargets, describeTargetGroups, describeTargetHealth, registerTargets } from './operations';

// Service Authorization Reference, "Actions, resources, and condition keys for AWS Elastic Load Balancing V2".

/** Resource type `targetgroup*`; condition keys `aws:ResourceTag/${TagKey}` and `elasticloadbalancing:ResourceTag/${TagKey}`. */
function onGroup(action: string): Needs {
  return ({ TargetGroupArn: arn = '' }: { TargetGroupArn?: string }, account): Need[] => [{
    action: `elasticloadbalancing:${action}`, resource: arn, context: resourceTags(account.elbv2.get(arn).tags, 'elasticloadbalancing'),
  }];
}

/** Describing actions know no resources. */
function reading(action: string): Needs {
  return (): Need[] => [{ action: `elasticloadbalancing:${action}`, resource: '*' }];
}

/** Elastic Load Balancing, as far as moving targets goes. */
export const service: Service = {
  id: 'ELASTIC_LOAD_BALANCING_V2',
  operations: {
    DeregisterTargets: deregisterTargets,
    DescribeTargetGroups: describeTargetGroups,
    DescribeTargetHealth: describeTargetHealth,
    RegisterTargets: registerTargets,
  },
  needs: {
    DeregisterTargets: onGroup('DeregisterTargets'),
    DescribeTargetGroups: reading('DescribeTargetGroups'),
    DescribeTargetHealth: reading('DescribeTargetHealth'),
    RegisterTargets: onGroup('RegisterTargets'),
  },
};
