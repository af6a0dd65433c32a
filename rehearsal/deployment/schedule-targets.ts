import type { Target } from '@aws-sdk/client-scheduler';
import type { Account } from '../cloud/account';
import { AwsError } from '../cloud/service';
import { sessionArn } from '../functions/lambda';
import { mayAssume } from '../iam/resource-policy';

/** The way from one-time schedules to the machines that they start, each in the name of its role. */
export function connectSchedules(account: Account): void {
  const { scheduler } = account;
  scheduler.deliver = async ({ Arn, RoleArn = '', Input = '{}' }: Target) => {
    if (!Arn?.includes(':states:')) throw new Error(`the rehearsal's schedules start machines only, not ${Arn}`);
    await account.call('SFN', 'StartExecution', { stateMachineArn: Arn, input: Input }, { roleArn: RoleArn, callerArn: sessionArn(RoleArn, 'scheduler') });
  };
  // user guide, "Confused deputy prevention": the source is the schedule group
  scheduler.checkRole = (roleArn, groupArn) => {
    const role = [...account.iam.roles.values()].find(({ Arn }) => Arn === roleArn);
    const trusted = role && mayAssume(roleArn, JSON.parse(role.AssumeRolePolicyDocument ?? '{}'), 'scheduler', { arn: groupArn, account: account.accountId });
    // as in aws/aws-sdk-js-v3#6494
    if (!trusted) throw new AwsError('ValidationException', 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.');
  };
}
