#!/usr/bin/env node
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { CloneSource, InstanceClone } from '../lib/index';

/*
 * One stack per construct, configured by context (`npx cdk deploy -c key=value`):
 *
 *   sourceTag           which instances may be cloned, key=value   instance-mobility:clonable=true
 *   subnetIds           where clones may go, comma separated       the subnet of the source, or any that is asked for
 *   passableRoleArns    roles that clones may be given             none
 *   volumeKeyArns       keys of encrypted volumes                  none: unencrypted or encrypted by the key aws/ebs
 *   notificationTopicArn  where approvals and alarms go            none: no approvals
 *   timeoutHours        the longest execution                      24
 */
const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key)?.toString();
const list = (key: string): string[] => context(key)?.split(',').map(item => item.trim()).filter(item => item !== '') ?? [];
const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION };

const stack = new Stack(app, 'InstanceClone', { env, description: 'Clones running EC2 instances (cdk-instance-mobility).' });
const [key = '', value = ''] = (context('sourceTag') ?? 'instance-mobility:clonable=true').split('=');
const topicArn = context('notificationTopicArn');
const subnetIds = list('subnetIds');

const clone = new InstanceClone(stack, 'InstanceClone', {
  source: CloneSource.tagged(key, value),
  subnets: subnetIds.length > 0 ? subnetIds.map(id => ec2.Subnet.fromSubnetId(stack, id, id)) : undefined,
  passableRoles: list('passableRoleArns').map(arn => iam.Role.fromRoleArn(stack, arn, arn)),
  volumeKeys: list('volumeKeyArns').map(arn => kms.Key.fromKeyArn(stack, arn, arn)),
  notificationTopic: topicArn ? sns.Topic.fromTopicArn(stack, 'NotificationTopic', topicArn) : undefined,
  timeout: Duration.hours(Number(context('timeoutHours') ?? 24)),
});

new CfnOutput(stack, 'ExtendStateMachineArn', {
  value: clone.extendStateMachine.stateMachineArn,
  description: 'Start an execution of this machine with {"cloneInstanceId": "i-…", "expireAfter": "P7D"}',
});
new CfnOutput(stack, 'ReportStateMachineArn', { value: clone.reportStateMachine.stateMachineArn, description: 'Start an execution of this machine with {}' });
new CfnOutput(stack, 'StateMachineArn', {
  value: clone.stateMachine.stateMachineArn,
  description: 'Start an execution of this machine with {"sourceInstanceId": "i-…"}',
});
