import { createHash } from 'node:crypto';
import type { CreateSecurityGroupCommandInput } from '@aws-sdk/client-ec2';
import type { Step } from './step';
import { mobilityTags, tagList, type Tags } from './tags';

/** The group in which an execution's clones begin: its name is the same for every retry, and unique in its VPC. */
export function isolationGroup(step: Step, vpcId: string, sourceInstanceId: string, tags: Tags): CreateSecurityGroupCommandInput {
  return {
    GroupName: `instance-mobility-${createHash('sha256').update(step.execution).digest('hex').slice(0, 32)}`,
    Description: `isolates clones of ${sourceInstanceId} until their identity is verified`,
    VpcId: vpcId,
    TagSpecifications: [{ ResourceType: 'security-group', Tags: tagList({ ...tags, ...mobilityTags(step, sourceInstanceId) }) }],
  };
}
