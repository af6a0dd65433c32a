import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

/** What a step may do, and why: one IAM statement. */
export interface Allow {
  /** IAM actions, such as `ec2:CreateSnapshots`. */
  readonly actions: string[];
  /** The ARNs of the resources to act on. */
  readonly on: string[];
  /** Conditions that the call has to meet, as in an IAM policy. */
  readonly where?: Record<string, Record<string, string | string[]>>;
  /** Why the step needs this, and why not less. It becomes the reason by which cdk-nag's finding is acknowledged. */
  readonly because: string;
  /**
   * The customer managed key that encrypts what is acted on, where the service uses it in the name of its caller.
   * @default - there is none
   */
  readonly key?: KeyUse;
}

/** What a step may do with a key, and only by way of a service. */
export interface KeyUse {
  readonly arn: string;
  readonly through: 'dynamodb' | 'sns' | 'states';
  readonly actions: readonly string[];
}

/** Renders a permission as an IAM policy statement. */
export function statement(allow: Allow): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: allow.actions, resources: allow.on, conditions: allow.where });
}

/** Renders permissions, and the use of the keys that they need: one statement for each key and service. */
export function statements(allowed: readonly Allow[]): iam.PolicyStatement[] {
  const uses = new Map<string, KeyUse>();
  for (const { key } of allowed) {
    if (!key) continue;
    const id = `${key.arn} ${key.through}`;
    uses.set(id, { ...key, actions: [...new Set([...uses.get(id)?.actions ?? [], ...key.actions])].sort() });
  }
  return [
    ...allowed.map(statement),
    ...[...uses.values()].map(({ arn, through, actions }) => new iam.PolicyStatement({
      actions: [...actions], resources: [arn], conditions: { StringEquals: { 'kms:ViaService': `${through}.${Aws.REGION}.${Aws.URL_SUFFIX}` } },
    })),
  ];
}

/** The right to describe, such as `describeEc2('Instances')`. */
export function describeEc2(...what: string[]): Allow {
  return { actions: what.map(name => `ec2:Describe${name}`), on: ['*'], because: 'EC2 describes have no resource-level permissions' };
}

/** Which instances' agents answer. */
export const DESCRIBE_MANAGED: Allow = { actions: ['ssm:DescribeInstanceInformation'], on: ['*'], because: 'the action has no resource-level permissions' };

/** What commands that were sent said. */
export const COMMAND_OUTPUT: Allow = { actions: ['ssm:GetCommandInvocation'], on: ['*'], because: 'command invocations have no resource-level permissions' };

/** How much of what is made there may be. */
export const READ_QUOTAS: Allow = {
  actions: ['servicequotas:GetServiceQuota', 'servicequotas:GetAWSDefaultServiceQuota'], on: ['*'], because: 'tells before anything is made that a quota is in the way',
};

/** Which members of Auto Scaling groups are in standby. */
export const DESCRIBE_MEMBERS: Allow = {
  actions: ['autoscaling:DescribeAutoScalingInstances'], on: ['*'],
  because: 'only what is in standby is moved out of its Auto Scaling group; the action has no resource-level permissions',
};
