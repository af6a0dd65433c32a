import { App, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { CloneSource, InstanceClone } from '../lib/index';

/** Platform engineers clone tagged instances; who says `"approve": true` asks a person first, and that person hears of every failure. */
export function instanceCloneExample(app: App): Stack {
  const stack = new Stack(app, 'InstanceCloneExample', { suppressTemplateIndentation: true });
  const webRole = new iam.Role(stack, 'WebRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });

  const clone = new InstanceClone(stack, 'Clone', {
    source: CloneSource.tagged('clonable', 'yes'),
    passableRoles: [webRole],
    notificationTopic: new sns.Topic(stack, 'Notifications', { enforceSSL: true }),
    timeout: Duration.hours(12),
    prices: { 'snapshot-gib-month': 0.05 },
  });
  clone.stateMachine.grantStartExecution(operator);
  return stack;
}
