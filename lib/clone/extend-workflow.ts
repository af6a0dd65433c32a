import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { Ec2Arns } from '../private/ec2-arns';
import { lambdaSteps } from '../private/lambda-step';
import { leaseSteps } from '../private/lease';
import { CLONE_TAG, EXPIRES_TAG, finishedBy, onlyTags } from '../private/ownership';
import { describeEc2 } from '../private/statement';
import { expiryOf, leased, LifetimeWorkflowProps } from './expire-workflow';

export interface ExtendWorkflowProps extends LifetimeWorkflowProps {
  /** The machine that removes a clone. */
  readonly expire: sfn.IStateMachine;
}

/** Check extension → Acquire lease → [ Extend clone ] → Release lease. */
export function extendWorkflow(scope: Construct, { owner, ledger, schedules, expire, encryptionKey }: ExtendWorkflowProps): sfn.IChainable {
  const arns = new Ec2Arns(scope);
  const step = lambdaSteps(scope, { folder: 'lifetime', owner, encryptionKey });
  const lease = leaseSteps(scope, { owner, ledger, encryptionKey, instanceId: '{% $extension.cloneInstanceId %}' });

  const checkExtension = step('Check extension', {
    input: { request: '{% $states.context.Execution.Input %}' },
    assign: { extension: '{% $states.result.Payload.extension %}' },
    allow: [],
  });

  const extendClone = step('Extend clone', {
    input: { extension: '{% $extension %}', from: '{% $states.context.State.EnteredTime %}', expiry: expiryOf(schedules, expire.stateMachineArn) },
    allow: [
      describeEc2('Instances', 'Volumes', 'NetworkInterfaces'),
      ...['ec2:CreateTags', 'ec2:DeleteTags'].map(action => ({
        actions: [action], on: [arns.instances], because: 'a finished clone says when it is to be removed',
        where: onlyTags(finishedBy(owner), EXPIRES_TAG),
      })),
      {
        actions: ['ec2:CreateTags'], on: [arns.volumes, arns.networkInterfaces], because: 'what was launched with a clone says with which it goes',
        where: onlyTags(finishedBy(owner), CLONE_TAG),
      },
      ...schedules.manage('a clone that expires has a schedule', 'CreateSchedule', 'UpdateSchedule', 'DeleteSchedule'),
    ],
    retry: ['InternalServerException'],
  });

  checkExtension.next(lease.acquire).next(leased(scope, { lease, body: extendClone, name: 'Extend' }));
  return checkExtension;
}
